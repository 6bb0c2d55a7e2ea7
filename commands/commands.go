// Package commands answers: what can the operator ask for on the command line? A file per noun; say.go prints every answer,
// one at a time or as a list, in words or with --json.
package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/urfave/cli/v3"

	"whoseline/app"
	"whoseline/audit"
	"whoseline/config"
	"whoseline/models"
)

// IO is what a command reads, where it writes, and its environment. Answers go to Out, the log to Err.
type IO struct {
	In      io.Reader
	Out     io.Writer
	Err     io.Writer
	Environ []string
}

// Exit codes: 1 = it could not be done or something is wrong, 2 = the command line is wrong.
const (
	exitFailed = 1
	exitUsage  = 2
)

// Main runs the command line and gives its exit code.
func Main(ctx context.Context, args []string, with IO) int {
	err := newCommand(with).Run(ctx, args)
	if err == nil {
		return 0
	}
	var usage usageError
	if !errors.Is(err, errSaid) {
		fmt.Fprintln(with.Err, "whoseline:", explain(err))
	}
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailed
}

// usageError is a command line that cannot be understood.
type usageError struct{ error }

// Unwrap gives what was wrong with it.
func (e usageError) Unwrap() error { return e.error }

// errSaid is a failure that the command has already described on its own.
var errSaid = errors.New("failed")

// explain gives an error in words for an operator.
func explain(err error) string {
	if e := (*models.Error)(nil); errors.As(err, &e) && e.Message != "" && e.Err == nil {
		return e.Message
	}
	return err.Error()
}

func newCommand(with IO) *cli.Command {
	t := &terminal{IO: with}
	usage := func(_ context.Context, _ *cli.Command, err error, _ bool) error { return usageError{err} }
	root := &cli.Command{
		Name:      "whoseline",
		Usage:     "whose number is this, and does this person hold it?",
		Version:   app.Version,
		Reader:    with.In,
		Writer:    with.Out,
		ErrWriter: with.Err,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "config", Usage: "read settings from `FILE` (default: whoseline.toml if there is one)", TakesFile: true},
			&cli.StringFlag{Name: "as", Usage: "`WHO` does it, for the audit trail (default: the user of this machine); an operator's e-mail counts as that operator"},
			&cli.BoolFlag{Name: "json", Usage: "answer in JSON, one value a line"},
		},
		Commands: []*cli.Command{
			t.demo(), t.serve(), t.migrate(), t.business(), t.key(), t.cap(), t.user(), t.operator(), t.lookup(), t.price(), t.wallet(), t.webhook(), t.face(), t.issuer(),
			t.guard(), t.testNumber(), t.sends(), t.template(), t.outbox(), t.directory(), t.provider(), t.report(), t.seal(), t.checkpoint(), t.receipt(), t.statement(), t.batch(), t.bill(), t.evidence(),
			t.verify(), t.audit(), t.doctor(), t.upstreamSim(), t.healthcheck(),
		},
		ExitErrHandler: func(context.Context, *cli.Command, error) {},
		OnUsageError:   usage,
		Action: func(_ context.Context, c *cli.Command) error {
			if c.Args().Present() {
				return usageError{fmt.Errorf("there is no command %q: see whoseline help", c.Args().First())}
			}
			return cli.ShowRootCommandHelp(c)
		},
	}
	for _, c := range root.Commands {
		strict(c, usage)
	}
	return root
}

// strict makes a command and those below it refuse what they do not know, instead of showing help and calling it done.
func strict(c *cli.Command, usage cli.OnUsageErrorFunc) {
	c.OnUsageError = usage
	if len(c.Commands) > 0 && c.Action == nil {
		c.Action = func(_ context.Context, c *cli.Command) error {
			if c.Args().Present() {
				return usageError{fmt.Errorf("there is no command %q: see whoseline help %s", c.Args().First(), c.Name)}
			}
			return cli.ShowSubcommandHelp(c)
		}
	}
	if do := c.Action; len(c.Commands) == 0 && c.ArgsUsage == "" {
		c.Action = func(ctx context.Context, c *cli.Command) error {
			if c.Args().Present() {
				return usageError{fmt.Errorf("%s takes no argument such as %q: see whoseline help", c.FullName(), c.Args().First())}
			}
			return do(ctx, c)
		}
	}
	for _, below := range c.Commands {
		strict(below, usage)
	}
}

// settings loads the configuration and the log that it asks for.
func (t *terminal) settings(c *cli.Command) (config.Config, *slog.Logger, error) {
	settings, err := config.Load(c.String("config"), t.Environ)
	if err != nil {
		return settings, nil, err
	}
	return settings, t.logger(settings.Log.Level), nil
}

func (t *terminal) logger(level string) *slog.Logger {
	var at slog.Level
	if err := at.UnmarshalText([]byte(level)); err != nil {
		at = slog.LevelInfo
	}
	return slog.New(slog.NewJSONHandler(t.Err, &slog.HandlerOptions{Level: at}))
}

// with opens a gateway for one command, without serving, and closes it afterwards. The trail names whoever
// --as says as the actor, else the user of this machine. It has no deadline: the person who started it sees it and can stop it, and a report may take long.
func (t *terminal) with(do func(ctx context.Context, c *cli.Command, a *app.App) error) cli.ActionFunc {
	return t.under(t.settings, do)
}

// under is with, under settings that the command finds itself.
func (t *terminal) under(
	find func(*cli.Command) (config.Config, *slog.Logger, error), do func(ctx context.Context, c *cli.Command, a *app.App) error,
) cli.ActionFunc {
	return func(ctx context.Context, c *cli.Command) (err error) {
		settings, log, err := find(c)
		if err != nil {
			return err
		}
		a, err := app.New(ctx, app.Options{Config: settings, Log: log})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, a.Close()) }()
		who, err := actor(ctx, c, a)
		if err != nil {
			return err
		}
		return do(audit.By(ctx, who), c, a)
	}
}

// required is a flag without which the command makes no sense.
func required(name, usage string) *cli.StringFlag {
	return &cli.StringFlag{Name: name, Usage: usage, Required: true}
}
