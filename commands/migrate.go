package commands

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v3"

	"whoseline/app"
	"whoseline/models"
	"whoseline/storage"
)

func (t *terminal) migrate() *cli.Command {
	return &cli.Command{
		Name:   "migrate",
		Usage:  "bring the database up to date",
		Action: t.migrating(up),
		Commands: []*cli.Command{
			{Name: "up", Usage: "apply what is missing", Action: t.migrating(up)},
			{Name: "status", Usage: "list what was applied and what is missing", Action: t.migrating(status)},
			t.migrateCopy(),
		},
	}
}

type migrationView struct {
	Version int64      `json:"version"`
	Name    string     `json:"name"`
	Applied *time.Time `json:"appliedAt"` // null = pending
}

func up(ctx context.Context, db *storage.DB) ([]storage.Migration, string, error) {
	list, err := db.Migrate(ctx)
	return list, "The database is up to date.", err
}

func status(ctx context.Context, db *storage.DB) ([]storage.Migration, string, error) {
	list, err := db.MigrationStatus(ctx)
	return list, "", err
}

// migrating needs only the database. It therefore works before there is a master key.
func (t *terminal) migrating(do func(context.Context, *storage.DB) ([]storage.Migration, string, error)) cli.ActionFunc {
	return func(ctx context.Context, c *cli.Command) (err error) {
		if c.Args().Present() {
			return usageError{fmt.Errorf("there is no command %q: up, status or copy", c.Args().First())}
		}
		settings, log, err := t.settings(c)
		if err != nil {
			return err
		}
		db, err := app.OpenDatabase(ctx, app.Options{Config: settings, World: models.RealWorld(), Log: log})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, db.Close()) }()
		list, done, err := do(ctx, db)
		if err != nil {
			return err
		}
		return t.sayMigrations(c, list, done)
	}
}

func (t *terminal) sayMigrations(c *cli.Command, list []storage.Migration, done string) error {
	views := []migrationView{}
	for _, m := range list {
		v := migrationView{Version: m.Version, Name: m.Name}
		state := "pending"
		if !m.AppliedAt.IsZero() {
			v.Applied, state = &m.AppliedAt, "applied "+m.AppliedAt.Format(time.RFC3339)
		}
		views = append(views, v)
		if !c.Bool("json") {
			fmt.Fprintf(t.Out, "%05d  %-30s  %s\n", m.Version, m.Name, state)
		}
	}
	if c.Bool("json") {
		return t.sayJSON(map[string]any{"migrations": views})
	}
	if done != "" {
		fmt.Fprintln(t.Out, done)
	}
	return nil
}
