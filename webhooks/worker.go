package webhooks

import (
	"context"
	"fmt"
	"time"
)

// writeDeadline bounds one look at the queue, and writing what came of attempts.
const writeDeadline = 15 * time.Second

// dispatcher is one process's share of the work. One goroutine does all of it except the attempts. What ends while the
// database is busy is therefore written together the next time.
type dispatcher struct {
	*Service
	slots   *slots
	results chan result
	ended   []result // attempts that are over but not written: they keep their slots until they are
	cursor  lane     // behind it the next look begins
	failing bool     // the database, so that it is reported once
}

func newDispatcher(s *Service) *dispatcher {
	return &dispatcher{Service: s, slots: newSlots(s.slotsAtOnce, s.perEndpoint), results: make(chan result, s.slotsAtOnce)}
}

func (d *dispatcher) run(ctx context.Context) {
	ticker := time.NewTicker(d.poll)
	defer ticker.Stop()
	for ctx.Err() == nil {
		d.turn(ctx)
		select {
		case <-ctx.Done():
		case r := <-d.results:
			d.gather(r)
		case <-ticker.C:
		case <-d.nudged:
		}
	}
	d.finish()
}

// gather collects what has ended.
func (d *dispatcher) gather(first result) {
	d.ended = append(d.ended, first)
	for len(d.results) > 0 {
		d.ended = append(d.ended, <-d.results)
	}
}

// turn writes what has ended and begins what there is room for. The end of ctx cuts no statement short. A lease that
// was committed without our knowledge would lie idle until it ends.
func (d *dispatcher) turn(ctx context.Context) {
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeDeadline)
	defer cancel()
	err := d.settle(own)
	for more := true; err == nil && more && ctx.Err() == nil; {
		more, err = d.look(own)
	}
	d.report(ctx, err)
}

// report logs when the database begins to fail and when it works again, not each time.
func (d *dispatcher) report(ctx context.Context, err error) {
	switch {
	case ctx.Err() != nil:
		return
	case err != nil && !d.failing:
		d.log.Error("webhooks: the queue cannot be worked on", "err", err)
	case err == nil && d.failing:
		d.log.Info("webhooks: the queue is worked on again")
	}
	d.failing = err != nil
}

// look leases deliveries of the next lanes and begins them. It tells whether there is room and queue left.
func (d *dispatcher) look(ctx context.Context) (more bool, err error) {
	if d.slots.full() {
		return false, nil
	}
	heads, err := d.queue.heads(ctx, d.cursor)
	if err != nil {
		return false, fmt.Errorf("look at the queue: %w", err)
	}
	now := d.world.Now()
	takes, last := d.slots.share(heads, now)
	if len(takes) > 0 {
		if err := d.begin(ctx, takes, now); err != nil {
			return false, err
		}
	}
	through := len(heads) == 0 || last == heads[len(heads)-1].lane
	if d.cursor = last; through && len(heads) < headsAtOnce {
		d.cursor = lane{}
		return false, nil
	}
	return through, nil
}

// begin leases what was shared out and starts an attempt for each delivery that was there to be leased.
func (d *dispatcher) begin(ctx context.Context, takes []take, now time.Time) error {
	jobs, err := d.queue.lease(ctx, takes, lease{id: d.world.NewID(), now: now, end: now.Add(d.leaseFor)})
	unused := map[lane]int{}
	for _, t := range takes {
		unused[t.lane] = t.count
	}
	for _, j := range jobs {
		unused[j.lane()]--
		d.inFlight.Add(1)
		go func() { d.results <- d.attempt(j) }()
	}
	for l, n := range unused {
		for range n {
			d.slots.vacate(l)
		}
	}
	if err != nil {
		return fmt.Errorf("claim deliveries: %w", err)
	}
	return nil
}

// settle writes what has ended and frees its slots. A 410 disables the endpoint first: should the process die in
// between, the delivery is tried once more and says so again.
func (d *dispatcher) settle(ctx context.Context) error {
	if len(d.ended) == 0 {
		return nil
	}
	for _, r := range d.ended {
		if !r.disable {
			continue
		}
		if err := d.disableGone(ctx, r.BusinessID, r.EndpointID); err != nil {
			return err
		}
	}
	if err := d.queue.settle(ctx, d.ended); err != nil {
		return fmt.Errorf("write the outcome of attempts: %w", err)
	}
	for _, r := range d.ended {
		d.release(r)
	}
	d.ended = d.ended[:0]
	return nil
}

func (d *dispatcher) release(r result) {
	if r.contacted() {
		d.slots.judge(r.lane(), r.status != 0 && r.took < d.timeout/2)
	}
	d.slots.vacate(r.lane())
	d.inFlight.Add(-1)
	d.metrics.count(r)
	if r.dead() {
		d.log.Warn("webhooks: delivery given up", "business", r.BusinessID, "event", r.EventID, "endpoint", r.EndpointID,
			"attempts", r.Attempts, "class", string(r.class), "status", r.status)
	}
}

// finish waits for what is under way and writes it. What cannot be written is delivered again when its lease ends.
func (d *dispatcher) finish() {
	for d.slots.busy > len(d.ended) {
		d.gather(<-d.results)
	}
	ctx, cancel := context.WithTimeout(context.Background(), writeDeadline)
	defer cancel()
	if err := d.settle(ctx); err != nil {
		d.log.Error("webhooks: the last attempts will be repeated", "attempts", len(d.ended), "err", err)
	}
}
