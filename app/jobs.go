package app

import (
	"context"
	"log/slog"
	"time"
)

// job is what a gateway does now and then beside the requests. Every gateway does it, so that none of them is special.
type job struct {
	name   string // in the log
	every  time.Duration
	within time.Duration // the most that one round may take; what is left over waits for the next
	late   bool          // the first round comes after the span, not at the start
	do     func(context.Context) error
}

// testInboxKeep is how long the outbox keeps a message.
const testInboxKeep = 24 * time.Hour

// jobs lists all that a gateway does now and then.
func (a *App) jobs() []job {
	sweep := a.Config.Billing.SweepEvery
	return []job{
		{name: "release forgotten holds", every: sweep, within: time.Minute, do: a.releaseHolds},
		{name: "retry pending lookups", every: sweep, within: 5 * time.Minute, do: func(ctx context.Context) error {
			_, err := a.Lookups.RetryDue(ctx)
			return err
		}},
		{name: "forget recent answers", every: time.Minute, within: time.Minute, late: true, do: func(ctx context.Context) error {
			_, err := a.Lookups.ForgetExpired(ctx)
			return err
		}},
		{name: "count lookups", every: 30 * time.Second, within: 5 * time.Minute, do: a.Lookups.CountNew},
		{name: "count answers for prices with tiers", every: 30 * time.Second, within: 5 * time.Minute, do: a.Keys.CountAnswers},
		{name: "index metadata", every: 30 * time.Second, within: 5 * time.Minute, do: a.Lookups.TagNew},
		{name: "warn of wallets and caps", every: 5 * time.Second, within: time.Minute, do: a.TellWarnings},
		{name: "obey the switches of sources", every: 2 * time.Second, within: 30 * time.Second, do: a.obeySwitches},
		{name: "ask the rows of batches", every: 2 * time.Second, within: 10 * time.Minute, do: a.Batches.Work},
		{name: "ask what became of payments", every: 2 * time.Second, within: 5 * time.Minute, do: a.Payments.Work},
		{name: "clear away batches", every: time.Minute, within: time.Minute, late: true, do: a.Batches.Clear},
		{name: "sign the day's checkpoint", every: time.Minute, within: 30 * time.Minute, late: true, do: a.signDaily},
		{name: "clear away codes", every: time.Minute, within: time.Minute, late: true, do: a.Possession.Sweep},
		{name: "clear the outbox", every: time.Minute, within: time.Minute, late: true, do: func(ctx context.Context) error {
			return a.TestInbox.Prune(ctx, a.World.Now().Add(-testInboxKeep))
		}},
		{name: "write when keys were used", every: time.Minute, within: time.Minute, late: true, do: a.Keys.WriteUses},
		{name: "clear away sessions", every: time.Minute, within: time.Minute, late: true, do: a.Users.Sweep},
		{name: "follow the database's clock", every: followEvery, within: time.Minute, late: true, do: a.followClock},
		{name: "forget the tokens of transactions", every: time.Minute, within: time.Minute, late: true, do: a.DB.ForgetTokens},
		{name: "clear the database's log", every: time.Minute, within: time.Minute, late: true, do: func(ctx context.Context) error {
			_, err := a.DB.ClearLog(ctx)
			return err
		}},
		{name: "go on with erasures", every: 2 * time.Second, within: 10 * time.Minute, do: a.eraseMore},
		{name: "erase what was kept for long enough", every: 10 * time.Minute, within: 10 * time.Minute, do: a.eraseKept},
	}
}

func (a *App) releaseHolds(ctx context.Context) error {
	n, err := a.Till.Sweep(ctx, a.Lookups.Abandon)
	if err == nil && n > 0 {
		a.log.Warn("till: released holds that a crash left behind", "holds", n)
	}
	return err
}

func (a *App) eraseKept(ctx context.Context) error {
	n, err := a.EraseKept(ctx)
	if err == nil && n > 0 {
		a.log.Info("retention: erased people", "lookups", n)
	}
	return err
}

// repeat does the job until ctx ends, one round after another. A round that failed is logged, and the next one comes.
func (j job) repeat(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(j.every)
	defer tick.Stop()
	for first := true; ; first = false {
		if !first || !j.late {
			j.round(ctx, log)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (j job) round(ctx context.Context, log *slog.Logger) {
	own, cancel := context.WithTimeout(ctx, j.within)
	defer cancel()
	if err := j.do(own); err != nil && ctx.Err() == nil {
		log.Error("a background job failed", "job", j.name, "err", err)
	}
}
