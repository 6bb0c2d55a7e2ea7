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
			t.businessSet(),
		},
	}
}

func (t *terminal) listBusinesses(ctx context.Context, c *cli.Command, a *app.App) error {
	return sayPages(t, c, func(after string) ([]access.Business, string, error) {
		return a.Businesses.List(ctx, models.Page{After: after, Limit: pageSize})
	}, func(b access.Business) row { return row{views.BusinessOf(b), b.ID + "  " + b.Name} })
}
