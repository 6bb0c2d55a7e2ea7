package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"whoseline/access"
	"whoseline/app"
	"whoseline/models"
	"whoseline/views"
)

func (t *terminal) key() *cli.Command {
	id := required("key", "`ID` of the key")
	return &cli.Command{
		Name: "key", Usage: "the API keys of businesses",
		Commands: []*cli.Command{
			{
				Name: "create", Usage: "make a key and show its token, once",
				Flags: append([]cli.Flag{
					required("business", "`ID` of the business"),
					&cli.BoolFlag{Name: "live", Usage: "it asks live sources and spends money (the default)"},
					&cli.BoolFlag{Name: "sandbox", Usage: "it asks the sandbox and spends nothing"},
					&cli.StringFlag{Name: "name", Usage: "what it is for"},
					&cli.IntFlag{Name: "rate", Usage: "requests per second; 0 = the configured default"},
					&cli.StringSliceFlag{Name: "allow-ip", Usage: "address or `BLOCK` from which it may be used; may be repeated"},
					&cli.StringSliceFlag{Name: "scopes", Usage: "`SCOPES` that it has, with commas between them (default: all)"},
					&cli.StringSliceFlag{Name: "purposes", Usage: "the only `PURPOSES` that it may look up for (default: all)"},
					&cli.BoolFlag{Name: "verdict-only", Usage: "its answers say what matches and name nobody"},
					&cli.TimestampFlag{
						Name: "expires", Usage: "`WHEN` it ends, such as 2027-01-31 or 2027-01-31T18:00:00Z (default: never)",
						Config: cli.TimestampConfig{Layouts: []string{time.RFC3339, time.DateOnly}, Timezone: time.UTC},
					},
				}, capFlags()...),
				Description: scopesText(),
				Action:      t.with(t.createKey),
			},
			{
				Name: "list", Usage: "list a business's keys, one a line",
				Flags: []cli.Flag{required("business", "`ID` of the business")}, Action: t.with(t.listKeys),
			},
			{
				Name: "revoke", Usage: "end a key now, in every gateway within a second", Flags: []cli.Flag{id},
				Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
					if err := a.Keys.Revoke(ctx, c.String("key")); err != nil {
						return err
					}
					return t.say(c, map[string]any{"id": c.String("key"), "revoked": true}, "Revoked key %s.", c.String("key"))
				}),
			},
			{
				Name: "rotate", Usage: "replace a key and show the new token, once",
				Flags: []cli.Flag{id, &cli.DurationFlag{Name: "overlap", Value: 24 * time.Hour, Usage: "how long the old one still works"}},
				Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
					k, token, err := a.Keys.Rotate(ctx, c.String("key"), c.Duration("overlap"))
					if err != nil {
						return err
					}
					return t.sayKey(c, k, token)
				}),
			},
		},
	}
}

func (t *terminal) createKey(ctx context.Context, c *cli.Command, a *app.App) error {
	if c.Bool("live") && c.Bool("sandbox") {
		return usageError{errors.New("a key is either live or sandbox")}
	}
	k, token, err := a.Keys.Create(ctx, access.NewKey{
		BusinessID: c.String("business"), Name: c.String("name"), Sandbox: c.Bool("sandbox"), Rate: c.Int("rate"),
		AllowedIPs: c.StringSlice("allow-ip"), Scopes: scopesOf(c.StringSlice("scopes")), Purposes: c.StringSlice("purposes"),
		VerdictOnly: c.Bool("verdict-only"), ExpiresAt: c.Timestamp("expires"), Caps: capsAsked(c),
	})
	if err != nil {
		return err
	}
	return t.sayKey(c, k, token)
}

func scopesOf(texts []string) (scopes []access.Scope) {
	for _, text := range texts {
		scopes = append(scopes, access.Scope(strings.TrimSpace(text)))
	}
	return scopes
}

// scopesText says what each scope allows.
func scopesText() string {
	text := "Scopes:"
	for _, s := range access.Scopes() {
		text += fmt.Sprintf("\n  %-9s %s", s.Scope, s.Allows)
	}
	return text
}

// mayText says what a key may do, in a word or a few.
func mayText(k models.Key) string {
	text := "everything"
	if len(k.Scopes) > 0 {
		text = strings.Join(k.Scopes, ",")
	}
	if k.VerdictOnly {
		text += ", verdicts only"
	}
	return text
}

func (t *terminal) sayKey(c *cli.Command, k models.Key, token string) error {
	return t.say(c, views.KeyOf(k, token), "Made %s key %s.\n\n  %s\n\nIt is shown this once: nobody can read it again.", views.Mode(k.Sandbox), k.ID, token)
}

func (t *terminal) listKeys(ctx context.Context, c *cli.Command, a *app.App) error {
	return sayPages(t, c, func(after string) ([]models.Key, string, error) {
		return a.Keys.List(ctx, c.String("business"), models.Page{After: after, Limit: pageSize})
	}, func(k models.Key) row {
		return row{views.KeyOf(k, ""), fmt.Sprintf("%s  %-7s  …%s  %s  %s  %s", k.ID, views.Mode(k.Sandbox), k.Hint, state(k, a.World.Now()), mayText(k), k.Name)}
	})
}

func state(k models.Key, now time.Time) string {
	switch {
	case !k.RevokedAt.IsZero():
		return "revoked"
	case k.ExpiresAt.IsZero():
		return "in use"
	case now.Before(k.ExpiresAt):
		return fmt.Sprintf("in use until %s", k.ExpiresAt.Format(time.RFC3339))
	default:
		return "expired"
	}
}
