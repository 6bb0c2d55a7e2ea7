package commands

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v3"

	"whoseline/app"
	"whoseline/settings"
)

// guard changes how codes of a business are sent, where that differs from the configuration.
func (t *terminal) guard() *cli.Command {
	business := required("business", "`ID` of the business")
	return &cli.Command{
		Name: "guard", Usage: "limits on codes, and whether lookups need one",
		Commands: []*cli.Command{
			{
				Name: "set", Usage: "give a business limits of its own; what is not named stays as it is",
				Flags: []cli.Flag{
					business,
					&cli.StringFlag{Name: "policy", Usage: "attested, or otp_required: owners are told only after their number confirmed a code"},
					&cli.StringSliceFlag{Name: "limit", Usage: "`NAME=MOST`, with the names " + strings.Join(settings.LimitNames(), ", ") + "; 0 = none"},
					&cli.StringSliceFlag{Name: "countries", Usage: "the only `COUNTRIES` that codes are sent to, such as NG,GH"},
					&cli.StringSliceFlag{Name: "prefixes", Usage: "what the numbers of a country must begin with, or NG for Nigeria's operators"},
					&cli.BoolFlag{Name: "record-only", Usage: "only record what limits would have refused"},
					&cli.StringFlag{Name: "pumping", Usage: "off, record or enforce"},
				},
				Action: t.with(t.setGuard),
			},
			{Name: "show", Usage: "show a business's own limits", Flags: []cli.Flag{business}, Action: t.with(t.showGuard)},
			{
				Name: "reset", Usage: "go back to the limits of the configuration", Flags: []cli.Flag{business},
				Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
					return t.changeGuard(ctx, c, a, func(*settings.Codes) error { return nil }, true)
				}),
			},
		},
	}
}

func (t *terminal) setGuard(ctx context.Context, c *cli.Command, a *app.App) error {
	return t.changeGuard(ctx, c, a, func(p *settings.Codes) error {
		if c.IsSet("policy") {
			p.Policy = settings.LookupPolicy(c.String("policy"))
		}
		if c.IsSet("countries") {
			p.Countries = c.StringSlice("countries")
		}
		if c.IsSet("prefixes") {
			p.Prefixes = c.StringSlice("prefixes")
		}
		if c.IsSet("record-only") {
			only := c.Bool("record-only")
			p.RecordOnly = &only
		}
		if c.IsSet("pumping") {
			p.Pumping = c.String("pumping")
		}
		return readLimits(p, c.StringSlice("limit"))
	}, false)
}

// readLimits reads name=most.
func readLimits(p *settings.Codes, given []string) error {
	p.Limits = maps.Clone(p.Limits)
	for _, text := range given {
		name, most, _ := strings.Cut(text, "=")
		n, err := strconv.ParseInt(most, 10, 64)
		if err != nil {
			return usageError{fmt.Errorf("--limit wants NAME=MOST, such as number=3, not %q", text)}
		}
		if p.Limits == nil {
			p.Limits = map[string]int64{}
		}
		p.Limits[name] = n
	}
	return nil
}

func (t *terminal) changeGuard(
	ctx context.Context, c *cli.Command, a *app.App, change func(*settings.Codes) error, anew bool,
) error {
	b, err := a.Businesses.Get(ctx, c.String("business"))
	if err != nil {
		return err
	}
	own := settings.Codes{}
	if b.Settings.Possession != nil && !anew {
		own = *b.Settings.Possession
	}
	if err := change(&own); err != nil {
		return err
	}
	b.Settings.Possession = &own
	if anew {
		b.Settings.Possession = nil
	}
	if err := a.Businesses.SetSettings(ctx, b.ID, b.Settings); err != nil {
		return err
	}
	return t.showGuard(ctx, c, a)
}

// guardView is what holds for a business, its own choices laid over the operator's.
type guardView struct {
	BusinessID string                `json:"businessId"`
	Policy     settings.LookupPolicy `json:"policy"`
	Limits     map[string]int64      `json:"limits"`
	Countries  []string              `json:"countries"`
	Prefixes   []string              `json:"prefixes"`
	RecordOnly bool                  `json:"recordOnly"`
	Pumping    settings.Mode         `json:"pumping"`
}

func (t *terminal) showGuard(ctx context.Context, c *cli.Command, a *app.App) error {
	b, err := a.Businesses.Get(ctx, c.String("business"))
	if err != nil {
		return err
	}
	l := a.Operator.For(b.Settings).Codes
	v := guardView{
		BusinessID: b.ID, Policy: a.Operator.For(b.Settings).Policy, Countries: l.Countries, Prefixes: l.Prefixes, RecordOnly: l.RecordOnly,
		Pumping: l.Pumping.Mode, Limits: map[string]int64{},
	}
	for name, c := range l.Caps() {
		v.Limits[name] = c.Most
	}
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(v.Limits)) {
		lines = append(lines, fmt.Sprintf("%s %d", name, v.Limits[name]))
	}
	return t.say(c, v, "Business %s: policy %s; limits %s; record only %v; pumping %s.", b.ID, v.Policy, strings.Join(lines, ", "), v.RecordOnly, v.Pumping)
}
