package commands

import (
	"context"
	"fmt"
	"time"

	"github.com/urfave/cli/v3"

	"whoseline/access"
	"whoseline/app"
)

// What each face's client has to be told, in that face's own words.
type (
	luminClientView struct {
		TenantID     string `json:"tenantId"`
		TenantSecret string `json:"tenantSecret"`
	}
	digipayClientView struct {
		CompanyID string `json:"companyId"`
		ClientID  string `json:"clientId"`
		SecretKey string `json:"secretKey"`
	}
	zitadelClientView struct {
		Issuer        string `json:"issuer"`
		ResourceOwner string `json:"resourceOwner"`
		ClientID      string `json:"clientId"`
	}
)

// faceView is a client without its secret, which nobody knows.
type faceView struct {
	Face       access.Dialect `json:"face"`
	ClientID   string      `json:"clientId"`
	BusinessID string      `json:"businessId"`
	Mode       string      `json:"mode"`
	Name       string      `json:"name"`
	CreatedAt  time.Time   `json:"createdAt"`
	DisabledAt *time.Time  `json:"disabledAt"`
}

func (t *terminal) face() *cli.Command {
	business, face := required("business", "`ID` of the business"), required("face", "lumin, digipay or zitadel")
	return &cli.Command{
		Name: "face", Usage: "the partners' dialects that prove who holds a number",
		Commands: []*cli.Command{
			{
				Name: "enable", Usage: "let a client of a partner in and show its credentials, once",
				Flags: []cli.Flag{
					business, face,
					&cli.BoolFlag{Name: "sandbox", Usage: "messages go to the outbox only and cost nothing"},
					&cli.StringFlag{Name: "client", Usage: "an `ID` that the client has already, else one is made"},
					&cli.StringFlag{Name: "name", Usage: "what it is for"},
				},
				Action: t.with(t.enableFace),
			},
			{Name: "list", Usage: "list a business's clients, one a line", Flags: []cli.Flag{business}, Action: t.with(t.listFaces)},
			{
				Name: "disable", Usage: "let a client in no more, and end its tokens, in every gateway within a second",
				Flags: []cli.Flag{business, face, &cli.StringFlag{Name: "client", Usage: "`ID` of the client, else all of that face"}},
				Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
					err := a.Partners.Disable(ctx, c.String("business"), access.Dialect(c.String("face")), c.String("client"))
					if err != nil {
						return err
					}
					return t.say(c, map[string]any{"face": c.String("face"), "disabled": true}, "Disabled %s.", c.String("face"))
				}),
			},
		},
	}
}

func (t *terminal) enableFace(ctx context.Context, c *cli.Command, a *app.App) error {
	made, secret, err := a.Partners.Enable(ctx, access.NewPartnerClient{
		BusinessID: c.String("business"), Dialect: access.Dialect(c.String("face")), Sandbox: c.Bool("sandbox"),
		ClientID: c.String("client"), Name: c.String("name"),
	})
	if err != nil {
		return err
	}
	const once = "It is shown this once: nobody can read it again."
	switch made.Dialect {
	case access.DialectLumin:
		return t.say(c, luminClientView{made.ClientID, secret}, "tenantId      %s\ntenantSecret  %s\n\n%s", made.ClientID, secret, once)
	case access.DialectDigiPay:
		return t.say(c, digipayClientView{made.BusinessID, made.ClientID, secret},
			"companyId  %s\nclientId   %s\nsecretKey  %s\n\n%s", made.BusinessID, made.ClientID, secret, once)
	default: // its clients show tokens of people and no secret
		return t.say(c, zitadelClientView{a.IssuerURL(), made.BusinessID, made.ClientID},
			"issuer         %s\nresourceOwner  %s", a.IssuerURL(), made.BusinessID)
	}
}

func (t *terminal) listFaces(ctx context.Context, c *cli.Command, a *app.App) error {
	list, err := a.Partners.List(ctx, c.String("business"))
	return sayAll(t, c, list, err, func(f access.PartnerClient) row {
		v := faceView{f.Dialect, f.ClientID, f.BusinessID, mode(f.Sandbox), f.Name, f.CreatedAt, nil}
		state := "enabled"
		if !f.DisabledAt.IsZero() {
			v.DisabledAt, state = &f.DisabledAt, "disabled"
		}
		return row{v, fmt.Sprintf("%-7s  %s  %-7s  %-8s  %s", f.Dialect, f.ClientID, v.Mode, state, f.Name)}
	})
}
