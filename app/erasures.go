package app

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"whoseline/audit"
	"whoseline/lookup"
	"whoseline/models"
)

// Erasure is an erasure on request, as it is kept outside the database: whoever restores an older copy of that makes it anew.
// It names nobody.
type Erasure struct {
	Business    string    `json:"business"`
	Environment string    `json:"environment"`
	Number      string    `json:"number"` // a keyed hash
	Reason      string    `json:"reason,omitempty"`
	At          time.Time `json:"at"`
}

// ErasuresSince gives the erasures on request of all businesses since a moment, each business's newest first.
func (a *App) ErasuresSince(ctx context.Context, since time.Time, give func(Erasure) error) error {
	for after := ""; ; {
		list, next, err := a.Businesses.List(ctx, models.Page{After: after, Limit: 100})
		if err != nil {
			return err
		}
		for _, b := range list {
			if err := a.erasuresOf(ctx, b.ID, since, give); err != nil {
				return fmt.Errorf("business %s: %w", b.ID, err)
			}
		}
		if after = next; next == "" {
			return nil
		}
	}
}

func (a *App) erasuresOf(ctx context.Context, business string, since time.Time, give func(Erasure) error) error {
	last := "" // all parts of an erasure have its id
	for before, more := int64(0), true; more; {
		events, older, err := a.Trail.List(ctx, business, before, 100)
		if err != nil {
			return err
		}
		more = older
		for _, e := range events {
			if e.At.Before(since) {
				return nil
			}
			before = e.Seq
			var said evidence
			if e.Action != lookupErased || e.Target == last || json.Unmarshal([]byte(e.Detail), &said) != nil || said.Cause != lookup.ErasedOnRequest {
				continue
			}
			last = e.Target
			if err := give(Erasure{business, said.Environment, said.Number, said.Reason, e.At}); err != nil {
				return err
			}
		}
	}
	return nil
}

// EraseAgain makes an erasure anew, and waits for its end. Errors: models.Invalid for one that nobody can have made.
func (a *App) EraseAgain(ctx context.Context, e Erasure) (lookup.Erased, error) {
	index, err := hex.DecodeString(e.Number)
	if err != nil || len(index) == 0 {
		return lookup.Erased{}, models.BadField("number", "number must be the hash that `lookup erased` gives")
	}
	if e.Environment != environment(true) && e.Environment != environment(false) {
		return lookup.Erased{}, models.BadField("environment", "environment must be live or sandbox")
	}
	b, err := a.Businesses.Get(ctx, e.Business)
	if err != nil {
		return lookup.Erased{}, err
	}
	done, err := a.Lookups.Erase(ctx, lookup.Erasure{
		BusinessID: b.ID, Sandbox: e.Environment == environment(true), Index: index, Reason: e.Reason,
	})
	if err != nil || !done.GoesOn {
		return done, err
	}
	r, err := a.FinishErasing(ctx, done, func(lookup.Erasing) {})
	done.Lookups, done.PendingEnded = r.Erased, r.PendingEnded
	return done, err
}

// erasingLook is how often one that waits for an erasure looks for it.
const erasingLook = time.Second

// FinishErasing waits until an erasure that goes on in the background has ended. It does the work where no gateway does. told hears how
// far it is, and others on which it works meanwhile.
func (a *App) FinishErasing(ctx context.Context, e lookup.Erased, told func(lookup.Erasing)) (lookup.Erasing, error) {
	look := time.NewTicker(erasingLook)
	defer look.Stop()
	for {
		if err := a.Lookups.EraseMore(audit.By(ctx, audit.Erasure), told); err != nil {
			return lookup.Erasing{}, err
		}
		r, err := a.Lookups.Erasing(ctx, e.BusinessID, e.Sandbox, e.ID)
		if err != nil || r.Ended() {
			return r, err
		}
		told(r)
		select {
		case <-ctx.Done():
			return r, ctx.Err()
		case <-look.C:
		}
	}
}
