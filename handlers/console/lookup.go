package console

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/audit"
	"whoseline/lookup"
	"whoseline/models"
	"whoseline/possession"
	"whoseline/staff"
)

type lookupDetail struct {
	ID                            string
	Status                        tag
	Mark                          *tag
	Revealed, MayReveal, Withheld bool
	Erased                        bool
	Waiting                       []field // for a code that was sent to the number
	Conflict                      *conflictDetail
	Question, Consent             []field
	Statements                    []statementDetail
	Match                         []matchRow
	ChargeWords                   string
	Transfers                     []models.Transfer
	Attempts                      []models.Attempt
}

type conflictDetail struct {
	Fields string
	Score  *int
	Sides  []statementDetail
}

type statementDetail struct {
	Source, Outcome, Ref string
	At                   time.Time
	Owners               [][]field
	Match                []field
}

type matchRow struct {
	Label, Value, Score string
	Verdict             tag
}

// lookup answers GET /console/lookups/:id, what is personal masked.
func (k *console) lookup(c *fiber.Ctx) error {
	made, err := k.shown(c)
	if err != nil {
		return err
	}
	return k.tell(c, veil(made.Revealed != c.Params("id")))
}

// reveal answers POST /console/lookups/:id/reveal. That it was asked for is kept before anything is shown.
func (k *console) reveal(c *fiber.Ctx) error {
	v := signedIn(c)
	r, err := k.record(c)
	if err != nil {
		return err
	}
	if r.Erased() { // nothing to see, and so nothing to note
		return k.tell(c, veil(true))
	}
	return k.once(c, "/lookups/"+r.ID, k.lookup, func() (shownOnce, error) {
		return shownOnce{Revealed: r.ID}, k.Trail.Note(c.UserContext(), audit.Event{
			BusinessID: v.BusinessID, Actor: v.ID, Action: "lookup.revealed", Target: r.ID,
		})
	})
}

// record finds a lookup of the visitor's business, in either environment.
func (k *console) record(c *fiber.Ctx) (r *lookup.Record, err error) {
	id := c.Params("id")
	if !models.IsID(id) {
		return nil, errNoLookup
	}
	for _, sandbox := range []bool{false, true} {
		r, err = k.Lookups.Get(c.UserContext(), signedIn(c).BusinessID, sandbox, id)
		if models.CodeOf(err) != models.NotFound {
			return r, err
		}
	}
	return nil, errNoLookup
}

var errNoLookup = models.Fail(models.NotFound, "there is no such lookup")

func (k *console) tell(c *fiber.Ctx, by veil) error {
	ctx, v := c.UserContext(), signedIn(c)
	r, err := k.record(c)
	if err != nil {
		return err
	}
	business, err := k.Businesses.Get(ctx, v.BusinessID)
	if err != nil {
		return err
	}
	withheld := r.Asked.Release.Withholds() || business.Settings.Release.Withholds()
	if withheld {
		r.Withhold()
	}
	d := by.detail(r)
	d.Withheld, d.Erased = withheld, r.Erased()
	d.MayReveal = v.Role.May(staff.Reveal) && !d.Erased
	if d.Transfers, err = k.Till.TransfersFor(ctx, r.BusinessID, r.ID); err != nil {
		return err
	}
	confirmed, err := k.Lookups.Confirmation(ctx, r.BusinessID, r.ID)
	if err != nil {
		return err
	}
	d.Question = by.question(r, confirmed)
	d.Consent = consentFields(r, confirmed)
	if d.Waiting, err = k.waiting(ctx, r, confirmed); err != nil {
		return err
	}
	return show(c, "lookup", "Lookup", d)
}

// waiting tells what a lookup waits for that is bound to its number, which has not confirmed it. nil: for no code.
func (k *console) waiting(ctx context.Context, r *lookup.Record, confirmed lookup.Confirmation) ([]field, error) {
	if !confirmed.Bound || !confirmed.At.IsZero() || r.Status.Settled() {
		return nil, nil
	}
	st, err := k.Possession.Standing(ctx, possession.ForLookup(r.BusinessID, r.Sandbox, r.ID))
	if err != nil {
		return nil, err
	}
	return filled([]field{
		{Label: "Waits for", Value: waitsFor(st, k.World.Now())},
		{Label: "Until", Value: shownTime(r.ExpiresAt)},
		{Label: "Messages sent", Value: strconv.Itoa(st.Sends)},
		{Label: "Last sent at", Value: shownTime(st.LastSentAt)},
		{Label: "Codes typed", Value: fmt.Sprintf("%d of %d", st.Tries, models.MaxTries)},
	}), nil
}

func waitsFor(st possession.Standing, now time.Time) string {
	switch {
	case st.Tries >= models.MaxTries:
		return "another code: this one was typed wrongly too often"
	case st.ExpiresAt.IsZero() || !now.Before(st.ExpiresAt):
		return "another code: there is none that is still good"
	}
	return "the code that was sent to the number"
}
