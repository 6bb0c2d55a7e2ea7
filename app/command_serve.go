package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/urfave/cli/v3"

	"whoseline/models"
	"whoseline/storage"
)

func (t *terminal) serve() *cli.Command {
	return &cli.Command{
		Name:  "serve",
		Usage: "run the gateway",
		Description: "Listens on http.addr for callers and on ops.addr for metrics, health and profiles, until it is told to\n" +
			"stop; then it finishes what is under way.",
		Action: t.with(func(ctx context.Context, _ *cli.Command, a *App) error {
			on, err := Listen(a.config.HTTP.Addr, a.config.Ops.Addr)
			if err != nil {
				return err
			}
			return a.Run(ctx, on)
		}),
	}
}

// healthcheck asks a gateway on this machine, for images that have no shell to ask with.
func (t *terminal) healthcheck() *cli.Command {
	return &cli.Command{
		Name: "healthcheck", Usage: "ask the gateway on this machine whether it is ready",
		Description: "Asks /readyz on ops.addr. Exit code 1 if it is not ready or does not answer.",
		Action: func(ctx context.Context, c *cli.Command) error {
			settings, _, err := t.settings(c)
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
			defer cancel()
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+settings.Ops.Addr+"/readyz", http.NoBody)
			if err != nil {
				return err
			}
			answer, err := http.DefaultClient.Do(request)
			if err != nil {
				return err
			}
			defer answer.Body.Close()
			if answer.StatusCode != http.StatusOK {
				return fmt.Errorf("not ready: %s", answer.Status)
			}
			return t.say(c, map[string]bool{"ready": true}, "Ready.")
		},
	}
}

func (t *terminal) migrate() *cli.Command {
	return &cli.Command{
		Name:   "migrate",
		Usage:  "bring the database up to date",
		Action: t.migrating(up),
		Commands: []*cli.Command{
			{Name: "up", Usage: "apply what is missing", Action: t.migrating(up)},
			{Name: "status", Usage: "list what was applied and what is missing", Action: t.migrating(status)},
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

// migrating needs only the database, so that it works before there is a master key.
func (t *terminal) migrating(do func(context.Context, *storage.DB) ([]storage.Migration, string, error)) cli.ActionFunc {
	return func(ctx context.Context, c *cli.Command) (err error) {
		if c.Args().Present() {
			return usageError{fmt.Errorf("there is no command %q: up or status", c.Args().First())}
		}
		settings, log, err := t.settings(c)
		if err != nil {
			return err
		}
		db, err := openDatabase(ctx, Options{Config: settings, World: models.RealWorld(), Log: log})
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
