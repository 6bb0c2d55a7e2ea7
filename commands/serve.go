package commands

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"whoseline/app"

	"github.com/urfave/cli/v3"
)

func (t *terminal) serve() *cli.Command {
	return &cli.Command{
		Name:  "serve",
		Usage: "run the gateway",
		Description: "Listens on http.addr for callers and on ops.addr for metrics, health and profiles, until it is told to\n" +
			"stop; then it finishes what is under way.",
		Action: t.with(func(ctx context.Context, _ *cli.Command, a *app.App) error {
			on, err := app.Listen(a.Config.HTTP.Addr, a.Config.Ops.Addr)
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
