package commands

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"whoseline/payments"
	"whoseline/payments/paysim"
	"whoseline/providers/simulator"
)

// simulatorAddr is where the simulator listens unless told otherwise.
const simulatorAddr = "127.0.0.1:9191"

func (t *terminal) upstreamSim() *cli.Command {
	return &cli.Command{
		Name: "upstream-sim", Usage: "serve the vendors' contracts, with an outcome by the last digit of the number",
		Description: "Every vendor has its prefix, such as /dojah, and the credentials that are printed at the start.\n" +
			"Digits: 0 found, 1 not found, 2 invalid, 3 source down, 4 full record or two owners, 5 wallet empty,\n" +
			"6 rate limited, 7 slow, 8 malformed, 9 closed. Under /__sim/: counters, reset, state, vendors/NAME,\n" +
			"sources/NAME, webhooks, webhooks/NAME, people/NUMBER, messages. It has no lock: keep it on a loopback\n" +
			"address.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "addr", Value: simulatorAddr, Usage: "`ADDRESS` to listen on; port 0 takes a free one"},
			&cli.DurationFlag{Name: "slow", Value: 3 * time.Second, Usage: "how long digit 7 takes"},
			&cli.IntFlag{Name: "pending-polls", Value: 2, Usage: "the poll that finds a pending result done"},
			&cli.StringFlag{Name: "webhooks", Usage: "send results that come later on their own, below `URL` such as http://127.0.0.1:8080/upstream"},
			&cli.DurationFlag{Name: "webhook-delay", Value: 2 * time.Second, Usage: "how long after the question"},
			&cli.DurationFlag{Name: "token-life", Value: 15 * time.Minute, Usage: "of access tokens, where the vendor does not fix it"},
		},
		Action: t.runUpstreamSim,
	}
}

// simulatorView is the first line with --json.
type simulatorView struct {
	Addr    string                           `json:"addr"`
	Vendors map[string]simulator.Credentials `json:"vendors"`
}

func (t *terminal) runUpstreamSim(ctx context.Context, c *cli.Command) error {
	on, err := net.Listen("tcp", c.String("addr"))
	if err != nil {
		return err
	}
	sim := simulator.New(simulator.Options{
		Slow: c.Duration("slow"), PendingPolls: c.Int("pending-polls"), TokenLife: c.Duration("token-life"),
		Webhooks: c.String("webhooks"), WebhookDelay: c.Duration("webhook-delay"),
	})
	defer sim.Close()
	if err := t.saySimulator(c, on.Addr().String(), sim); err != nil {
		return errors.Join(err, on.Close())
	}
	server := &http.Server{Handler: withPayments(sim, on.Addr().String()), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() }) // nothing under way is worth waiting for
	defer stop()
	if err := server.Serve(on); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// withPayments plays the payment vendors too, each below its name.
func withPayments(sources http.Handler, addr string) http.Handler {
	pay, paths := paysim.New("http://"+addr), append(payments.Vendors(), "__pay")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		if slices.Contains(paths, first) {
			pay.ServeHTTP(w, r)
			return
		}
		sources.ServeHTTP(w, r)
	})
}

func (t *terminal) saySimulator(c *cli.Command, addr string, sim *simulator.Simulator) error {
	vendors := sim.Credentials("http://" + addr)
	if c.Bool("json") {
		return t.sayJSON(simulatorView{addr, vendors})
	}
	fmt.Fprintf(t.Out, "The vendors' contracts are served at http://%s. Credentials, good for nothing else:\n\n", addr)
	for _, name := range slices.Sorted(maps.Keys(vendors)) {
		v := vendors[name]
		fmt.Fprintf(t.Out, "  %s\n", v.Base)
		for _, field := range [][2]string{
			{"source", v.Source},
			{"secret", v.Secret},
			{"app_id", v.AppID},
			{"partner_id", v.PartnerID},
			{"client_id", v.ClientID},
			{"username", v.Username},
			{"sender", v.Sender},
			{"template", v.Template},
			{"token_url", v.TokenURL},
			{"webhook_secret", v.WebhookSecret},
			{"private_key", v.PrivateKey},
		} {
			if field[1] != "" {
				fmt.Fprintf(t.Out, "    %-15s %s\n", field[0], field[1])
			}
		}
	}
	fmt.Fprintf(t.Out, "\nPayments: payments.base http://%s/VENDOR (%s), secret %s, word %s, key %s\n", addr, strings.Join(payments.Vendors(), ", "), paysim.Secret, paysim.Word, paysim.Key)
	_, err := fmt.Fprintln(t.Out, "\nCtrl-C stops it.")
	return err
}
