package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v3"

	"whoseline/models"
)

// policyFlags are the settings that decide how a business's lookups are answered.
func policyFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "release", Usage: "`WHAT` it is given: owner, or verdict, which also keeps owners from being stored"},
		&cli.BoolFlag{Name: "cross-check", Usage: "have a second source confirm who was found, at no extra charge"},
		&cli.IntFlag{Name: "cache-ttl", Usage: "give a recent answer again for `SECONDS`, of nobody for ten minutes at most; 0 = off"},
		&cli.StringSliceFlag{Name: "cache-purpose", Usage: "only for lookups of this `PURPOSE`, once for each; \"\" alone = for all"},
	}
}

// setPolicy changes the settings that were given.
func setPolicy(c *cli.Command, s *models.Settings) {
	if c.IsSet("release") {
		s.Release = models.Disclosure(c.String("release"))
	}
	if c.IsSet("cross-check") {
		s.CrossCheck = c.Bool("cross-check")
	}
	if c.IsSet("cache-ttl") {
		s.Cache.TTL = c.Int("cache-ttl")
	}
	if c.IsSet("cache-purpose") {
		s.Cache.Purposes = nil
		for _, purpose := range c.StringSlice("cache-purpose") {
			if purpose != "" {
				s.Cache.Purposes = append(s.Cache.Purposes, purpose)
			}
		}
	}
}

func (t *terminal) businessShow() *cli.Command {
	return &cli.Command{
		Name: "show", Usage: "show a business and its settings",
		Flags: []cli.Flag{required("business", "`ID` of the business")},
		Action: t.with(func(ctx context.Context, c *cli.Command, a *App) error {
			b, err := a.Businesses.Get(ctx, c.String("business"))
			if err != nil {
				return err
			}
			s := b.Settings
			lines := []string{
				b.ID + "  " + b.Name,
				fmt.Sprintf("natural window  %d s", s.NaturalWindow),
				fmt.Sprintf("release         %s", released(s.Release)),
				"cross-check     " + onOff(s.CrossCheck),
				fmt.Sprintf("recent answers  %d s%s", s.Cache.TTL, forPurposes(s.Cache.Purposes)),
				"sources         " + allOr(s.Routing.Sources),
				"second on miss  " + onOff(s.Routing.SecondOnMiss),
				"allow dearer    " + onOff(s.Routing.AllowDearer),
				fmt.Sprintf("hedge per day   %s", models.NGN(s.Routing.HedgePerDay)),
			}
			return t.say(c, viewBusiness(b), "%s", strings.Join(lines, "\n"))
		}),
	}
}

func released(d models.Disclosure) models.Disclosure {
	if d == "" {
		return models.DiscloseOwner
	}
	return d
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func allOr(names []string) string {
	if len(names) == 0 {
		return "all"
	}
	return strings.Join(names, ", ")
}

func forPurposes(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return ", only for: " + strings.Join(list, "; ")
}
