package app

import (
	"context"
	"slices"

	"whoseline/lookup"
	"whoseline/models"
	"whoseline/possession"
)

// confirmer joins the two rooms: a lookup that is bound to its number is confirmed by a code of possession's.
type confirmer struct{ codes *possession.Service }

// who is a subject of ours, one for each lookup. A business cannot name it, and so not have its code handed back.
func (confirmer) who(p lookup.Proof) possession.Who {
	return possession.ForLookup(p.BusinessID, p.Sandbox, p.LookupID)
}

// unreachable are the outcomes after which no code will reach the number, however often it is tried.
var unreachable = []possession.Outcome{possession.InvalidNumber, possession.Blocked, possession.NotOnChannel}

// Ask sends a code to the number. Whoever asks is a server of the business, so that its address says nothing.
// models.ChannelRefused means that none can reach it.
func (c confirmer) Ask(ctx context.Context, p lookup.Proof) error {
	sent, err := c.codes.Enrol(ctx, possession.SendCode{
		Who: c.who(p), Policy: possession.Policy{Life: models.MaxCodeLife}, Messages: p.Messages, Phone: p.Phone,
	})
	if models.CodeOf(err) == models.ChannelRefused && !slices.Contains(unreachable, sent.Delivery.Outcome) {
		return models.Fail(models.SourcesUnavailable, "no channel could take the message")
	}
	return err
}

// Check compares a code.
func (c confirmer) Check(ctx context.Context, p lookup.Proof, code string) error {
	_, err := c.codes.Check(ctx, possession.CheckCode{Who: c.who(p), Code: code})
	return err
}

// Forget erases the number and its code.
func (c confirmer) Forget(ctx context.Context, p lookup.Proof) error {
	err := c.codes.Erase(ctx, c.who(p))
	if models.CodeOf(err) == models.NotFound {
		return nil
	}
	return err
}
