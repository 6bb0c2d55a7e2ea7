package commands

import (
	"context"
	"errors"
	"fmt"

	"whoseline/app"

	"github.com/urfave/cli/v3"
)

// Addresses of the demo: like serve's, and a free port instead of one that is taken.
const (
	demoHTTP = "127.0.0.1:8080"
	demoOps  = "127.0.0.1:9464"
)

func (t *terminal) demo() *cli.Command {
	return &cli.Command{
		Name: "demo", Usage: "run everything at once, with a funded business and the sandbox as its source",
		Description: "Keeps an embedded database and its keys in a folder of its own, and uses them again the next time.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "dir", Value: "whoseline-demo", Usage: "`FOLDER` of the demo's database and keys"},
			&cli.StringFlag{Name: "http", Usage: "`ADDRESS` for callers (default: " + demoHTTP + ", or a free port)"},
			&cli.StringFlag{Name: "ops", Usage: "`ADDRESS` for metrics and health (default: " + demoOps + ", or a free port)"},
		},
		Action: t.runDemo,
	}
}

func (t *terminal) runDemo(ctx context.Context, c *cli.Command) (err error) {
	on, err := demoListen(c.String("http"), c.String("ops"))
	if err != nil {
		return err
	}
	defer func() { _, _ = on.HTTP.Close(), on.Ops.Close() }()
	dir := c.String("dir")
	if !c.Bool("json") {
		fmt.Fprintf(t.Err, "Starting the demo in %s: the first start makes its database and sample data, which takes some seconds.\n", dir)
	}
	state, err := loadDemo(dir)
	if err != nil {
		return err
	}
	settings := demoSettings(dir, state)
	settings.Faces.Issuer = "http://" + on.HTTP.Addr().String()
	a, err := app.New(ctx, app.Options{Config: settings, Log: t.logger(settings.Log.Level)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := furnishDemo(ctx, a, dir, &state); err != nil {
		return err
	}
	if err := t.sayDemo(c, demoViewOf(a, state, on)); err != nil {
		return err
	}
	return a.Run(ctx, on)
}

// demoListen takes the addresses asked for. Where none was asked for, it takes the usual one, or a free port.
func demoListen(httpAddr, opsAddr string) (app.Listeners, error) {
	if on, err := app.Listen(orElse(httpAddr, demoHTTP), orElse(opsAddr, demoOps)); err == nil {
		return on, nil
	}
	return app.Listen(orElse(httpAddr, "127.0.0.1:0"), orElse(opsAddr, "127.0.0.1:0"))
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
