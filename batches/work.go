package batches

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"whoseline/models"
)

// The times of the work on a batch.
const (
	leaseTime  = time.Minute
	renewEvery = 15 * time.Second
	turnFor    = 30 * time.Second // then another batch has its turn
	backOff    = 10 * time.Second // where something is away
	lookAgain  = 5 * time.Second  // where only pending rows are left

	storeWithin = 10 * time.Second // what came of the work, also when a gateway stops
)

// part is how many rows are asked between two looks at the batch.
const part = 32

// Work asks rows of batches on which no other gateway works, one batch after the other, as long as there is something to do.
func (s *Service) Work(ctx context.Context) error {
	pace := rate.NewLimiter(rate.Limit(s.Rate), 1)
	for timeFor(ctx, 2*turnFor) {
		b, err := s.claim(ctx)
		if err != nil {
			return models.FaultIn("look for a batch", err)
		}
		if b == nil {
			return nil
		}
		if err := s.turnOf(ctx, *b, pace); err != nil {
			return models.FaultIn("work on batch "+b.ID, err)
		}
	}
	return nil
}

// timeFor tells whether ctx leaves so much time.
func timeFor(ctx context.Context, d time.Duration) bool {
	end, ends := ctx.Deadline()
	return ctx.Err() == nil && (!ends || time.Until(end) > d)
}

// kept gives a context for what must be stored although the work is over, such as when a gateway stops.
func kept(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), storeWithin)
}

// turnOf works on one batch for a while.
func (s *Service) turnOf(ctx context.Context, b Batch, pace *rate.Limiter) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go s.keepLease(ctx, b, stop)
	for until := time.Now().Add(turnFor); time.Now().Before(until); {
		now, lost, err := s.renew(ctx, b)
		if err != nil {
			return errors.Join(err, s.leave(ctx, b, backOff, ""))
		}
		if lost {
			return nil
		}
		pause, why, err := s.step(ctx, now, pace)
		switch {
		case err != nil:
			return errors.Join(err, s.leave(ctx, b, backOff, ""))
		case pause > 0:
			return s.leave(ctx, b, pause, why)
		}
	}
	return s.leave(ctx, b, 0, "")
}

// keepLease renews it until ctx ends, and ends ctx when it is lost.
func (s *Service) keepLease(ctx context.Context, b Batch, stop func()) {
	tick := time.NewTicker(renewEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if _, lost, err := s.renew(ctx, b); err == nil && lost {
				stop()
				return
			}
		}
	}
}

// step asks some rows, and stores what became of them. pause: there is nothing more to do for so long, and why.
func (s *Service) step(ctx context.Context, b Batch, pace *rate.Limiter) (pause time.Duration, why string, err error) {
	if b.Pending > 0 {
		if b, err = s.follow(ctx, b); err != nil {
			return 0, "", err
		}
	}
	if b.State != Running {
		return lookAgain, "", nil
	}
	most, err := s.Asker.Most(ctx, b)
	if models.CodeOf(err) == models.Unauthorized {
		return time.Second, "", s.hinder(ctx, b, models.Unauthorized)
	}
	if err != nil {
		return 0, "", err
	}
	limit := part
	if b.Budget != nil && most > 0 {
		limit = int(min(part, max(*b.Budget-b.Spent-b.Held, 0)/most))
	}
	if limit == 0 && b.Waiting() > 0 {
		if b.Pending > 0 { // which may give something back
			return lookAgain, string(overBudget), nil
		}
		return time.Second, "", s.hinder(ctx, b, overBudget)
	}
	rows, err := s.next(ctx, b, limit)
	if err != nil {
		return 0, "", fmt.Errorf("read rows: %w", err)
	}
	if len(rows) == 0 {
		return s.end(ctx, b)
	}
	return s.askPart(ctx, b, rows, pace)
}

// overBudget is why a batch is paused of which the next row might cost more than is left of its budget.
const overBudget models.Code = "budget_reached"

// hinder pauses a batch that cannot go on before somebody has done something.
func (s *Service) hinder(ctx context.Context, b Batch, why models.Code) error {
	ctx, cancel := kept(ctx)
	defer cancel()
	err := set(s.of(ctx, b.BusinessID), b, []State{Running}, map[string]any{"state": Paused, "why": string(why), "lease": ""})
	if models.CodeOf(err) == models.Conflict {
		return nil
	}
	return err
}

// end ends a batch without rows to ask; those that are pending are waited for.
func (s *Service) end(ctx context.Context, b Batch) (pause time.Duration, why string, err error) {
	if b.Pending > 0 {
		return lookAgain, pending, nil
	}
	return time.Second, "", s.finish(ctx, b)
}

// askPart asks rows, several at once.
func (s *Service) askPart(ctx context.Context, b Batch, rows []Row, pace *rate.Limiter) (pause time.Duration, why string, err error) {
	key, err := s.Vault.OpenKey(b.DataKey, b.aad())
	if err != nil {
		return 0, "", fmt.Errorf("open the batch: %w", err)
	}
	started := time.Now()
	said := make([]error, len(rows))
	var all sync.WaitGroup
	seats := make(chan struct{}, s.Abreast)
	for i := range rows {
		if err := pace.Wait(ctx); err != nil {
			said[i] = err
			continue
		}
		seats <- struct{}{}
		all.Go(func() {
			defer func() { <-seats }()
			said[i] = s.ask(ctx, b, key, &rows[i])
		})
	}
	all.Wait()
	done, stop := answered(rows, said)
	if err := s.write(ctx, b, waiting, done, float64(len(done))/time.Since(started).Seconds()); err != nil {
		return 0, "", fmt.Errorf("write rows: %w", err)
	}
	s.metrics.count(done)
	return s.hindered(ctx, b, stop)
}

// answered gives the rows that have an outcome, and why others have none. Where no source could answer any of them, all are asked later.
func answered(rows []Row, said []error) (done []Row, stop error) {
	away := 0
	for i, r := range rows {
		if said[i] != nil {
			stop = said[i]
			continue
		}
		if done = append(done, r); r.Why == string(models.SourcesUnavailable) {
			away++
		}
	}
	if stop == nil && away == len(rows) {
		return nil, models.Fail(models.SourcesUnavailable, "no source could answer")
	}
	return done, stop
}

// hindered decides what follows when a row could not be asked.
func (s *Service) hindered(ctx context.Context, b Batch, err error) (pause time.Duration, why string, failed error) {
	if ctx.Err() != nil { // the gateway stops: nothing stands in the batch's way
		return 0, "", ctx.Err()
	}
	switch code := models.CodeOf(err); code {
	case "":
		return 0, "", nil
	case models.InsufficientFunds, models.SpendCapReached, models.Unauthorized:
		return time.Second, "", s.hinder(ctx, b, code)
	default:
		return backOff, string(code), nil
	}
}
