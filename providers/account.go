package providers

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"whoseline/models"
	"whoseline/providers/gate"
)

// How long a vendor is left alone. shortPause is for a pause of unknown length. A vendor whose account is out of order
// is tried again after shortDisable, which doubles each time up to longDisable.
const (
	shortPause   = time.Second
	longPause    = time.Hour
	shortDisable = 5 * time.Second
	longDisable  = time.Hour
	doublings    = 10 // from the short one to the long one
)

// BalanceCheck asks a vendor how much is left in our wallet with it.
type BalanceCheck struct {
	Ask   func(ctx context.Context) (models.Money, models.Outcome, error)
	Alert int64 // minor units below which the operator is told; 0 = the router's
	Floor int64 // minor units at which the vendor is no longer asked; 0 = the router's
}

// vendorAccount is the state of our account with one vendor, shared by every route that uses it. It is nil for a source
// without an account: then nothing ever bars it.
type vendorAccount struct {
	vendor  string
	balance *BalanceCheck   // nil: the vendor cannot be asked
	nudge   chan<- struct{} // asks for a balance check; nil = nobody listens
	now     func() time.Time
	chance  func() float64

	clean atomic.Bool // nothing bars it: the usual case, read without the lock
	mu    sync.Mutex
	standing
}

// standing is what bars an account.
type standing struct {
	reason models.Outcome // wallet_empty or credentials, from when it is disabled until it works again; else empty
	until  time.Time      // when it is tried again, unless a balance check comes first
	paused time.Time      // the end of a pause
	trials int            // how often it was disabled since it last worked
	left   *models.Money  // at the last balance check
	low    bool           // less than the operator's alert
}

func newAccount(vendor string, o RouterOptions) *vendorAccount {
	a := &vendorAccount{vendor: vendor, now: o.Now, chance: o.Chance}
	a.clean.Store(true)
	return a
}

// bars says why the vendor cannot be asked now, and until when; empty when it can be.
func (a *vendorAccount) bars(now time.Time) (why models.Outcome, until time.Time) {
	if a == nil || a.clean.Load() {
		return "", time.Time{}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.reason != "" && now.Before(a.until):
		return models.OutcomeDisabled, a.until
	case now.Before(a.paused):
		return models.OutcomePaused, a.paused
	default:
		return "", time.Time{}
	}
}

// learn applies an outcome to the account.
func (a *vendorAccount) learn(outcome models.Outcome, retryAfter time.Duration) {
	if a == nil {
		return
	}
	m := rules[outcome].Account
	if m == gate.Nothing || m == gate.Clears && a.clean.Load() {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch m {
	case gate.Disables:
		a.disable(outcome)
	case gate.Slows:
		if retryAfter <= 0 {
			retryAfter = shortPause
		}
		a.paused = later(a.paused, a.now().Add(min(retryAfter, longPause)))
	case gate.Clears:
		if a.now().Before(a.until) { // it was asked before the account was disabled, and answered after
			break
		}
		a.reason, a.until, a.trials = "", time.Time{}, 0
	}
	a.clean.Store(a.reason == "" && a.trials == 0 && !a.now().Before(a.paused))
}

// disable closes the account. If the balance can be read, the check opens it again; the pause is then needed only when
// the check itself is broken. Several questions that were under way together count as one trial.
func (a *vendorAccount) disable(reason models.Outcome) {
	now := a.now()
	if a.reason != "" && now.Before(a.until) {
		a.reason = reason
		return
	}
	pause := min(shortDisable<<min(a.trials, doublings), longDisable)
	if a.balance != nil {
		pause = longDisable
		select {
		case a.nudge <- struct{}{}:
		default: // the watch knows already
		}
	}
	a.trials++
	a.reason, a.until = reason, now.Add(pause+time.Duration(a.chance()*float64(pause)/10))
}

func (a *vendorAccount) enable() {
	a.reason, a.until, a.trials = "", time.Time{}, 0
	a.clean.Store(!a.now().Before(a.paused))
}

// look gives the standing.
func (a *vendorAccount) look() standing {
	if a == nil {
		return standing{}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.standing
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
