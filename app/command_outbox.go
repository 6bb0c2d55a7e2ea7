package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"whoseline/config"
	"whoseline/models"
	"whoseline/possession"
)

func (t *terminal) outbox() *cli.Command {
	return &cli.Command{
		Name: "outbox", Usage: "read the messages that were kept instead of sent",
		Description: "Codes of sandbox keys are kept, and those of live keys when channels.live is \"outbox\". Newest first. A message\n" +
			"holds its code: show it to nobody else. They are deleted after a day.",
		Flags: []cli.Flag{
			required("to", "`NUMBER` such as +2348031234567, or an e-mail address"),
			&cli.IntFlag{Name: "limit", Value: 20, Usage: "at most 100"},
			&cli.StringFlag{Name: "dir", Usage: "read those of the demo in this `FOLDER`, which may be running"},
		},
		Action: t.under(t.demoOrSettings, t.readOutbox),
	}
}

// demoOrSettings are those of the demo in a folder, if one is named: whoever tries it needs nothing else.
func (t *terminal) demoOrSettings(c *cli.Command) (settings config.Config, log *slog.Logger, err error) {
	dir := c.String("dir")
	if dir == "" {
		return t.settings(c)
	}
	state, err := readDemo(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return settings, nil, usageError{fmt.Errorf("there is no demo in %s: whoseline demo --dir %s starts one", dir, dir)}
	}
	settings = demoSettings(dir, state)
	return settings, t.logger(settings.Log.Level), err
}

func (t *terminal) readOutbox(ctx context.Context, c *cli.Command, a *App) error {
	if n := c.Int("limit"); n < 1 || n > 100 {
		return usageError{errors.New("limit must be 1 to 100")}
	}
	to, err := recipient(c.String("to"))
	if err != nil {
		return usageError{err}
	}
	list, err := a.Outbox.To(ctx, to, c.Int("limit"))
	if err != nil {
		return err
	}
	for _, m := range list {
		if err := t.say(c, m, "%s  %s  %s", m.At.Format(time.RFC3339), m.Channel, m.Text); err != nil {
			return err
		}
	}
	return nil
}

// recipient takes whom a message was for as an operator writes it, and gives it as the outbox does: some faces send to
// numbers that no library knows, so that after a plus every digit counts.
func recipient(text string) (string, error) {
	if strings.Contains(text, "@") {
		return possession.ParseEmail(text)
	}
	phone, err := models.ParseNigerian(text)
	if digits, abroad, ok := models.Dialled(text); err != nil && ok && abroad {
		phone, err = models.PhoneFromDigits(digits)
	}
	if err != nil {
		return "", err
	}
	return phone.E164(), nil
}

func (t *terminal) template() *cli.Command {
	business := required("business", "`ID` of the business")
	language := &cli.StringFlag{Name: "language", Value: "en", Usage: "`TAG` such as en or pt-BR"}
	return &cli.Command{
		Name: "template", Usage: "a business's own words in the messages that carry codes",
		Commands: []*cli.Command{
			{
				Name: "set", Usage: "use a text for a language",
				Flags: []cli.Flag{business, language, required("text", "`TEXT` with {code} in it once, and {minutes} if wanted")},
				Action: t.with(func(ctx context.Context, c *cli.Command, a *App) error {
					if err := possession.CheckTemplate(c.String("text")); err != nil { // an empty one would delete
						return err
					}
					return t.setTemplate(ctx, c, a, c.String("text"))
				}),
			},
			{Name: "list", Usage: "list a business's own words", Flags: []cli.Flag{business}, Action: t.with(t.listTemplates)},
			{
				Name: "delete", Usage: "go back to the words of the product", Flags: []cli.Flag{business, language},
				Action: t.with(func(ctx context.Context, c *cli.Command, a *App) error {
					if _, err := a.Possession.Template(ctx, c.String("business"), c.String("language")); err != nil {
						return err
					}
					return t.setTemplate(ctx, c, a, "")
				}),
			},
		},
	}
}

type templateView struct {
	Language string `json:"language"`
	Text     string `json:"text"`
	Deleted  bool   `json:"deleted,omitempty"`
}

func (t *terminal) setTemplate(ctx context.Context, c *cli.Command, a *App, text string) error {
	if _, err := a.Businesses.Get(ctx, c.String("business")); err != nil {
		return err
	}
	tag := c.String("language")
	if err := a.Possession.SetTemplate(ctx, possession.Template{BusinessID: c.String("business"), Language: tag, Text: text}); err != nil {
		return err
	}
	if text == "" {
		return t.say(c, templateView{Language: tag, Deleted: true}, "Deleted the template for %s.", tag)
	}
	return t.say(c, templateView{Language: tag, Text: text}, "%s  %s", tag, text)
}

func (t *terminal) listTemplates(ctx context.Context, c *cli.Command, a *App) error {
	if _, err := a.Businesses.Get(ctx, c.String("business")); err != nil {
		return err
	}
	list, err := a.Possession.Templates(ctx, c.String("business"))
	if err != nil {
		return err
	}
	for _, m := range list {
		if err := t.say(c, templateView{Language: m.Language, Text: m.Text}, "%s  %s", m.Language, m.Text); err != nil {
			return err
		}
	}
	return nil
}
