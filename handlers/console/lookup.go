package console

import (
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/audit"
	"whoseline/lookup"
	"whoseline/models"
	"whoseline/staff"
)

type lookupDetail struct {
	ID, Number                    string
	Status                        tag
	Mark                          *tag
	Sentence, Day                 string
	Waits, AwaitsCode             bool
	Revealed, MayReveal, Withheld bool
	Reasons                       []option // for revealing
	Conflict                      *conflictDetail
	Review                        *reviewView
	Timeline                      []moment
	Question, Consent, Receipt    []field
	Statements                    []statementDetail
	Match                         []matchRow
	ChargeWords                   string
	Metadata                      []field
	MetadataJSON                  string // only where it is revealed
}

// conflictDetail is what two sources said, line by line.
type conflictDetail struct {
	Fields string
	Score  *int
	Sides  []string
	Lines  []conflictLine
}

type conflictLine struct {
	Label   string
	Values  []string
	Differs bool
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

// revealReasons are why somebody may reveal what is personal. Their own words might be personal too, and the trail is kept for ever.
var revealReasons = []option{
	{Value: "customer_request", Text: "The customer asked"},
	{Value: "onboarding", Text: "To open an account"},
	{Value: "conflict", Text: "Sources disagree"},
	{Value: "fraud_review", Text: "A case of fraud"},
	{Value: "complaint", Text: "A complaint or dispute"},
	{Value: "regulator", Text: "A regulator or court asked"},
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
	reason := formOf(c).Get("reason")
	if !slices.ContainsFunc(revealReasons, func(o option) bool { return o.Value == reason }) {
		return again(c, models.BadField("reason", "choose why you reveal personal data"), k.lookup)
	}
	return k.once(c, "/lookups/"+r.ID, k.lookup, func() (shownOnce, error) {
		return shownOnce{Revealed: r.ID}, k.Trail.Note(c.UserContext(), audit.Event{
			BusinessID: v.BusinessID, Actor: v.ID, Action: "lookup.revealed", Target: r.ID, Detail: audit.Details(map[string]any{"reason": reason}),
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
	r, err := k.record(c)
	if err != nil {
		return err
	}
	c.Locals(sandboxKey, r.Sandbox)
	withheld := r.Asked.Release.Withholds() || businessOf(c).Settings.Release.Withholds()
	if withheld {
		r.Withhold()
	}
	told, err := k.gather(c, r)
	if err != nil {
		return err
	}
	d := by.detail(r)
	if d.Review, err = k.reviewOf(c, r); err != nil {
		return err
	}
	d.Withheld = withheld
	d.MayReveal = signedIn(c).Role.May(staff.Reveal) && !r.Erased()
	d.Reasons = revealReasons
	d.Sentence, d.Waits = told.sentence()
	d.AwaitsCode, d.Timeline, d.Day = told.awaitsCode(), told.timeline(), r.RequestedAt.In(told.zone).Format(dayForm)
	d.Question, d.Consent, d.Receipt = by.question(r, told), consentFields(r, told), receipt(r, told.transfers)
	if d.Metadata = by.metadata(r.Asked.Metadata, businessOf(c).Settings.PlainMembers); !bool(by) {
		d.MetadataJSON = string(r.Asked.Metadata)
	}
	return show(c, "lookup", "Lookup", d)
}

// receipt is what a lookup's money did, and what it came to.
func receipt(r *lookup.Record, transfers []models.Transfer) (lines []field) {
	if r.Sandbox {
		return []field{{Label: "Charged", Value: naira(0)}}
	}
	sum := map[models.TransferKind]int64{}
	for _, t := range transfers {
		sum[t.Kind] += t.Amount
	}
	for _, of := range []struct {
		kind  models.TransferKind
		label string
		sign  int64
	}{{models.Hold, "Held", -1}, {models.Release, "Given back", 1}} {
		if sum[of.kind] != 0 {
			lines = append(lines, field{Label: of.label, Value: signed(of.sign * sum[of.kind])})
		}
	}
	return append(lines, field{Label: "Charged", Value: naira(r.Charged)})
}
