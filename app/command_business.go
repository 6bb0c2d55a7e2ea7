package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"whoseline/access"
	"whoseline/models"
	"whoseline/providers"
)

type businessView struct {
	ID       string          `json:"id"`
	Name     string          `json:"name"`
	ParentID string          `json:"parentId,omitempty"`
	Settings models.Settings `json:"settings"`
}

func viewBusiness(b models.Business) businessView {
	return businessView{b.ID, b.Name, b.ParentID, b.Settings}
}

func (t *terminal) business() *cli.Command {
	return &cli.Command{
		Name: "business", Usage: "the tenants",
		Commands: []*cli.Command{
			{
				Name: "create", Usage: "make a business with an empty wallet",
				Flags: []cli.Flag{
					required("name", "what it is called"),
					&cli.StringFlag{Name: "parent", Usage: "`ID` of the organisation that it is a sub-account of"},
				},
				Action: t.with(func(ctx context.Context, c *cli.Command, a *App) error {
					b, err := a.Businesses.Create(ctx, access.NewBusiness{Name: c.String("name"), ParentID: c.String("parent")})
					if err != nil {
						return err
					}
					return t.say(c, viewBusiness(b), "Made business %s (%s).", b.ID, b.Name)
				}),
			},
			{Name: "list", Usage: "list the businesses, one a line", Action: t.with(t.listBusinesses)},
			t.businessShow(),
			{
				Name: "set", Usage: "change a business's settings",
				DisableSliceFlagSeparator: true, // a purpose may hold commas
				Flags: append(policyFlags(),
					required("business", "`ID` of the business"),
					&cli.IntFlag{Name: "natural-window", Usage: "treat equal bodies within so many `SECONDS` as one request; 0 = off"},
					&cli.StringFlag{Name: "channels", Usage: "who carries its codes, in this order, such as `termii,twilio`; empty = as configured"},
					&cli.StringFlag{Name: "sources", Usage: "ask only these `NAMES`, in this order; \"\" = all"},
					&cli.BoolFlag{Name: "second-on-miss", Usage: "after a miss, ask another source, once"},
					&cli.BoolFlag{Name: "allow-dearer", Usage: "also ask sources that cost more than the business pays"},
					&cli.Int64Flag{Name: "hedge-per-day", Usage: "`KOBO` a day for a second source beside a slow one; 0 = off"},
				),
				Action: t.with(t.setBusiness),
			},
		},
	}
}

func (t *terminal) listBusinesses(ctx context.Context, c *cli.Command, a *App) error {
	for after := ""; ; {
		list, next, err := a.Businesses.List(ctx, access.Page{After: after, Limit: 100})
		if err != nil {
			return err
		}
		for _, b := range list {
			if err := t.say(c, viewBusiness(b), "%s  %s", b.ID, b.Name); err != nil {
				return err
			}
		}
		if after = next; next == "" {
			return nil
		}
	}
}

func (t *terminal) setBusiness(ctx context.Context, c *cli.Command, a *App) error {
	b, err := a.Businesses.Get(ctx, c.String("business"))
	if err != nil {
		return err
	}
	if c.IsSet("natural-window") {
		b.Settings.NaturalWindow = c.Int("natural-window")
	}
	if c.IsSet("channels") {
		if b.Settings.Channels, err = channelNames(c.String("channels")); err != nil {
			return err
		}
	}
	setRouting(c, &b.Settings.Routing)
	setPolicy(c, &b.Settings)
	if err := a.Businesses.SetSettings(ctx, b.ID, b.Settings); err != nil {
		return err
	}
	return t.say(c, viewBusiness(b), "Business %s: natural window %d s, channels %s.", b.ID, b.Settings.NaturalWindow,
		orElse(strings.Join(b.Settings.Channels, ", "), "as configured"))
}

// channelNames reads a comma-separated list of channels that there are.
func channelNames(text string) (names []string, err error) {
	for name := range strings.SplitSeq(text, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if !slices.Contains(providers.CarrierNames(), name) {
			return nil, usageError{fmt.Errorf("there is no channel %q: known are %s", name, strings.Join(providers.CarrierNames(), ", "))}
		}
		names = append(names, name)
	}
	return names, nil
}

// setRouting changes what was given on the command line, and nothing else.
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

func (t *terminal) price() *cli.Command {
	return &cli.Command{
		Name: "price", Usage: "what a business pays per answer",
		Commands: []*cli.Command{
			{
				Name: "set", Usage: "give a business a price of its own",
				Flags: []cli.Flag{
					required("business", "`ID` of the business"),
					&cli.StringFlag{Name: "product", Value: string(access.Phone), Usage: "phone or phone_advanced"},
					&cli.StringFlag{Name: "outcome", Value: string(models.OutcomeFound), Usage: "found or not_found; found_recent or not_found_recent of an answer that is given again"},
					&cli.Int64Flag{Name: "amount", Required: true, Usage: "price in `KOBO`; 0 = free"},
				},
				Action: t.with(func(ctx context.Context, c *cli.Command, a *App) error {
					p := access.Price{Product: access.Product(c.String("product")), Outcome: models.Outcome(c.String("outcome")), Amount: c.Int64("amount")}
					if err := a.Businesses.SetPrice(ctx, c.String("business"), p); err != nil {
						return err
					}
					return t.sayPrices(ctx, c, a)
				}),
			},
			{
				Name: "list", Usage: "list a business's prices",
				Flags:  []cli.Flag{required("business", "`ID` of the business")},
				Action: t.with(t.sayPrices),
			},
		},
	}
}

func (t *terminal) sayPrices(ctx context.Context, c *cli.Command, a *App) error {
	list, err := a.Businesses.Prices(ctx, c.String("business"))
	if err != nil {
		return err
	}
	for _, p := range list {
		if err := t.say(c, p, "%-15s %-10s %s", p.Product, p.Outcome, models.NGN(p.Amount)); err != nil {
			return err
		}
	}
	return nil
}

func (t *terminal) wallet() *cli.Command {
	return &cli.Command{
		Name: "wallet", Usage: "a business's money",
		Commands: []*cli.Command{
			{
				Name: "top-up", Usage: "add money, once per reference",
				Flags: []cli.Flag{
					required("business", "`ID` of the business"),
					required("amount", "how much, in `KOBO`"),
					required("reference", "your `REFERENCE` of the payment: the same one again adds nothing"),
				},
				Action: t.with(func(ctx context.Context, c *cli.Command, a *App) error {
					amount, err := models.ParseMinor(c.String("amount"))
					if err != nil {
						return err
					}
					w, err := a.Till.TopUp(ctx, c.String("business"), c.String("reference"), amount)
					if err != nil {
						return err
					}
					return t.sayWallet(c, w)
				}),
			},
			{
				Name: "show", Usage: "show what is available and what is held",
				Flags: []cli.Flag{required("business", "`ID` of the business")},
				Action: t.with(func(ctx context.Context, c *cli.Command, a *App) error {
					w, err := a.Till.Wallet(ctx, c.String("business"))
					if err != nil {
						return err
					}
					return t.sayWallet(c, w)
				}),
			},
		},
	}
}

func (t *terminal) sayWallet(c *cli.Command, w models.Wallet) error {
	return t.say(c, w, "available %s, held %s", models.NGN(w.Available), models.NGN(w.Held))
}

// keyView is a key without its token, which nobody knows.
type keyView struct {
	ID         string     `json:"id"`
	BusinessID string     `json:"businessId"`
	Name       string     `json:"name"`
	Mode       string     `json:"mode"` // live or sandbox
	Hint       string     `json:"hint"` // the token's last characters
	Rate       int        `json:"rate"`
	AllowedIPs []string   `json:"allowedIps"`
	CreatedAt  time.Time  `json:"createdAt"`
	ExpiresAt  *time.Time `json:"expiresAt"`
	RevokedAt  *time.Time `json:"revokedAt"`
}

func viewKey(k models.Key) keyView {
	v := keyView{
		ID: k.ID, BusinessID: k.BusinessID, Name: k.Name, Mode: mode(k), Hint: k.Hint, Rate: k.Rate,
		AllowedIPs: k.AllowedIPs, CreatedAt: k.CreatedAt,
	}
	if !k.ExpiresAt.IsZero() {
		v.ExpiresAt = &k.ExpiresAt
	}
	if !k.RevokedAt.IsZero() {
		v.RevokedAt = &k.RevokedAt
	}
	return v
}

func mode(k models.Key) string {
	if k.Sandbox {
		return "sandbox"
	}
	return "live"
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
