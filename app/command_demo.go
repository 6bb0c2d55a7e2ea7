package app

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v3"

	"whoseline/access"
	"whoseline/config"
)

// Addresses of the demo: like serve's, and a free port instead of one that is taken.
const (
	demoHTTP = "127.0.0.1:8080"
	demoOps  = "127.0.0.1:9464"
)

// demoMoney is what the demo's wallet begins with, in kobo.
const demoMoney = 1_000_00

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

// demoState is what the demo remembers between runs: its secrets, which guard nothing of value.
type demoState struct {
	MasterKey    string `json:"masterKey"`
	BusinessID   string `json:"businessId"`
	LiveToken    string `json:"liveToken"`
	SandboxToken string `json:"sandboxToken"`
}

// demoView is the demo's first line with --json.
type demoView struct {
	HTTP         string `json:"http"`
	Ops          string `json:"ops"`
	Docs         string `json:"docs"`
	BusinessID   string `json:"businessId"`
	LiveToken    string `json:"liveToken"`
	SandboxToken string `json:"sandboxToken"`
	Dir          string `json:"dir"`
}

func (t *terminal) runDemo(ctx context.Context, c *cli.Command) (err error) {
	on, err := demoListen(c.String("http"), c.String("ops"))
	if err != nil {
		return err
	}
	defer func() { _, _ = on.HTTP.Close(), on.Ops.Close() }()
	dir := c.String("dir")
	state, err := loadDemo(dir)
	if err != nil {
		return err
	}
	settings := config.Default()
	settings.Database.URL = "sqlite:" + filepath.Join(dir, "whoseline.db")
	settings.Security.MasterKey = config.Secret(state.MasterKey)
	settings.Providers.Live = []string{"sandbox"}
	settings.Channels.Live = []string{"outbox"}
	settings.Log.Level = "warn"
	a, err := New(ctx, Options{Config: settings, Log: t.logger(settings.Log.Level)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if state.BusinessID == "" {
		if err := furnishDemo(ctx, a, &state); err != nil {
			return err
		}
		if err := saveDemo(dir, state); err != nil {
			return err
		}
	}
	if err := t.sayDemo(c, state, on); err != nil {
		return err
	}
	return a.Run(ctx, on)
}

// demoListen takes the addresses asked for; where none was, the usual one or else a free port.
func demoListen(httpAddr, opsAddr string) (Listeners, error) {
	if on, err := Listen(orElse(httpAddr, demoHTTP), orElse(opsAddr, demoOps)); err == nil {
		return on, nil
	}
	return Listen(orElse(httpAddr, "127.0.0.1:0"), orElse(opsAddr, "127.0.0.1:0"))
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

func demoFile(dir string) string { return filepath.Join(dir, "demo.json") }

func loadDemo(dir string) (state demoState, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return state, err
	}
	text, err := os.ReadFile(demoFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		var key [32]byte
		_, _ = rand.Read(key[:]) // never fails: crypto/rand stops the program instead
		state.MasterKey = base64.StdEncoding.EncodeToString(key[:])
		return state, saveDemo(dir, state)
	}
	if err != nil {
		return state, err
	}
	if err := json.Unmarshal(text, &state); err != nil {
		return state, fmt.Errorf("%s cannot be read; delete the folder to start anew: %w", demoFile(dir), err)
	}
	return state, nil
}

func saveDemo(dir string, state demoState) error {
	text, err := json.MarshalIndent(state, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(demoFile(dir), append(text, '\n'), 0o600)
}

// furnishDemo makes the business, its keys and its money.
func furnishDemo(ctx context.Context, a *App, state *demoState) error {
	b, err := a.Businesses.Create(ctx, access.NewBusiness{Name: "Demo Fintech"})
	if err != nil {
		return err
	}
	if _, state.LiveToken, err = a.Keys.Create(ctx, access.NewKey{BusinessID: b.ID, Name: "demo"}); err != nil {
		return err
	}
	if _, state.SandboxToken, err = a.Keys.Create(ctx, access.NewKey{BusinessID: b.ID, Name: "demo sandbox", Sandbox: true}); err != nil {
		return err
	}
	_, err = a.Till.TopUp(ctx, b.ID, "demo", demoMoney)
	state.BusinessID = b.ID
	return err
}

func (t *terminal) sayDemo(c *cli.Command, state demoState, on Listeners) error {
	base := "http://" + on.HTTP.Addr().String()
	if c.Bool("json") {
		return t.sayJSON(demoView{
			base, "http://" + on.Ops.Addr().String(), base + "/docs", state.BusinessID, state.LiveToken,
			state.SandboxToken, c.String("dir"),
		})
	}
	ask := func(number, token string) string {
		return fmt.Sprintf(`curl -i %s/v2/api/identity/ng/phone -H 'token: %s' -H 'Content-Type: application/json' -d '{"mobile":"%s","isSubjectConsent":true}'`,
			base, token, number)
	}
	_, err := fmt.Fprintf(t.Out, `Whoseline is running. The business "Demo Fintech" has money and asks the sandbox, 50 naira an answer.

Whose number is it? (found, charged)
  %s

A number that nobody knows (not_found, charged)
  %s

The same with the sandbox key (free)
  %s

The wallet and its statement
  curl %s/v1/wallet -H 'token: %s'
  curl %s/v1/wallet/transfers -H 'token: %s'

API docs      %s/docs
Metrics       http://%s/metrics
Sandbox key   %s
Kept in       %s (delete it to start anew)

Ctrl-C stops it.
`, ask("08000000000", state.LiveToken), ask("08000000001", state.LiveToken), ask("08000000000", state.SandboxToken),
		base, state.LiveToken, base, state.LiveToken, base, on.Ops.Addr(), state.SandboxToken, c.String("dir"))
	return err
}
