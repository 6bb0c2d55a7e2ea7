package commands

import (
	"context"

	"github.com/urfave/cli/v3"

	"whoseline/app"
	"whoseline/possession"
	"whoseline/views"
)

func (t *terminal) template() *cli.Command {
	business := required("business", "`ID` of the business")
	language := &cli.StringFlag{Name: "language", Value: "en", Usage: "`TAG` such as en or pt-BR"}
	return &cli.Command{
		Name: "template", Usage: "a business's own words in the messages that carry codes",
		Commands: []*cli.Command{
			{
				Name: "set", Usage: "use a text for a language",
				Flags: []cli.Flag{business, language, required("text", "`TEXT` with {code} in it once, and {minutes} if wanted")},
				Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
					if err := possession.CheckTemplate(c.String("text")); err != nil { // an empty one would delete
						return err
					}
					return t.setTemplate(ctx, c, a, c.String("text"))
				}),
			},
			{Name: "list", Usage: "list a business's own words", Flags: []cli.Flag{business}, Action: t.with(t.listTemplates)},
			{
				Name: "delete", Usage: "go back to the words of the product", Flags: []cli.Flag{business, language},
				Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
					if _, err := a.Possession.Template(ctx, c.String("business"), c.String("language")); err != nil {
						return err
					}
					return t.setTemplate(ctx, c, a, "")
				}),
			},
		},
	}
}

func (t *terminal) setTemplate(ctx context.Context, c *cli.Command, a *app.App, text string) error {
	if _, err := a.Businesses.Get(ctx, c.String("business")); err != nil {
		return err
	}
	tag := c.String("language")
	if err := a.Possession.SetTemplate(ctx, possession.Template{BusinessID: c.String("business"), Language: tag, Text: text}); err != nil {
		return err
	}
	if text == "" {
		return t.say(c, map[string]any{"language": tag, "deleted": true}, "Deleted the template for %s.", tag)
	}
	return t.say(c, views.Template{Language: tag, Text: text}, "%s  %s", tag, text)
}

func (t *terminal) listTemplates(ctx context.Context, c *cli.Command, a *app.App) error {
	if _, err := a.Businesses.Get(ctx, c.String("business")); err != nil {
		return err
	}
	list, err := a.Possession.Templates(ctx, c.String("business"))
	return sayAll(t, c, list, err, func(m possession.Template) row {
		return row{views.TemplateOf(m), m.Language + "  " + m.Text}
	})
}
