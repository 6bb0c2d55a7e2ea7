package commands

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/urfave/cli/v3"

	"whoseline/app"
	"whoseline/models"
)

// erasures are the commands about what has to be erased anew after an older copy of the database was restored.
func (t *terminal) erasures() []*cli.Command {
	return []*cli.Command{{
		Name: "erased", Usage: "list what was erased on request, of all businesses; with --json a list for erase-again",
		Description: "Keep the list outside the database: whoever restores an older copy of that has to erase again what was erased since.\n" +
			"It names nobody: a number stands as a hash under a key of the database.",
		Flags: []cli.Flag{&cli.TimestampFlag{
			Name: "since", Usage: "`WHEN`, such as 2026-11-30 or 2026-11-30T08:00:00Z",
			Config: cli.TimestampConfig{Layouts: []string{time.RFC3339, time.DateOnly}, Timezone: time.UTC},
		}},
		Action: t.with(t.listErasures),
	}, {
		Name: "erase-again", Usage: "erase what lists of `lookup erased` name, after a restore",
		Description: "It may be repeated, and lists may overlap: what is erased already is passed over.",
		Flags:       []cli.Flag{required("file", "`FILE` of lines as `whoseline --json lookup erased` writes them; - is standard input")},
		Action:      t.with(t.eraseAgain),
	}}
}

func (t *terminal) listErasures(ctx context.Context, c *cli.Command, a *app.App) error {
	return a.ErasuresSince(ctx, c.Timestamp("since"), func(e app.Erasure) error {
		return t.say(c, e, "%s  %s  %-7s  %s  %s", e.At.Format(time.RFC3339), e.Business, e.Environment, e.Number, e.Reason)
	})
}

// againView is what a list came to.
type againView struct {
	Erasures int64 `json:"erasures"`
	Erased   int64 `json:"erased"`
}

func (t *terminal) eraseAgain(ctx context.Context, c *cli.Command, a *app.App) error {
	from := t.In
	if name := c.String("file"); name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return usageError{err}
		}
		defer file.Close()
		from = file
	}
	var done againView
	lines := json.NewDecoder(from)
	for {
		var e app.Erasure
		err := lines.Decode(&e)
		if errors.Is(err, io.EOF) {
			return t.say(c, done, "%d erasures: erased the person from %d lookups", done.Erasures, done.Erased)
		}
		if err != nil {
			return usageError{fmt.Errorf("entry %d of the list: %w", done.Erasures+1, err)}
		}
		erased, err := a.EraseAgain(ctx, e)
		if models.CodeOf(err) == models.NotFound {
			fmt.Fprintf(t.Err, "whoseline: entry %d: the business is not in this database\n", done.Erasures+1)
		} else if err != nil {
			return models.Fail(models.CodeOf(err), fmt.Sprintf("entry %d of the list: %v", done.Erasures+1, err))
		}
		done.Erasures, done.Erased = done.Erasures+1, done.Erased+erased.Lookups
	}
}
