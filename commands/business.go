package commands

import (
	"context"

	"github.com/urfave/cli/v3"

	"whoseline/access"
	"whoseline/app"
	"whoseline/models"
	"whoseline/views"
)

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
				Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
					b, err := a.Businesses.Create(ctx, access.NewBusiness{Name: c.String("name"), ParentID: c.String("parent")})
					if err != nil {
						return err
					}
					return t.say(c, views.BusinessOf(b), "Made business %s (%s).", b.ID, b.Name)
				}),
			},
			{Name: "list", Usage: "list the businesses, one a line", Action: t.with(t.listBusinesses)},
			t.businessShow(),
			t.businessSet(), t.businessSuspend(), t.businessResume(),
		},
	}
}

func (t *terminal) businessSuspend() *cli.Command {
	return &cli.Command{
		Name: "suspend", Usage: "have a business's callers refused, in every gateway within a second",
		Description: "Its keys get 403, its clients of dialects count as none, its batches rest. What is under way ends as it would. Its staff may still sign in.",
		Flags:       []cli.Flag{required("business", "`ID` of the business"), required("reason", "why, for the audit trail")},
		Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
			if err := a.Businesses.Suspend(ctx, c.String("business"), c.String("reason")); err != nil {
				return err
			}
			return t.say(c, map[string]any{"id": c.String("business"), "suspended": true}, "Business %s is suspended.", c.String("business"))
		}),
	}
}

func (t *terminal) businessResume() *cli.Command {
	return &cli.Command{
		Name: "resume", Usage: "have a suspended business's callers served again",
		Flags: []cli.Flag{required("business", "`ID` of the business")},
		Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
			if err := a.Businesses.Resume(ctx, c.String("business")); err != nil {
				return err
			}
			return t.say(c, map[string]any{"id": c.String("business"), "suspended": false}, "Business %s is served again.", c.String("business"))
		}),
	}
}

func (t *terminal) listBusinesses(ctx context.Context, c *cli.Command, a *app.App) error {
	return sayPages(t, c, func(after string) ([]access.Business, string, error) {
		return a.Businesses.List(ctx, models.Page{After: after, Limit: pageSize})
	}, func(b access.Business) row { return row{views.BusinessOf(b), b.ID + "  " + b.Name} })
}
