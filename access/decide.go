package access

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"whoseline/models"
)

// The bounds of what an operator may write.
const (
	maxRate      = 1_000_000 // requests per second
	maxBlocks    = 100       // address blocks of one key
	maxOverlap   = 90 * 24 * time.Hour
	defaultFirst = "API"
	defaultLast  = "User"
)

// errKey answers every caller who may not come in. The words are the same for every reason. Nobody learns whether a key
// exists, has run out or was revoked.
var errKey = error(models.Fail(models.Unauthorized, "the API key is not valid"))

// errSuspended answers the callers of a business that the operator has suspended. The reason is told to the business by people.
var errSuspended = error(models.Fail(models.NotPermitted, "the business is suspended: ask whoever runs this service"))

// admit lets a known caller in while its key is good.
func admit(c *Caller, now time.Time) (*Caller, error) {
	if c == nil || !c.Key.Usable(now) {
		return nil, errKey
	}
	if c.Business.Suspended() {
		return nil, errSuspended
	}
	if at := now.UnixMicro(); c.used != nil && at-c.used.Load() > usedEvery.Microseconds() {
		c.used.Store(at)
	}
	return c, nil
}

// usedEvery is how exactly the last use of a key is noted.
const usedEvery = 10 * time.Second

// checkKey judges a new key.
func checkKey(n NewKey) error {
	if n.Rate < 0 || n.Rate > maxRate {
		return models.BadField("rate", "rate must be 0 to "+strconv.Itoa(maxRate)+" requests per second")
	}
	if n.Requester != nil {
		r := n.Requester
		for _, text := range []string{r.ID, r.FirstName, r.MiddleName, r.LastName} {
			if err := models.CheckText("requester", text); err != nil {
				return err
			}
		}
	}
	if err := models.CheckText("name", n.Name); err != nil {
		return err
	}
	return checkToken(n)
}

// newKey makes a key of what was asked for.
func newKey(n NewKey, id, token string, now time.Time) (key models.Key, err error) {
	if err := checkKey(n); err != nil {
		return key, err
	}
	if !n.ExpiresAt.IsZero() && !n.ExpiresAt.After(now) {
		return key, models.BadField("expires", "expires must be in the future")
	}
	hash := digestOf(token)
	key = models.Key{
		Hash: hash[:], ID: id, BusinessID: n.BusinessID, Name: n.Name, Sandbox: n.Sandbox, Hint: hintOf(token), Rate: n.Rate,
		VerdictOnly: n.VerdictOnly, Requester: requesterOf(n.Requester, id), CreatedAt: now, ExpiresAt: n.ExpiresAt.UTC().Truncate(time.Microsecond),
	}
	if n.ExpiresAt.IsZero() {
		key.ExpiresAt = time.Time{}
	}
	if key.AllowedIPs, err = canonical(n.AllowedIPs); err != nil {
		return key, err
	}
	if key.Scopes, err = checkScopes(n.Scopes); err != nil {
		return key, err
	}
	key.Purposes, err = checkPurposes(n.Purposes)
	return key, err
}

// checkToken judges a token that was brought along. One that looks like ours must be of the key's own kind.
func checkToken(n NewKey) error {
	switch {
	case n.Token == "":
		return nil
	case !presentable(n.Token):
		return models.BadField("token", "token must be 16 to 200 visible ASCII characters")
	case !plausible(n.Token):
		return models.BadField("token", "token begins like one of ours but its checksum is wrong")
	case strings.HasPrefix(n.Token, ourPrefix) && !strings.HasPrefix(n.Token, prefixOf(n.Sandbox)):
		return models.BadField("token", "token and key differ in being live or sandbox")
	}
	return nil
}

// canonical takes address blocks, or single addresses, as an operator writes them. The result is never nil.
func canonical(texts []string) ([]string, error) {
	if len(texts) > maxBlocks {
		return nil, models.BadField("allowedIps", "allowedIps must be at most "+strconv.Itoa(maxBlocks)+" blocks")
	}
	blocks := make([]string, 0, len(texts))
	for _, text := range texts {
		block, ok := parseBlock(text)
		if !ok {
			return nil, models.BadField("allowedIps", "allowedIps must be address blocks such as 10.0.0.0/8")
		}
		blocks = append(blocks, block.String())
	}
	return blocks, nil
}

// parseBlock reads 10.0.0.0/8, 10.0.0.1, 2001:db8::/32 or 2001:db8::1. Address bits beyond the block's length must be
// zero: 10.0.0.1/8 is more likely a slip.
func parseBlock(text string) (netip.Prefix, bool) {
	if block, err := netip.ParsePrefix(text); err == nil {
		return block, block == block.Masked() && !block.Addr().Is4In6()
	}
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" {
		return netip.Prefix{}, false
	}
	addr = addr.Unmap()
	return netip.PrefixFrom(addr, addr.BitLen()), true
}

// requesterOf fills in who an answer says has asked.
func requesterOf(given *models.Requester, keyID string) models.Requester {
	if given == nil {
		return models.Requester{ID: keyID, FirstName: defaultFirst, LastName: defaultLast}
	}
	asker := *given
	if asker.ID == "" {
		asker.ID = keyID
	}
	return asker
}

// successor gives the key that takes over from old: the same in everything but its token, its id and its times.
func successor(old models.Key, id, token string, now time.Time) models.Key {
	next := old
	hash := digestOf(token)
	next.Hash, next.ID, next.Hint, next.CreatedAt = hash[:], id, hintOf(token), now
	next.ExpiresAt, next.RevokedAt = time.Time{}, time.Time{}
	if old.Requester.ID == old.ID {
		next.Requester.ID = id
	}
	for _, list := range []*[]string{&next.AllowedIPs, &next.Scopes, &next.Purposes} {
		if *list == nil {
			*list = []string{}
		}
	}
	next.UsedAt = time.Time{}
	return next
}

// rotatable refuses keys that are dead or have a successor already. A caller who lost the new token rotates the new
// key.
func rotatable(old models.Key, now time.Time) error {
	if !old.Usable(now) {
		return models.Fail(models.Conflict, "the key is revoked or has expired")
	}
	if !old.ExpiresAt.IsZero() {
		return models.Fail(models.Conflict, "the key has been rotated already")
	}
	return nil
}
