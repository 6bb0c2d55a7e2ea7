package commands

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/urfave/cli/v3"

	"whoseline/app"
	"whoseline/models"
	"whoseline/providers"
	"whoseline/providers/vendor"
)

func (t *terminal) provider() *cli.Command {
	return &cli.Command{
		Name: "provider", Usage: "the sources that are asked",
		Commands: []*cli.Command{{
			Name: "list", Usage: "list the sources that live keys ask, in order",
			Action: t.with(func(_ context.Context, c *cli.Command, a *app.App) error {
				return sayAll(t, c, a.Live.Health(), nil, func(h providers.SourceHealth) row {
					return row{map[string]string{"name": h.Name}, h.Name}
				})
			}),
		}, t.providerCheck(), t.providerAsk()},
	}
}

func (t *terminal) providerCheck() *cli.Command {
	return &cli.Command{
		Name: "check", Usage: "check the definitions of vendors, and the accounts with them", ArgsUsage: "[NAME]",
		Description: "Reads every definition file with its fixtures, and names each mistake by file and line. NAME is a vendor or a\n" +
			"definition whose account must be complete. --try asks it about one number, which the vendor may bill. No\n" +
			"database is needed. Exit code 1 if anything is wrong.",
		Flags:  personal("try", "ask NAME about `NUMBER`: your own, or the vendor's test number"),
		Action: t.checkProviders,
	}
}

// providerView is one definition as the check found it.
type providerView struct {
	vendor.Info
	Account string `json:"account"` // complete, none, or what is missing
}

func (t *terminal) checkProviders(ctx context.Context, c *cli.Command) error {
	if c.Args().Len() > 1 || trying(c) && !c.Args().Present() {
		return usageError{errors.New("provider check takes one NAME, and needs it to try")}
	}
	settings, _, err := t.settings(c)
	if err != nil {
		return err
	}
	p := settings.Providers
	catalog, err := app.Definitions(p.Definitions)
	if err != nil {
		return err
	}
	parts := vendor.Parts{Catalog: catalog, Vendors: p.Vendor, Limits: app.VendorLimits(p)}
	if err := app.CheckSources(parts, p.Live); err != nil {
		return err
	}
	if name := c.Args().First(); name != "" {
		return t.checkProvider(ctx, c, parts)
	}
	wrong := false
	for _, d := range catalog.List() {
		v := providerView{d, accountState(parts, d)}
		live := slices.Contains(p.Live, d.Name) || d.Default && slices.Contains(p.Live, d.Vendor)
		wrong = wrong || live && v.Account != "complete"
		if err := t.say(c, v, "%-28s %-7s %-20s account: %s", d.Name, d.Mode, d.Source, v.Account); err != nil {
			return err
		}
	}
	if wrong {
		return errSaid
	}
	return nil
}

func accountState(parts vendor.Parts, d vendor.Info) string {
	endpoint, err := parts.Endpoint(d.Name)
	if err != nil {
		return err.Error()
	}
	_ = endpoint.Close()
	return "complete"
}

// trialView is what came of trying. It tells nothing about the owner.
type trialView struct {
	Name    string `json:"name"`
	Outcome string `json:"outcome"`
	Owners  int    `json:"owners"`
	HTTP    int    `json:"http"`
	Millis  int64  `json:"ms"`
	Error   string `json:"error,omitempty"`
}

// trialTime is how long a vendor may take when it is tried by hand.
const trialTime = 30 * time.Second

func (t *terminal) checkProvider(ctx context.Context, c *cli.Command, parts vendor.Parts) error {
	endpoint, err := parts.Endpoint(c.Args().First())
	if err != nil {
		return err
	}
	defer endpoint.Close()
	if !trying(c) {
		return t.say(c, map[string]string{"name": endpoint.Name(), "account": "complete"}, "%s: the account is complete", endpoint.Name())
	}
	number, err := t.readPersonal(c, "try")
	if err != nil {
		return err
	}
	phone, err := models.ParseNigerian(number)
	if err != nil {
		return usageError{err}
	}
	return t.tryProvider(ctx, c, endpoint, phone)
}

// trying tells whether a number was given to try.
func trying(c *cli.Command) bool { return c.IsSet("try") || c.IsSet("try-file") }

func (t *terminal) tryProvider(ctx context.Context, c *cli.Command, endpoint *vendor.Endpoint, phone models.Phone) error {
	world := models.RealWorld()
	ctx, cancel := context.WithTimeout(ctx, trialTime)
	defer cancel()
	start := world.Now()
	said := endpoint.Ask(ctx, vendor.Inquiry{Phone: phone, Reference: world.NewID()})
	v := trialView{endpoint.Name(), string(said.Outcome), len(said.Owners), said.HTTP, world.Now().Sub(start).Milliseconds(), ""}
	if said.Err != nil {
		v.Error = said.Err.Error()
	}
	if err := t.say(c, v, "%s: %s, %d owners, HTTP %d, %d ms %s", v.Name, v.Outcome, v.Owners, v.HTTP, v.Millis, v.Error); err != nil {
		return err
	}
	if said.Outcome != models.OutcomeFound && said.Outcome != models.OutcomeNotFound {
		return errSaid
	}
	return nil
}
