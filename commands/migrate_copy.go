package commands

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v3"

	"whoseline/app"
	"whoseline/models"
	"whoseline/storage"
)

func (t *terminal) migrateCopy() *cli.Command {
	return &cli.Command{
		Name: "copy", Usage: "copy a whole SQLite database into the configured PostgreSQL database, and verify it",
		Description: "Stop the gateway first. The target must be empty; its schema is brought up to date. The copy is one transaction: if it\n" +
			"fails, nothing was copied, and it may be begun again. The same master key must be configured as for the source.",
		Flags:  []cli.Flag{required("from", "`URL` of the source, such as sqlite:whoseline.db")},
		Action: t.copyDatabase,
	}
}

func (t *terminal) copyDatabase(ctx context.Context, c *cli.Command) error {
	if err := t.copyAll(ctx, c); err != nil {
		return err
	}
	return t.with(t.verifyBooks)(ctx, c)
}

// copyAll copies without opening a gateway: that would put keys of its own into the target.
func (t *terminal) copyAll(ctx context.Context, c *cli.Command) (err error) {
	settings, log, err := t.settings(c)
	if err != nil {
		return err
	}
	if _, err := settings.Master(); err != nil { // found out now, not after an hour
		return err
	}
	source := settings
	source.Database.URL = c.String("from")
	from, err := openExisting(ctx, app.Options{Config: source, World: models.RealWorld(), Log: log})
	if err != nil {
		return fmt.Errorf("--from: %w", err)
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := app.OpenDatabase(ctx, app.Options{Config: settings, World: models.RealWorld(), Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	if _, err := to.Migrate(ctx); err != nil {
		return err
	}
	var said error
	err = storage.Copy(ctx, from, to, func(done storage.Copied) {
		said = errors.Join(said, t.say(c, done, "%-28s %d rows", done.Table, done.Rows))
	})
	return errors.Join(err, said)
}

// openExisting opens a database that is a file, and makes none.
func openExisting(ctx context.Context, o app.Options) (*storage.DB, error) {
	path, isFile := strings.CutPrefix(o.Config.Database.URL, "sqlite:")
	if !isFile {
		return nil, usageError{errors.New("must be sqlite:PATH")}
	}
	if _, err := os.Stat(strings.TrimPrefix(path, "//")); err != nil {
		return nil, err
	}
	return app.OpenDatabase(ctx, o)
}
