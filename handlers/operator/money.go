package operator

import (
	"strings"

	"whoseline/billing"
	"whoseline/models"
)

// credit answers POST /businesses/{id}/credit: what a business has paid, once per reference.
func (d *desk) credit(c *call) (any, error) {
	b, err := d.find(c)
	if err != nil {
		return nil, err
	}
	amount, err := c.amount("amount")
	if err != nil {
		return nil, err
	}
	if _, err := d.Money.Credit(c, b.ID, c.get("reference"), amount); err != nil {
		return nil, err
	}
	return d.wallet(c, b.ID)
}

// ordered is what came of a correction: it was carried out, or waits for somebody else.
type ordered struct {
	Corrected *billing.Corrected `json:"corrected,omitempty"`
	Approval  *billing.Approval  `json:"approval,omitempty"`
}

// refund answers POST /businesses/{id}/refund. Without an amount all is given back that the lookup cost.
func (d *desk) refund(c *call) (any, error) {
	lookup := c.get("lookupId")
	if !models.IsID(lookup) {
		return nil, models.BadField("lookupId", "lookupId must be the id of a lookup")
	}
	order := billing.CorrectionOrder{LookupID: lookup}
	if c.get("amount") != "" {
		var err error
		if order.Amount, err = c.amount("amount"); err != nil {
			return nil, err
		}
	}
	return d.order(c, order)
}

// adjust answers POST /businesses/{id}/adjust.
func (d *desk) adjust(c *call) (any, error) {
	amount, err := c.amount("amount")
	if err != nil {
		return nil, err
	}
	return d.order(c, billing.CorrectionOrder{Amount: amount})
}

func (d *desk) order(c *call, o billing.CorrectionOrder) (any, error) {
	b, err := d.find(c)
	if err != nil {
		return nil, err
	}
	o.BusinessID, o.Actor = b.ID, c.who.OperatorActor()
	o.Reason, o.Note, o.Reference, o.Dry = c.get("reason"), c.get("note"), c.get("reference"), c.get("dryRun") == "true"
	done, waits, err := d.Money.Order(c, o)
	switch {
	case err != nil:
		return nil, err
	case waits != nil:
		return ordered{Approval: waits}, nil
	}
	return ordered{Corrected: &done}, nil
}

// waiting is an approval that waits.
type waiting struct {
	billing.Approval
	AskedByName string `json:"askedByName"`
	Own         bool   `json:"own"` // whoever reads this asked for it, and cannot approve it
}

// approvals answers GET /approvals.
func (d *desk) approvals(c *call) (any, error) {
	all, err := d.Till.Waiting(c)
	if err != nil {
		return nil, err
	}
	names, err := d.names(c)
	if err != nil {
		return nil, err
	}
	answer := list[waiting]{Data: []waiting{}}
	for _, a := range all {
		answer.Data = append(answer.Data, waiting{a, names.of(a.AskedBy), strings.EqualFold(a.AskedBy, c.who.OperatorActor())})
	}
	return answer, nil
}

// approve answers POST /approvals/{id}/approve. Nobody approves what they asked for.
func (d *desk) approve(c *call) (any, error) {
	id := c.path("id")
	if !models.IsID(id) {
		return nil, models.Fail(models.NotFound, "there is no such approval")
	}
	return d.Money.Approve(c, id, c.who.OperatorActor())
}
