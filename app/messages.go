package app

import (
	"context"
	"errors"

	"whoseline/handlers/callbacks"
	"whoseline/models"
	"whoseline/possession"
	"whoseline/providers/channel"
	"whoseline/providers/gate"
)

// buildPossession makes the room that proves who holds a number. Sandbox keys never reach a person: their codes stay in the
// outbox.
func (a *App) buildPossession(o Options) error {
	a.TestInbox = possession.TestInbox{DB: a.DB.Gorm, Read: a.DB.Read, Box: a.Keyring, World: a.World}
	if err := a.buildChannels(); err != nil {
		return err
	}
	a.Possession = possession.New(possession.Options{
		DB: a.DB.Gorm, Read: a.DB.Read, Vault: a.Keyring, Box: a.Keyring, World: a.World, NewCode: o.NewCode,
		Live: a.Channels, Sandbox: a.TestInbox, SendWithin: a.Config.Channels.TotalTimeout, Limits: a.Operator.Codes,
		Till: a.Till, Log: a.log,
	})
	return nil
}

// buildChannels makes those who carry the codes of live keys.
func (a *App) buildChannels() error {
	c := a.Config.Channels
	carriers, err := channel.Carriers(c.Live, channel.Parts{
		Now: a.World.Now, TestInbox: a.TestInbox, PublicURL: c.PublicURL, MaxInflight: c.MaxInflight, Log: a.log, Accounts: c.Account,
		Far: a.options.Far,
		Report: func(ctx context.Context, r possession.DeliveryReport) (bool, error) {
			known, err := a.Possession.Delivered(ctx, r)
			if known { // one receipt may be tried under several references
				a.Channels.Heard(r)
			}
			return known, err
		},
	})
	if err != nil {
		return err
	}
	a.Channels = channel.NewRouter(channel.Options{
		Carriers: carriers, Limits: gate.Limits{Timeout: c.AttemptTimeout, MaxInflight: c.MaxInflight}, BulkheadWait: c.BulkheadWait,
		Now: a.World.Now, Gates: a.metrics.Gates, Log: a.log,
	})
	return nil
}

// readReports proves and understands what was reported to a channel.
func (a *App) readReports(name string, m callbacks.ReportRequest) (callbacks.Reported, error) {
	reader, ok := a.Channels.Reader(name)
	if !ok {
		return callbacks.Reported{}, models.Fail(models.NotFound, "")
	}
	told, err := reader.Read(channel.ReportRequest(m))
	switch {
	case errors.Is(err, channel.ErrForged):
		return callbacks.Reported{}, models.Fail(models.Unauthorized, "the receipt is not proven to come from the channel's vendor")
	case err != nil:
		return callbacks.Reported{}, models.Fail(models.Invalid, "the receipt cannot be read")
	}
	return callbacks.Reported(told), nil
}
