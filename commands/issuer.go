package commands

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"whoseline/access"
	"whoseline/app"
	"whoseline/views"
)

func (t *terminal) issuer() *cli.Command {
	business, issuer := required("business", "`ID` of the business"), required("issuer", "the tokens' claim iss, a `URL`")
	return &cli.Command{
		Name: "issuer", Usage: "the identity providers of businesses, whose tokens name their people",
		Commands: []*cli.Command{
			{
				Name: "set", Usage: "believe an identity provider, or change how",
				Flags: []cli.Flag{
					business, issuer, required("audience", "what must stand in the tokens' claim aud"),
					&cli.StringFlag{Name: "jwks-url", Usage: "https `URL` of its keys, for RS256, ES256 and EdDSA"},
					&cli.BoolFlag{Name: "secret-stdin", Usage: "read a shared secret from standard input, for HS256"},
					&cli.StringFlag{Name: "subject-claim", Value: "sub", Usage: "the claim that names the person"},
					&cli.BoolFlag{Name: "sandbox", Usage: "its people are those of the sandbox"},
				},
				Action: t.with(t.setIssuer),
			},
			{
				Name: "list", Usage: "list a business's identity providers", Flags: []cli.Flag{business},
				Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
					list, err := a.Issuers.List(ctx, c.String("business"))
					return sayAll(t, c, list, err, showIssuer)
				}),
			},
			{
				Name: "delete", Usage: "believe an identity provider no longer, in every gateway within a second",
				Flags: []cli.Flag{business, issuer, &cli.StringFlag{Name: "audience", Usage: "only for this one"}},
				Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
					if err := a.Issuers.Delete(ctx, c.String("business"), c.String("issuer"), c.String("audience")); err != nil {
						return err
					}
					return t.say(c, map[string]any{"issuer": c.String("issuer"), "deleted": true}, "Deleted issuer %s.", c.String("issuer"))
				}),
			},
		},
	}
}

func (t *terminal) setIssuer(ctx context.Context, c *cli.Command, a *app.App) error {
	n := access.NewIssuer{
		BusinessID: c.String("business"), Issuer: c.String("issuer"), Audience: c.String("audience"), Sandbox: c.Bool("sandbox"),
		JWKSURL: c.String("jwks-url"), SubjectClaim: c.String("subject-claim"),
	}
	if (n.JWKSURL != "") == c.Bool("secret-stdin") {
		return usageError{errors.New("an issuer has either --jwks-url or --secret-stdin")}
	}
	if c.Bool("secret-stdin") {
		secret, err := t.typed()
		if err != nil {
			return fmt.Errorf("read the secret: %w", err)
		}
		n.Secret = secret
	}
	made, err := a.Issuers.Set(ctx, n)
	return sayAll(t, c, []access.Issuer{made}, err, showIssuer)
}

func showIssuer(i access.Issuer) row {
	by := i.JWKSURL
	if i.JWKSURL == "" {
		by = "a shared secret"
	}
	return row{views.IssuerOf(i), fmt.Sprintf("%s  for %s, by %s, %s names the person, %s", i.Issuer, i.Audience, by, i.SubjectClaim, views.Mode(i.Sandbox))}
}
