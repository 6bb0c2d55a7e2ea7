package app

import (
	"context"
	"encoding/json"

	"gorm.io/gorm"

	"whoseline/access"
	"whoseline/audit"
	"whoseline/billing"
	"whoseline/models"
)

// The kinds of what is approved, besides refund and adjustment.
const refundsOfSource = "refunds"

// Order carries out a correction, or lets it wait for a second operator where it is above billing.approval_above: then the approval is given. A dry run, and
// what was carried out before, never wait.
func (a *App) Order(ctx context.Context, order billing.CorrectionOrder) (billing.Corrected, *billing.Approval, error) {
	var err error
	if order.Actor, err = a.Operators.Canonical(ctx, access.OperatorTrail, order.Actor); err != nil {
		return billing.Corrected{}, nil, err
	}
	look := order
	look.Dry = true
	seen, err := a.Till.Correct(ctx, look)
	if err != nil || order.Dry || seen.Repeated || !a.needsApproval(seen.Amount) {
		if err == nil {
			seen, err = a.Correct(ctx, order)
		}
		return seen, nil, err
	}
	order.Amount = seen.Amount
	approval, err := a.ask(ctx, string(seen.Kind), order.Actor, seen.Amount, order.BusinessID, order)
	return seen, approval, err
}

func (a *App) needsApproval(amount int64) bool {
	most := a.Config.Billing.ApprovalAbove
	return most > 0 && max(amount, -amount) > most
}

func (a *App) ask(ctx context.Context, kind, actor string, amount int64, businessID string, wish any) (*billing.Approval, error) {
	text, err := json.Marshal(wish)
	if err != nil {
		return nil, models.Fault(err)
	}
	asked, err := a.Till.Ask(ctx, billing.Approval{BusinessID: businessID, Kind: kind, Wish: string(text), Amount: amount, AskedBy: actor}, a.noteApproval("wallet.approval_asked", actor))
	return &asked, err
}

func (a *App) noteApproval(action, actor string) func(tx *gorm.DB, p billing.Approval) error {
	return func(tx *gorm.DB, p billing.Approval) error {
		trail := p.BusinessID
		if trail == "" {
			trail = access.OperatorTrail
		}
		return a.Trail.NoteWith(tx, audit.Event{
			BusinessID: trail, Actor: actor, Action: action, Target: p.ID, Detail: audit.Details(map[string]any{"kind": p.Kind, "amount": p.Amount}),
		})
	}
}

// Approved is what came of an approval.
type Approved struct {
	ID        string             `json:"id"`
	Corrected *billing.Corrected `json:"corrected,omitempty"`
	Refunds   *Refunds           `json:"refunds,omitempty"`
}

// Approve carries out what was asked for, as whoever asked and with the consent of a second operator, in one transaction. Refunds of a source that were interrupted go on
// when the same operator approves again.
func (a *App) Approve(ctx context.Context, id, by string) (done Approved, err error) {
	if by, err = a.Operators.Canonical(ctx, access.OperatorTrail, by); err != nil {
		return done, err
	}
	return a.approve(ctx, id, by)
}

func (a *App) approve(ctx context.Context, id, by string) (done Approved, err error) {
	p, err := a.Till.Approval(ctx, id)
	if err != nil {
		return done, err
	}
	again, err := p.Decide(by, a.World.Now())
	if err != nil {
		return done, err
	}
	done.ID = id
	note := a.noteApproval("wallet.approved", by)
	if p.Kind == refundsOfSource {
		r, err := a.approveBadHour(ctx, p, by, again)
		done.Refunds = &r
		return done, err
	}
	if again {
		return done, models.Fail(models.Conflict, "it was carried out already")
	}
	var order billing.CorrectionOrder
	if err := json.Unmarshal([]byte(p.Wish), &order); err != nil {
		return done, models.Fault(err)
	}
	order.Told = func(tx *gorm.DB, _ models.Correction) error {
		if err := billing.ApproveWith(tx, p, by, a.World.Now()); err != nil {
			return err
		}
		return note(tx, p)
	}
	c, err := a.Correct(ctx, order)
	done.Corrected = &c
	return done, err
}

// approveBadHour refunds a source's bad hour; again: it was approved before, and goes on.
func (a *App) approveBadHour(ctx context.Context, p billing.Approval, by string, again bool) (r Refunds, err error) {
	var wish billing.BadHour
	if err := json.Unmarshal([]byte(p.Wish), &wish); err != nil {
		return r, models.Fault(err)
	}
	if !again {
		note := a.noteApproval("wallet.approved", by)
		if err := a.Till.Approve(ctx, p, by, func(tx *gorm.DB) error { return note(tx, p) }); err != nil {
			return r, err
		}
	}
	return a.refundAll(ctx, wish, p.AskedBy)
}

// Refunds is what came of refunding a source's bad hour, or with a dry run would come of it.
type Refunds struct {
	Lookups  int64             `json:"lookups"`
	Amount   int64             `json:"amount"`
	Dry      bool              `json:"dryRun"`
	Approval *billing.Approval `json:"approval,omitempty"` // it waits for a second operator
}

// RefundBadHour gives back what was charged for each lookup of a bad hour, once. It may be interrupted and started again: it goes on with those that
// were not refunded. Above billing.approval_above, all of them together, it waits for a second operator.
func (a *App) RefundBadHour(ctx context.Context, h billing.BadHour, actor string, dry bool) (r Refunds, err error) {
	if err := checkBadHour(h, actor); err != nil {
		return r, err
	}
	if actor, err = a.Operators.Canonical(ctx, access.OperatorTrail, actor); err != nil {
		return r, err
	}
	if h.To.After(a.World.Now()) { // else more could come to it between the request and its approval
		return r, models.BadField("to", "to must not be in the future")
	}
	r.Dry = dry
	if r.Lookups, r.Amount, err = a.Till.Refundables(ctx, h); err != nil || dry || r.Lookups == 0 {
		return r, err
	}
	if a.needsApproval(r.Amount) {
		r.Approval, err = a.ask(ctx, refundsOfSource, actor, r.Amount, h.BusinessID, h)
		return r, err
	}
	return a.refundAll(ctx, h, actor)
}

func checkBadHour(h billing.BadHour, actor string) error {
	switch {
	case h.Source == "":
		return models.BadField("source", "source must be named")
	case h.Outcome != string(models.StatusFound) && h.Outcome != string(models.StatusNotFound):
		return models.BadField("outcome", "outcome must be found or not_found")
	case !h.From.Before(h.To):
		return models.BadField("from", "from must be before to")
	case len(h.Reference) > models.MaxReference-30:
		return models.BadField("reference", "reference is too long: each lookup's id is added to it")
	}
	return billing.CorrectionOrder{LookupID: "x", Reason: h.Reason, Note: h.Note, Reference: h.Reference, Actor: actor}.Check()
}

// refundAll refunds one lookup after the other. What others have refunded meanwhile is passed over.
func (a *App) refundAll(ctx context.Context, h billing.BadHour, actor string) (r Refunds, err error) {
	for last := (models.Lookup{}); ; {
		list, err := a.Till.NextRefundables(ctx, h, last)
		if err != nil || len(list) == 0 {
			return r, err
		}
		for _, l := range list {
			last = l
			c, err := a.Correct(ctx, billing.CorrectionOrder{
				BusinessID: l.BusinessID, LookupID: l.ID, Reason: h.Reason, Note: h.Note, Reference: h.Reference + "-" + l.ID, Actor: actor,
			})
			if models.CodeOf(err) == models.Conflict {
				continue
			}
			if err != nil {
				return r, err
			}
			r.Lookups, r.Amount = r.Lookups+1, r.Amount+c.Amount
		}
	}
}
