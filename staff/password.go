package staff

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"whoseline/models"
)

// Cost is how much work a password's hash takes. It is stored with each hash, so that it can be raised. A hash of
// another cost is replaced when its password is next shown.
type Cost struct {
	Memory uint32 // KiB
	Rounds uint32
}

// DefaultCost takes 19 MiB and two rounds, the least that OWASP's password storage cheat sheet recommends for argon2id.
func DefaultCost() Cost { return Cost{Memory: 19 << 10, Rounds: 2} }

const (
	saltLength = 16 // bytes
	hashLength = 32

	hashesAtOnce  = 2  // each takes a core and Cost.Memory
	hashesWaiting = 64 // more are refused
	hashWait      = 5 * time.Second
)

// phc is an argon2id hash with all that it takes to make it again, as the password hashing competition's string format
// has it: $argon2id$v=19$m=19456,t=2,p=1$salt$hash.
type phc struct {
	Cost
	lanes uint8
	salt  []byte
	hash  []byte
}

// Bounds of a hash that is read. A row that somebody changed cannot exhaust the machine.
const (
	maxMemory = 1 << 18 // KiB
	maxRounds = 64
	maxLanes  = 16
	maxPHC    = 300 // characters
)

var errPHC = errors.New("not an argon2id hash in PHC form")

// parsePHC reads a hash. It takes only what String writes, so that there is one text for each hash.
func parsePHC(text string) (p phc, err error) {
	parts := strings.Split(text, "$")
	if len(text) > maxPHC || len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return phc{}, errPHC
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.Memory, &p.Rounds, &p.lanes); err != nil {
		return phc{}, errPHC
	}
	var saltErr, hashErr error
	p.salt, saltErr = base64.RawStdEncoding.DecodeString(parts[4])
	p.hash, hashErr = base64.RawStdEncoding.DecodeString(parts[5])
	if saltErr != nil || hashErr != nil || !p.sound() || p.String() != text {
		return phc{}, errPHC
	}
	return p, nil
}

func (p phc) sound() bool {
	return p.Memory >= 8*uint32(p.lanes) && p.Memory <= maxMemory && p.Rounds >= 1 && p.Rounds <= maxRounds &&
		p.lanes >= 1 && p.lanes <= maxLanes && len(p.salt) >= 8 && len(p.salt) <= 64 && len(p.hash) >= 16 && len(p.hash) <= 64
}

// String gives the hash as it is stored.
func (p phc) String() string {
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.Memory, p.Rounds, p.lanes, encode(p.salt), encode(p.hash))
}

// of works out what the hash of a password is with this salt and cost.
func (p phc) of(password string) []byte {
	text := []byte(norm.NFC.String(password)) // the same letters typed on another keyboard are the same password
	return argon2.IDKey(text, p.salt, p.Rounds, p.Memory, p.lanes, uint32(len(p.hash)))
}

// passwords makes hashes and compares with them, a few at once.
type passwords struct {
	cost    Cost
	turns   chan struct{}
	waiting atomic.Int32
}

func newPasswords(cost Cost) *passwords {
	if cost == (Cost{}) {
		cost = DefaultCost()
	}
	return &passwords{cost: cost, turns: make(chan struct{}, hashesAtOnce)}
}

// fresh is a salt and a cost with no password yet: no password fits its random hash.
func (p *passwords) fresh() phc {
	made := phc{Cost: p.cost, lanes: 1, salt: make([]byte, saltLength), hash: make([]byte, hashLength)}
	_, _ = rand.Read(made.salt) // never fails: crypto/rand stops the program instead
	_, _ = rand.Read(made.hash) // likewise
	return made
}

// hash gives a password's hash under a salt, as it is to be stored.
func (p *passwords) hash(ctx context.Context, salt []byte, password string) (string, error) {
	made := p.fresh()
	made.salt = salt
	err := p.inTurn(ctx, func() { made.hash = made.of(password) })
	return made.String(), err
}

// match tells whether a password is the one of a stored hash.
func (p *passwords) match(ctx context.Context, stored, password string) (right bool, err error) {
	against, err := parsePHC(stored)
	if err != nil {
		return false, models.Fault(fmt.Errorf("stored password: %w", err))
	}
	err = p.inTurn(ctx, func() { right = subtle.ConstantTimeCompare(against.hash, against.of(password)) == 1 })
	return right, err
}

// matches tells of which of some stored hashes a password is.
func (p *passwords) matches(ctx context.Context, salt []byte, stored []string, password string) ([]bool, error) {
	kept, fits := make([]phc, len(stored)), make([]bool, len(stored))
	for i, text := range stored {
		var err error
		if kept[i], err = parsePHC(text); err != nil {
			return nil, models.Fault(fmt.Errorf("stored password: %w", err))
		}
	}
	for _, way := range p.ways(salt, kept) {
		var hash []byte
		if err := p.inTurn(ctx, func() { hash = way.of(password) }); err != nil {
			return nil, err
		}
		for i, one := range kept {
			fits[i] = fits[i] || one.sameWay(way) && subtle.ConstantTimeCompare(one.hash, hash) == 1
		}
	}
	return fits, nil
}

// ways are the salts and costs under which a password is hashed at sign-in. They include the e-mail's own salt and
// those of the stored hashes, and are at least two. Releases before this one gave each password its own salt. The time
// of a sign-in must not show that an e-mail has such an account.
func (p *passwords) ways(salt []byte, stored []phc) []phc {
	usual := p.fresh()
	usual.salt = salt
	ways := []phc{usual}
	for _, one := range stored {
		if !slices.ContainsFunc(ways, one.sameWay) {
			ways = append(ways, one)
		}
	}
	if len(ways) == 1 {
		ways = append(ways, p.fresh())
	}
	return ways
}

// sameWay tells whether two hashes of one password would be the same.
func (p phc) sameWay(o phc) bool {
	return p.Cost == o.Cost && p.lanes == o.lanes && bytes.Equal(p.salt, o.salt) && len(p.hash) == len(o.hash)
}

// outdated tells whether a stored hash has another cost or salt than a new one would have.
func (p *passwords) outdated(stored string, salt []byte) bool {
	made, err := parsePHC(stored)
	return err != nil || made.Cost != p.cost || made.lanes != 1 || !bytes.Equal(made.salt, salt)
}

// inTurn does what takes a core and much memory when it is its turn. Busy when too many wait, or one too long.
func (p *passwords) inTurn(ctx context.Context, do func()) error {
	busy := &models.Error{Code: models.Busy, Message: "too many are signing in at once", RetryAfter: time.Second}
	defer p.waiting.Add(-1)
	if p.waiting.Add(1) > hashesAtOnce+hashesWaiting {
		return busy
	}
	ctx, cancel := context.WithTimeout(ctx, hashWait)
	defer cancel()
	select {
	case p.turns <- struct{}{}:
		defer func() { <-p.turns }()
		do()
		return nil
	case <-ctx.Done():
		return busy
	}
}

// StrongPassword makes 120 bits that can be read out: four groups of six from 32 characters.
func StrongPassword() string {
	const alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
	var chance [24]byte
	_, _ = rand.Read(chance[:]) // never fails: crypto/rand stops the program instead
	var text strings.Builder
	for i, b := range chance {
		if i > 0 && i%6 == 0 {
			text.WriteByte('-')
		}
		text.WriteByte(alphabet[b&31])
	}
	return text.String()
}
