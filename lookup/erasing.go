package lookup

import (
	"context"
	"errors"
	"time"

	"whoseline/models"
)

// An erasure of many lookups is first written down: from that commit on, whoever reads one of them reads it as erased. Any gateway then
// destroys the keys, batch by batch under a lease. A batch is one transaction, which also counts it, so that a gateway that dies loses
// nothing and counts nothing twice.

// Erasing is an erasure on request, under way or ended.
type Erasing struct {
	BusinessID   string `gorm:"primaryKey"`
	ID           string `gorm:"primaryKey"`
	Sandbox      bool
	NumberIndex  []byte // nil once it has ended
	Through      string // the newest lookup that it is about
	Reason       string
	Total        *int64 // lookups that had keys when it began; nil = not counted yet
	Erased       int64
	PendingEnded int64
	Lease        string
	LeaseUntil   time.Time
	AskedAt      time.Time
	EndedAt      time.Time // zero while it is under way
}

// TableName is the table of erasures.
func (Erasing) TableName() string { return "erasures" }

// Ended tells whether nothing is left of the person.
func (r Erasing) Ended() bool { return !r.EndedAt.IsZero() }

const (
	erasingLease = time.Minute      // how long a gateway that died keeps others from an erasure
	erasingTurn  = 30 * time.Second // then another erasure has its turn
	erasingAgain = 5 * time.Second  // how long one rests of which only lookups are left that are being asked
	erasingRest  = 200 * time.Millisecond
)

// begin writes an erasure down if a number has many lookups, or if one of the number is under way. begun: e goes on in the background.
func (s *Service) begin(ctx context.Context, e *Erased) (begun bool, err error) {
	rows, err := s.unerased(ctx, e, s.eraseAtOnce+1)
	if err != nil {
		return false, err
	}
	running, err := s.running(ctx, e)
	switch {
	case err != nil:
		return false, err
	case running != nil && len(rows) == 0:
		*e = running.erased()
	case running == nil && len(rows) <= s.eraseAtOnce:
		return false, nil
	default:
		e.GoesOn = true
		if err := s.insertErasing(ctx, *e); err != nil {
			return false, err
		}
	}
	// What is remembered goes second: whoever remembers an answer meanwhile looks back, and finds the erasure.
	return true, s.forgetRecent(ctx, *e)
}

// erased is an erasure as a part of it is noted.
func (r Erasing) erased() Erased {
	return Erased{
		ID: r.ID, BusinessID: r.BusinessID, Sandbox: r.Sandbox, Cause: ErasedOnRequest, Reason: r.Reason, NumberIndex: r.NumberIndex,
		Lookups: r.Erased, PendingEnded: r.PendingEnded, At: r.AskedAt, GoesOn: !r.Ended(), lease: r.Lease,
	}
}

// EraseMore goes on with erasures on which no other gateway works, until nothing is left to do or ctx ends. It may run in every
// gateway at once, and may be killed at any moment. told hears how far each is.
func (s *Service) EraseMore(ctx context.Context, told func(Erasing)) error {
	for ctx.Err() == nil {
		r, err := s.takeErasing(ctx)
		if err != nil || r == nil {
			return faultUnless(err, "look for an erasure")
		}
		if err := s.goOn(ctx, r, told); err != nil {
			return faultUnless(err, "erase a number")
		}
	}
	return nil
}

// goOn works on an erasure for a while, and lets others have it.
func (s *Service) goOn(ctx context.Context, r *Erasing, told func(Erasing)) error {
	turn, cancel := context.WithTimeout(ctx, erasingTurn)
	defer cancel()
	rest, err := s.eraseTurn(turn, r, told)
	switch {
	case errors.Is(err, errErasingLost):
		return nil
	case turn.Err() != nil:
		rest, err = 0, nil // whoever has the next turn goes on
	case err != nil:
		rest = erasingAgain
	}
	own, over := context.WithTimeout(context.WithoutCancel(ctx), rowWithin)
	defer over()
	if left := s.leaveErasing(own, r, rest); err == nil {
		err = left
	}
	return err
}

// eraseTurn erases until nothing is left, and ends the erasure then. rest: what is left cannot be erased before.
func (s *Service) eraseTurn(ctx context.Context, r *Erasing, told func(Erasing)) (rest time.Duration, err error) {
	if err := s.countErasing(ctx, r); err != nil {
		return 0, err
	}
	for {
		rows, err := s.leaving(ctx, r)
		if err != nil {
			return 0, err
		}
		if len(rows) == 0 {
			return 0, s.endErasing(ctx, r)
		}
		done, err := s.eraseLeaving(ctx, r, rows, told)
		if err != nil || done == 0 {
			return erasingAgain, err
		}
	}
}

// eraseLeaving erases some lookups, and gives how many. Those that somebody asks about are left. Between two batches it rests for as long
// as the last one took: others want to write, too.
func (s *Service) eraseLeaving(ctx context.Context, r *Erasing, rows []erasable, told func(Erasing)) (done int64, err error) {
	for len(rows) > 0 {
		began := time.Now()
		n := min(len(rows), eraseBatch)
		for _, together := range apart(rows[:n]) {
			part := r.erased()
			part.Lookups, part.PendingEnded, part.At = 0, 0, s.world.Now()
			err := s.erase(ctx, &part, together)
			if err != nil && models.CodeOf(err) != models.Busy {
				return done, err
			}
			done += part.Lookups + part.PendingEnded
			r.Erased += part.Lookups
		}
		told(*r)
		if rows = rows[n:]; len(rows) > 0 {
			pauseFor(ctx, min(time.Since(began), erasingRest))
		}
	}
	return done, nil
}

func pauseFor(ctx context.Context, d time.Duration) {
	pause := time.NewTimer(d)
	defer pause.Stop()
	select {
	case <-pause.C:
	case <-ctx.Done():
	}
}
