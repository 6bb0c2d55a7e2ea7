package commands

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"whoseline/app"
	"whoseline/models"
	"whoseline/providers/vendor"
)

// signalAge is how far back a SIM change, a holder or a new assignment is asked about when nobody says.
const signalAge = 240 * time.Hour

func (t *terminal) providerAsk() *cli.Command {
	return &cli.Command{
		Name: "ask", Usage: "ask what is known of a number beside its owner", ArgsUsage: "NAME",
		Description: "NAME is a definition that gives a signal, such as camara_sim_swap. The vendor may bill this. The number is\n" +
			"neither said nor logged. No database is needed. Exit code 1 if there is no answer.",
		Flags: append(personal("number", "the `NUMBER`", "phone"),
			&cli.DurationFlag{Name: "within", Value: signalAge, Usage: "for a SIM change: how far back it matters"},
			&cli.StringFlag{Name: "since", Usage: "for a holder or a new assignment: the `DATE` to compare with, YYYY-MM-DD (default: ten days ago)"},
		),
		Action: t.askSignal,
	}
}

// signalView is what a vendor said, without the number that was asked about.
type signalView struct {
	Name    string         `json:"name"`
	Outcome string         `json:"outcome"`
	Signals map[string]any `json:"signals"`
	HTTP    int            `json:"http"`
	Error   string         `json:"error,omitempty"`
}

func (v signalView) String() string {
	var told []string
	for _, name := range slices.Sorted(maps.Keys(v.Signals)) {
		told = append(told, fmt.Sprintf("%s = %v", name, v.Signals[name]))
	}
	return strings.TrimSpace(fmt.Sprintf("%s: %s %s %s", v.Name, v.Outcome, strings.Join(told, ", "), v.Error))
}

func (t *terminal) askSignal(ctx context.Context, c *cli.Command) error {
	if c.Args().Len() != 1 {
		return usageError{errors.New("provider ask takes one NAME")}
	}
	settings, _, err := t.settings(c)
	if err != nil {
		return err
	}
	number, err := t.readPersonal(c, "number")
	if err != nil {
		return err
	}
	in, err := inquiry(c, number, models.RealWorld())
	if err != nil {
		return usageError{err}
	}
	catalog, err := app.Definitions(settings.Providers.Definitions)
	if err != nil {
		return err
	}
	p := settings.Providers
	signals := vendor.NewSignals(vendor.Parts{Catalog: catalog, Vendors: p.Vendor, Limits: app.VendorLimits(p)})
	said, err := signals.Ask(ctx, c.Args().First(), in)
	if err != nil {
		return err
	}
	v := signalView{Name: c.Args().First(), Outcome: string(said.Outcome), Signals: said.Signals, HTTP: said.HTTP}
	if said.Err != nil {
		v.Error = said.Err.Error()
	}
	if err := t.say(c, v, "%s", v); err != nil {
		return err
	}
	if said.Outcome != models.OutcomeFound {
		return errSaid
	}
	return nil
}

// inquiry reads what is asked from the flags. A mistake is named without what was typed.
func inquiry(c *cli.Command, number string, world models.World) (in vendor.Inquiry, err error) {
	if in.Phone, err = models.ParseNigerian(number); err != nil {
		return in, errors.New("--number must be a Nigerian number")
	}
	since := c.String("since")
	if since == "" {
		since = world.Now().Add(-signalAge).Format(time.DateOnly)
	}
	if _, err := time.Parse(time.DateOnly, since); err != nil {
		return in, errors.New("--since must be a date: YYYY-MM-DD")
	}
	hours := int(c.Duration("within").Hours())
	if hours < 1 {
		return in, errors.New("--within must be at least 1h")
	}
	in.TenureDate, in.SpecifiedDate, in.MaxAgeHours, in.Reference = since, since, hours, world.NewID()
	return in, nil
}
