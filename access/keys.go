// Package access answers: who is calling, and may they?
//
// A caller shows a token. Keys knows its SHA-256, the business that it belongs to and that business's prices; what it
// has read it remembers until any of them changes anywhere. Whoever may not come in gets the same refusal, and when
// the database cannot say, nobody comes in.
package access

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync/atomic"
	"time"

	"gorm.io/gorm"

	"whoseline/audit"
	"whoseline/billing"
	"whoseline/models"
	"whoseline/settings"
)

// Keys keeps the API keys and tells whose each one is. Its methods may be called from many goroutines.
type Keys struct {
	store  store
	world  models.World
	rate   int
	price  billing.PriceDefaults
	allows settings.Operator
	trail  *audit.Trail
	begin  func(tx *gorm.DB, businessID string) error
	log    *slog.Logger
	seen   atomic.Pointer[memory]
	epoch  atomic.Int64
	uses   uses

	familiar generation[struct{}] // digests of tokens that were good once; no flush forgets them

	answers func(ctx context.Context, businessID string, since time.Time) (billing.Volume, error)
	volumes atomic.Pointer[map[string]monthly]
	polled  atomic.Pointer[time.Time]
}

// Options are what Keys needs.
type Options struct {
	DB          *gorm.DB // for changes
	Read        *gorm.DB // for reads; nil = DB
	World       models.World
	DefaultRate int // requests per second for keys without their own; 0 = no limit
	Price       billing.PriceDefaults
	Settings    settings.Operator                          // what holds where a business has chosen nothing else
	Begin       func(tx *gorm.DB, businessID string) error // writes what a new business begins with, its wallet among it
	Trail       *audit.Trail                               // where changes of keys are noted; nil = nowhere
	Log         *slog.Logger                               // nil = silent

	// Answers counts those that a business got since a time, for prices with tiers; nil = no price has tiers.
	Answers func(ctx context.Context, businessID string, since time.Time) (billing.Volume, error)
}

// NewKeys reads nothing yet: call Watch to let it remember what it will have read.
func NewKeys(o Options) *Keys {
	if o.Read == nil {
		o.Read = o.DB
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	k := &Keys{
		store: store{db: o.DB, read: o.Read}, world: o.World, rate: o.DefaultRate, price: o.Price, allows: o.Settings, begin: o.Begin, trail: o.Trail,
		log: o.Log, answers: o.Answers,
	}
	k.flush()
	return k
}

// Caller is a key that was shown, with its business. It is shared by requests: read it, never change it.
type Caller struct {
	Terms
	Key  models.Key
	Rate int // requests per second, the key's own or the default; 0 = no limit

	allowed []netip.Prefix
	used    *atomic.Int64 // see uses
}

// AllowedAddress tells whether the key may be used from an address. A key without address blocks may be used from
// anywhere; with them, an address that is not known is not allowed.
func (c *Caller) AllowedAddress(addr netip.Addr) bool {
	if len(c.Key.AllowedIPs) == 0 {
		return true
	}
	addr = addr.Unmap().WithZone("")
	for _, block := range c.allowed {
		if block.Contains(addr) {
			return true
		}
	}
	return false
}

// Business tells who shows a token. A token that is malformed, unknown, expired or revoked is Unauthorized, always in
// the same words. Internal means that the database could not say.
func (k *Keys) Business(ctx context.Context, token string) (*Caller, error) {
	if len(token) < minToken || len(token) > maxToken {
		return nil, errKey
	}
	hash, now := digestOf(token), k.world.Now()
	if k.trusted(now) { // asked first: what is remembered is then at least as new as the poll that made it trusted
		if c, settled := k.seen.Load().callers.get(&hash); settled {
			return admit(c, now)
		}
	}
	if !plausible(token) {
		return nil, errKey
	}
	return k.readBusiness(ctx, hash)
}

// Stranger gives the digest of a token about which Business would have to ask the database, and which never was good.
func (k *Keys) Stranger(token string) (digest [32]byte, strange bool) {
	if len(token) < minToken || len(token) > maxToken || !plausible(token) {
		return digest, false
	}
	hash := digestOf(token)
	if _, settled := k.seen.Load().callers.get(&hash); settled && k.trusted(k.world.Now()) {
		return hash, false
	}
	_, familiar := k.familiar.get(&hash)
	return hash, !familiar
}

// Holder gives the caller of a key by its id, for work that goes on without its token. Errors: models.Unauthorized for a key that is
// no good any more, or never was one of the business's.
func (k *Keys) Holder(ctx context.Context, businessID, keyID string) (*Caller, error) {
	c, err := recall(ctx, k, (*memory).holdersOf, digestOfAll("holder", businessID, keyID), func(ctx context.Context) (*Caller, error) {
		key, err := k.store.key(ctx, businessID, keyID)
		if models.CodeOf(err) == models.NotFound {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		business, err := k.priced(ctx, businessID)
		if err != nil {
			return nil, err
		}
		return k.caller(key, business), nil
	})
	if err != nil {
		return nil, models.FaultIn("read the key and its business", err)
	}
	return admit(c, k.world.Now())
}

// readBusiness is a function of its own so that calls that are answered from memory do not pay for what it needs.
func (k *Keys) readBusiness(ctx context.Context, hash digest) (*Caller, error) {
	c, err := k.seen.Load().callers.load(ctx, hash, func(ctx context.Context) (*Caller, error) { return k.read(ctx, hash) })
	if err != nil {
		return nil, models.FaultIn("read caller", err)
	}
	return admit(c, k.world.Now())
}

// read gives the caller of a digest from the database, or nil when there is none.
func (k *Keys) read(ctx context.Context, hash digest) (*Caller, error) {
	found, err := k.store.keyByHash(ctx, hash)
	if err != nil || found == nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(found.Hash, hash[:]) != 1 {
		return nil, errors.New("the database gave another key than the one asked for")
	}
	business, err := k.priced(ctx, found.BusinessID)
	if err != nil {
		return nil, models.Fault(fmt.Errorf("business of key %s: %w", found.ID, err))
	}
	k.familiar.put(hash, new(struct{}))
	return k.caller(*found, business), nil
}

// caller puts together what requests need, once. An address block that cannot be read allows nothing.
func (k *Keys) caller(key models.Key, business bought) *Caller {
	c := &Caller{Terms: k.terms(business), Key: key, Rate: key.Rate}
	if c.used = k.uses.of(key.ID); c.Rate == 0 {
		c.Rate = k.rate
	}
	if key.VerdictOnly {
		c.Settings.Release = models.DiscloseVerdict
	}
	for _, text := range key.AllowedIPs {
		if block, ok := parseBlock(text); ok {
			c.allowed = append(c.allowed, block)
		}
	}
	return c
}

// change makes a change and forgets what was remembered, also when the database did not say whether it was made.
func (k *Keys) change(ctx context.Context, doing string, f func(tx *gorm.DB) error) error {
	defer k.flush()
	return k.store.change(ctx, doing, f)
}

// now is the time as both engines keep it.
func (k *Keys) now() time.Time { return k.world.Now().UTC().Truncate(time.Microsecond) }
