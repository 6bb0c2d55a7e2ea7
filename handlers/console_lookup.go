package handlers

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/tidwall/gjson"

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

func (v veil) detail(r *lookup.Record) lookupDetail {
	d := lookupDetail{
		ID: r.ID, Status: lookupTag(r), Mark: checkTag(r), Revealed: !bool(v) && !r.Erased(),
		ChargeWords: chargeWords(r), Attempts: r.Exchanges(),
	}
	full := r.Advanced // the first owner's alone, as the API gives it
	for _, s := range r.Statements() {
		d.Statements = append(d.Statements, v.statement(s, full, r.Said.Conflict))
		full = full && len(s.Named) == 0
	}
	if conflict := r.Said.Conflict; conflict != nil {
		d.Conflict = &conflictDetail{fieldNames(conflict.Fields), conflict.Score, d.Statements}
	}
	if r.Status.Settled() {
		d.Match = v.match(r.Match())
	}
	return d
}

func (v veil) question(r *lookup.Record, confirmed lookup.Confirmation) []field {
	environment := "live"
	if r.Sandbox {
		environment = "sandbox"
	}
	served := ""
	if len(r.Said.Origins) > 0 {
		served = "the sources"
	}
	if r.Said.Recent {
		served = "an answer given shortly before"
	}
	answered := r.AnsweredAt
	if confirmed.Bound && confirmed.At.IsZero() && !r.Status.Settled() {
		answered = time.Time{} // it is when the code was sent
	}
	by := places(strings.TrimSpace(r.Asked.Requester.FirstName+" "+r.Asked.Requester.LastName), r.Asked.Requester.ID)
	return filled([]field{
		{Label: "Number", Value: v.phone(r.Phone())},
		{Label: "Reason", Value: r.Reason},
		{Label: "Product", Value: product(r.Advanced)},
		{Label: "Environment", Value: environment},
		{Label: "Source", Value: r.Source},
		{Label: "Answered from", Value: served},
		{Label: "Asked by", Value: by},
		{Label: "API key", Value: r.KeyID},
		{Label: "Requested at", Value: shownTime(r.RequestedAt)},
		{Label: "Answered at", Value: shownTime(answered)},
		{Label: "Metadata", Value: v.metadata(r.Asked.Metadata)},
	})
}

// metadata is the caller's own, and may hold whatever about a person: masked, only how much of it there is.
func (v veil) metadata(raw json.RawMessage) string {
	if !v || len(raw) == 0 {
		return string(raw)
	}
	members := 0
	gjson.ParseBytes(raw).ForEach(func(_, _ gjson.Result) bool {
		members++
		return true
	})
	return fmt.Sprintf("%d members, masked", members)
}

func (v veil) statement(s lookup.Statement, full bool, conflict *models.Disagreement) statementDetail {
	d := statementDetail{Source: s.Source, Outcome: plain(string(s.Outcome)), Ref: s.Ref, At: s.At, Match: comparisonFields(s.Match)}
	for i, o := range s.Named {
		d.Owners = append(d.Owners, v.owner(o, full && i == 0, conflict))
	}
	return d
}

func (v veil) match(m *lookup.Match) (rows []matchRow) {
	if m == nil {
		return nil
	}
	for _, f := range []struct {
		label string
		of    *lookup.Compared
		mask  func(string) string
	}{{"First name", m.FirstName, v.words}, {"Last name", m.LastName, v.words}, {"Date of birth", m.DateOfBirth, v.all}} {
		if f.of == nil {
			continue
		}
		row := matchRow{Label: f.label, Value: f.mask(f.of.Value), Verdict: verdictTag(f.of.Verdict)}
		if f.of.Score != nil {
			row.Score = fmt.Sprint(*f.of.Score)
		}
		rows = append(rows, row)
	}
	return rows
}

func fieldNames(names []string) string {
	words := map[string]string{"name": "name", "dateOfBirth": "date of birth", "firstName": "first name", "lastName": "last name"}
	var shown []string
	for _, name := range names {
		shown = append(shown, words[name])
	}
	return places(shown...)
}

func consentFields(r *lookup.Record, confirmed lookup.Confirmation) []field {
	var notice models.PrivacyNotice
	_ = json.Unmarshal([]byte(r.Notice), &notice) // what we wrote ourselves; none, it is empty
	channel := "attested by the caller"
	switch {
	case !confirmed.At.IsZero():
		channel = "a code that the number itself confirmed"
	case confirmed.Bound && r.Status.Settled():
		channel = "attested by the caller; the number did not confirm it"
	case confirmed.Bound:
		channel = "attested by the caller; the number has yet to confirm it"
	}
	return filled([]field{
		{Label: "Channel", Value: channel},
		{Label: "Given at", Value: shownTime(r.RequestedAt)},
		{Label: "Confirmed at", Value: shownTime(confirmed.At)},
		{Label: "Purpose", Value: r.Purpose},
		{Label: "Asserted by API key", Value: r.KeyID},
		{Label: "Notice", Value: notice.URL},
		{Label: "Notice version", Value: notice.Version},
		{Label: "Notice language", Value: notice.Language},
	})
}

func chargeWords(r *lookup.Record) string {
	switch {
	case r.Sandbox:
		return "Free: it was asked with a sandbox key."
	case !r.Status.Settled():
		return models.NGN(r.Held).String() + " is held, to be charged or given back when the lookup ends."
	case r.Charged > 0:
		return models.NGN(r.Charged).String() + " was charged."
	default:
		return "Nothing was charged: what was held was given back."
	}
}

func shownTime(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format("2006-01-02 15:04:05.000")
}
