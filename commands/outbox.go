package commands

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"whoseline/app"
	"whoseline/config"
	"whoseline/models"
	"whoseline/possession"
	"whoseline/views"
)

func (t *terminal) outbox() *cli.Command {
	return &cli.Command{
		Name: "outbox", Usage: "read the messages that were kept instead of sent",
		Description: "Codes of sandbox keys are kept, and those of live keys when channels.live is \"outbox\". Newest first. A message\n" +
			"holds its code: show it to nobody else. They are deleted after a day.",
		Flags: append(personal("number", "`NUMBER` such as +2348031234567, or an e-mail address", "to"),
			&cli.IntFlag{Name: "limit", Value: 20, Usage: "at most 100"},
			&cli.StringFlag{Name: "dir", Usage: "read those of the demo in this `FOLDER`, which may be running"},
		),
		Action: t.under(t.demoOrSettings, t.readOutbox),
	}
}

// demoOrSettings are the demo's settings if a folder is named: a person who tries the demo needs nothing else.
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

func (t *terminal) readOutbox(ctx context.Context, c *cli.Command, a *app.App) error {
	if n := c.Int("limit"); n < 1 || n > 100 {
		return usageError{errors.New("limit must be 1 to 100")}
	}
	to, err := t.recipientOf(c)
	if err != nil {
		return usageError{err}
	}
	list, err := a.TestInbox.To(ctx, to, c.Int("limit"))
	if err == nil && len(list) == 0 {
		fmt.Fprintln(t.Err, "Nothing is kept for that recipient: see channels.live, and messages are deleted after a day.")
	}
	return sayAll(t, c, list, err, func(m possession.KeptMessage) row {
		return row{views.MessageOf(m), fmt.Sprintf("%s  %s  %s", m.At.Format(time.RFC3339), m.Channel, m.Text)}
	})
}

// recipientOf reads whom the messages were for. In a demo nobody needs a warning.
func (t *terminal) recipientOf(c *cli.Command) (string, error) {
	if c.IsSet("number") && !c.IsSet("number-file") && c.IsSet("dir") {
		return recipient(c.String("number"))
	}
	text, err := t.readPersonal(c, "number")
	if err != nil {
		return "", err
	}
	return recipient(text)
}

// recipient takes a recipient as an operator writes it, and gives it as the outbox does. Some dialects send to numbers
// that no library knows, so every digit after a plus counts.
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
