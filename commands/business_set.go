package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"whoseline/access"
	"whoseline/app"
	"whoseline/models"
	"whoseline/providers/channel"
	"whoseline/settings"
)

// businessSet changes what is named on the command line, and nothing else. How its codes are sent is guard's.
func (t *terminal) businessSet() *cli.Command {
	return &cli.Command{
		Name: "set", Usage: "change a business's settings: those that are named",
		DisableSliceFlagSeparator: true, // a purpose may hold commas
		Flags:                     append(settingsFlags(), required("business", "`ID` of the business")),
		Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
			b, err := a.Businesses.Get(ctx, c.String("business"))
			if err != nil {
				return err
			}
			if err := setSettings(c, &b.Settings); err != nil {
				return err
			}
			if err := a.Businesses.SetSettings(ctx, b.ID, b.Settings); err != nil {
				return err
			}
			return t.saySettings(c, b)
		}),
	}
}

func settingsFlags() []cli.Flag {
	return []cli.Flag{
		&cli.IntFlag{Name: "natural-window", Usage: "treat equal bodies within so many `SECONDS` as one request; 0 = off"},
		&cli.StringFlag{Name: "channels", Usage: "who carries its codes, in this order, such as `termii,twilio`; empty = as configured"},
		&cli.StringFlag{Name: "sources", Usage: "ask only these `NAMES`, in this order; \"\" = all"},
		&cli.BoolFlag{Name: "second-on-miss", Usage: "after a miss, ask another source, once"},
		&cli.BoolFlag{Name: "allow-dearer", Usage: "also ask sources that cost more than the business pays"},
		&cli.Int64Flag{Name: "hedge-per-day", Usage: "`KOBO` a day for a second source beside a slow one; 0 = off"},
		&cli.StringFlag{Name: "release", Usage: "`WHAT` it is given: owner, or verdict, which also keeps owners from being stored"},
		&cli.BoolFlag{Name: "cross-check", Usage: "have a second source confirm who was found; you pay both sources, the business pays once"},
		&cli.IntFlag{Name: "cache-ttl", Usage: "give a recent answer again for `SECONDS`, of nobody for ten minutes at most; 0 = off"},
		&cli.StringSliceFlag{Name: "cache-purpose", Usage: "only for lookups of this `PURPOSE`, once for each; \"\" alone = for all"},
		&cli.StringSliceFlag{Name: "origin", Usage: "let only pages of this `ORIGIN` call, such as https://app.example; once for each; \"\" alone = all"},
		&cli.IntFlag{Name: "retention-days", Usage: "erase the person from a lookup after so many `DAYS`; 0 = as configured, -1 = never"},
		&cli.StringSliceFlag{Name: "plain-member", Usage: "the console shows this `MEMBER` of metadata in lists: it is not personal; once for each; \"\" alone = none"},
		&cli.StringFlag{Name: "zone", Usage: "the `ZONE` in which its days begin, such as Africa/Lagos, which is also what \"\" means"},
	}
}

func setSettings(c *cli.Command, s *settings.Choices) (err error) {
	if c.IsSet("natural-window") {
		s.NaturalWindow = c.Int("natural-window")
	}
	if c.IsSet("channels") {
		s.Channels, err = channelNames(c.String("channels"))
	}
	setRouting(c, &s.Routing)
	setPolicy(c, s)
	return err
}

// channelNames reads a comma-separated list of channels that there are.
func channelNames(text string) (names []string, err error) {
	for name := range strings.SplitSeq(text, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if !slices.Contains(channel.Names(), name) {
			return nil, usageError{fmt.Errorf("there is no channel %q: known are %s", name, strings.Join(channel.Names(), ", "))}
		}
		names = append(names, name)
	}
	return names, nil
}

func setRouting(c *cli.Command, r *models.Routing) {
	if c.IsSet("sources") {
		r.Sources = strings.FieldsFunc(c.String("sources"), func(b rune) bool { return b == ',' || b == ' ' })
	}
	if c.IsSet("second-on-miss") {
		r.SecondOnMiss = c.Bool("second-on-miss")
	}
	if c.IsSet("allow-dearer") {
		r.AllowDearer = c.Bool("allow-dearer")
	}
	if c.IsSet("hedge-per-day") {
		r.HedgePerDay = c.Int64("hedge-per-day")
	}
}

func setPolicy(c *cli.Command, s *settings.Choices) {
	if c.IsSet("release") {
		s.Release = models.Disclosure(c.String("release"))
	}
	if c.IsSet("cross-check") {
		s.CrossCheck = c.Bool("cross-check")
	}
	if c.IsSet("cache-ttl") {
		s.Cache.TTL = c.Int("cache-ttl")
	}
	if c.IsSet("retention-days") {
		s.RetentionDays = c.Int("retention-days")
	}
	if c.IsSet("plain-member") {
		s.PlainMembers = filled(c.StringSlice("plain-member"))
	}
	if c.IsSet("zone") {
		s.Zone = c.String("zone")
	}
	if c.IsSet("cache-purpose") {
		s.Cache.Purposes = filled(c.StringSlice("cache-purpose"))
	}
	if c.IsSet("origin") {
		s.Origins = filled(c.StringSlice("origin"))
	}
}

// filled leaves the empty texts out.
func filled(texts []string) (some []string) {
	for _, text := range texts {
		if text != "" {
			some = append(some, text)
		}
	}
	return some
}

func (t *terminal) businessShow() *cli.Command {
	return &cli.Command{
		Name: "show", Usage: "show a business and its settings",
		Flags: []cli.Flag{required("business", "`ID` of the business")},
		Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
			b, err := a.Businesses.Get(ctx, c.String("business"))
			if err != nil {
				return err
			}
			return t.saySettings(c, b)
		}),
	}
}

func (t *terminal) saySettings(c *cli.Command, b access.Business) error {
	s := b.Settings
	lines := []string{
		b.ID + "  " + b.Name,
		fmt.Sprintf("natural window  %d s", s.NaturalWindow),
		fmt.Sprintf("release         %s", released(s.Release)),
		"cross-check     " + onOff(s.CrossCheck),
		fmt.Sprintf("recent answers  %d s%s", s.Cache.TTL, forPurposes(s.Cache.Purposes)),
		"retention       " + keptFor(s.RetentionDays),
		"sources         " + allOr(s.Routing.Sources),
		"second on miss  " + onOff(s.Routing.SecondOnMiss),
		"allow dearer    " + onOff(s.Routing.AllowDearer),
		fmt.Sprintf("hedge per day   %s", models.NGN(s.Routing.HedgePerDay)),
		"origins         " + allOr(s.Origins),
		"zone            " + s.Location().String(),
		"plain members   " + orElse(strings.Join(s.PlainMembers, ", "), "none"),
		"channels        " + orElse(strings.Join(s.Channels, ", "), "as configured"),
	}
	return t.say(c, viewBusiness(b), "%s", strings.Join(lines, "\n"))
}

func released(d models.Disclosure) models.Disclosure {
	if d == "" {
		return models.DiscloseOwner
	}
	return d
}

func keptFor(days int) string {
	switch days {
	case 0:
		return "as configured"
	case settings.KeepForEver:
		return "for ever"
	}
	return fmt.Sprintf("%d days", days)
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
