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

func (t *terminal) doctor() *cli.Command {
	return &cli.Command{
		Name: "doctor", Usage: "check configuration, database, migrations, keys, sources and clock",
		Description: "Makes an embedded database and the first sealing keys where there are none; otherwise it changes nothing. Exit\n" +
			"code 1 if anything is wrong.",
		Action: t.examine,
	}
}

// finding is what the doctor has to say about one thing.
type finding struct {
	Check  string `json:"check"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}

// maxSkew is how far this machine's clock may be from the database's.
const maxSkew = 2 * time.Second

// examine goes from what everything rests on to what rests on it, and stops at the first thing that is wrong.
func (t *terminal) examine(ctx context.Context, c *cli.Command) error {
	var db *storage.DB
	settings, log, err := t.settings(c)
	checks := []struct {
		name string
		run  func() (string, error)
	}{
		{"configuration", func() (string, error) { return "valid", err }},
		{"master key", func() (string, error) { _, err := settings.Master(); return "32 bytes", err }},
		{"database", func() (string, error) {
			var err error
			db, err = app.OpenDatabase(ctx, app.Options{Config: settings, World: models.RealWorld(), Log: log})
			if err != nil {
				return "", err
			}
			return "answers (" + db.Engine + ")", nil
		}},
		{"clock", func() (string, error) { return skew(ctx, db) }},
		{"migrations", func() (string, error) {
			return "up to date", upToDate(ctx, db)
		}},
		{"keys", func() (string, error) {
			_, err := app.OpenKeyring(ctx, settings, db, models.RealWorld())
			return "the master key opens them", err
		}},
		{"sources", func() (string, error) { return sourcesOf(ctx, t, c) }},
	}
	defer func() {
		if db != nil {
			_ = db.Close()
		}
	}()
	for _, check := range checks {
		detail, err := check.run()
		if err := t.found(c, check.name, detail, err); err != nil {
			return err
		}
	}
	return nil
}

// found tells what came of a check. The error is errSaid if something is wrong.
func (t *terminal) found(c *cli.Command, check, detail string, err error) error {
	mark := "ok    "
	if err != nil {
		mark, detail = "WRONG ", explain(err)
	}
	if said := t.say(c, finding{check, err == nil, detail}, "%s %-14s %s", mark, check, detail); said != nil {
		return said
	}
	if err != nil {
		return errSaid
	}
	return nil
}

func upToDate(ctx context.Context, db *storage.DB) error {
	current, err := db.Current(ctx)
	if err == nil && !current {
		err = errors.New("some are pending: run `whoseline migrate`")
	}
	return err
}

// skew compares the clocks: ids and expiries of several gateways would otherwise disagree.
func skew(ctx context.Context, db *storage.DB) (string, error) {
	if db.Engine == storage.SQLite {
		return "the embedded database has no other", nil
	}
	here := time.Now()
	there, err := db.Clock(ctx)
	if err != nil {
		return "", err
	}
	off := there.Sub(here)
	if off.Abs() > maxSkew {
		return "", fmt.Errorf("the database's clock differs by %s", off.Round(time.Millisecond))
	}
	return "within " + maxSkew.String() + " of the database's", nil
}

func sourcesOf(ctx context.Context, t *terminal, c *cli.Command) (string, error) {
	settings, log, err := t.settings(c)
	if err != nil {
		return "", err
	}
	settings.Database.Migrate = false
	a, err := app.New(ctx, app.Options{Config: settings, Log: log})
	if err != nil {
		return "", err
	}
	defer a.Close()
	return fmt.Sprintf("%d configured: %v", len(a.Live.Health()), settings.Providers.Live), nil
}
