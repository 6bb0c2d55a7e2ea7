package providers

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"whoseline/models"
	"whoseline/providers/gate"
)

// Thresholds say which amounts of money with a vendor are low, in minor units.
type Thresholds struct {
	Alert int64 // below it the operator is told
	Floor int64 // at it or below, the vendor is not asked any more, rather than be refused in the middle of a question
}

// balanceTimeout bounds one balance check.
const balanceTimeout = 10 * time.Second

// nudgePause is how long a check rests before the next one, whatever happens.
const nudgePause = 5 * time.Second

// Watch reads the balance with all vendors that tell it, until ctx ends: at once, then at every tick, and when one of
// them refuses us, because the refusal may have been about one question only.
func (r *Router) Watch(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		r.CheckBalances(ctx)
		if gate.Sleep(ctx, nudgePause) != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-r.nudge:
		}
	}
}

// CheckBalances reads all balances once, side by side, and disables or enables the accounts.
func (r *Router) CheckBalances(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, balanceTimeout)
	defer cancel()
	var all sync.WaitGroup
	for _, a := range r.accounts {
		if a.balance == nil {
			continue
		}
		all.Go(func() {
			left, outcome, err := a.balance.Ask(ctx)
			if err != nil && ctx.Err() == nil {
				r.log.Warn("balance check failed", "vendor", a.vendor, "outcome", string(outcome), "err", err)
			}
			a.weigh(left, outcome)
		})
	}
	all.Wait()
}

// weigh applies the result of a balance check. A check without an amount changes nothing.
func (a *vendorAccount) weigh(left models.Money, outcome models.Outcome) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if outcome == models.OutcomeFound {
		a.left, a.low = &left, left.Minor < a.balance.Alert
	}
	switch judgeBalance(left.Minor, outcome, a.balance.Floor) {
	case gate.Disables:
		if outcome == models.OutcomeFound {
			outcome = models.OutcomeWalletEmpty
		}
		a.reason, a.until = outcome, a.now().Add(longDisable)
		a.clean.Store(false)
	case gate.Clears:
		a.enable()
	}
}

// judgeBalance tells what a check does to an account. The outcome is found when the vendor named an amount.
func judgeBalance(left int64, outcome models.Outcome, floor int64) gate.Measure {
	switch {
	case outcome == models.OutcomeFound && left > floor:
		return gate.Clears
	case outcome == models.OutcomeFound, rules[outcome].Account == gate.Disables:
		return gate.Disables
	default:
		return gate.Nothing
	}
}

// logStanding tells the operator of an account that has just been disabled.
func (t *route) logStanding(outcome models.Outcome) {
	if t.account == nil || rules[outcome].Account != gate.Disables {
		return
	}
	t.log.LogAttrs(context.Background(), slog.LevelError, "vendor disabled: our account with it is out of order",
		slog.String("source", t.Name), slog.String("vendor", t.account.vendor), slog.String("outcome", string(outcome)))
}
