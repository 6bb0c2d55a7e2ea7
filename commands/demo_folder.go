package commands

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

	"whoseline/access"
	"whoseline/app"
	"whoseline/audit"
	"whoseline/config"
	"whoseline/staff"
)

// demoMoney is what the demo's wallet begins with, in kobo.
const demoMoney = 1_000_00

// demoState is what the demo remembers between runs: its secrets, which guard nothing of value.
type demoState struct {
	MasterKey    string       `json:"masterKey"`
	BusinessID   string       `json:"businessId"`
	LiveToken    string       `json:"liveToken"`
	SandboxToken string       `json:"sandboxToken"`
	Faces        demoPartners `json:"faces,omitzero"`
	Console      demoLogin    `json:"console,omitzero"`
}

// demoLogin signs in to the demo's console. It is empty in a folder that is older than the console.
type demoLogin struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

// demoPartners are the credentials of the demo's faces. One is empty in a folder that is older than the face.
type demoPartners struct {
	Lumin   luminClientView   `json:"lumin"`
	DigiPay digipayClientView `json:"digipay"`
	ZITADEL zitadelClientView `json:"zitadel"` // without the issuer, which is wherever the demo listens this time
}

func demoFile(dir string) string { return filepath.Join(dir, "demo.json") }

// demoSettings are the demo's own: nothing of the surroundings changes them.
func demoSettings(dir string, state demoState) config.Config {
	settings := config.Default()
	settings.Database.URL = "sqlite:" + filepath.Join(dir, "whoseline.db")
	settings.Security.MasterKey = config.Secret(state.MasterKey)
	settings.Providers.Live = []string{"sandbox"}
	settings.Channels.Live = []string{"outbox"}
	settings.Webhooks.AllowLoopback = true // whoever tries it listens on the same machine
	settings.HTTP.Drain = 0                // no balancer stands before it
	settings.Log.Level = "warn"
	return settings
}

// loadDemo reads what a folder remembers. It begins a new one where there is none.
func loadDemo(dir string) (demoState, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return demoState{}, err
	}
	state, err := readDemo(dir)
	if errors.Is(err, fs.ErrNotExist) {
		var key [32]byte
		_, _ = rand.Read(key[:]) // never fails: crypto/rand stops the program instead
		state.MasterKey = base64.StdEncoding.EncodeToString(key[:])
		return state, saveDemo(dir, state)
	}
	return state, err
}

func readDemo(dir string) (state demoState, err error) {
	text, err := os.ReadFile(demoFile(dir))
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

// furnishDemo makes what the folder does not have yet, and remembers it.
func furnishDemo(ctx context.Context, a *app.App, dir string, state *demoState) error {
	before := *state
	if state.BusinessID == "" {
		if err := furnishBusiness(ctx, a, state); err != nil {
			return err
		}
	}
	if err := furnishPartners(ctx, a, state); err != nil {
		return err
	}
	if state.Console.Email == "" {
		if err := furnishOwner(ctx, a, state); err != nil {
			return err
		}
	}
	if *state == before {
		return nil
	}
	return saveDemo(dir, *state)
}

// furnishBusiness makes the business, its keys and its money.
func furnishBusiness(ctx context.Context, a *app.App, state *demoState) error {
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

// furnishPartners lets a client of each partner in.
func furnishPartners(ctx context.Context, a *app.App, state *demoState) error {
	enable := func(face access.Dialect) (access.PartnerClient, string, error) {
		return a.Partners.Enable(ctx, access.NewPartnerClient{BusinessID: state.BusinessID, Dialect: face, Name: "demo"})
	}
	if state.Faces.Lumin.TenantID == "" {
		made, secret, err := enable(access.DialectLumin)
		if err != nil {
			return err
		}
		state.Faces.Lumin = luminClientView{made.ClientID, secret}
	}
	if state.Faces.DigiPay.ClientID == "" {
		made, secret, err := enable(access.DialectDigiPay)
		if err != nil {
			return err
		}
		state.Faces.DigiPay = digipayClientView{made.BusinessID, made.ClientID, secret}
	}
	if state.Faces.ZITADEL.ClientID == "" {
		made, _, err := enable(access.DialectZITADEL)
		if err != nil {
			return err
		}
		state.Faces.ZITADEL = zitadelClientView{ResourceOwner: made.BusinessID, ClientID: made.ClientID}
	}
	return nil
}

// demoEmail is who owns the demo's business.
const demoEmail = "owner@demo.example"

// furnishOwner lets somebody sign in to the demo's console.
func furnishOwner(ctx context.Context, a *app.App, state *demoState) error {
	password := staff.StrongPassword()
	_, err := a.Users.Create(audit.By(ctx, audit.Operator), staff.NewUser{
		BusinessID: state.BusinessID, Email: demoEmail, Name: "Demo Owner", Role: staff.Owner, Password: password,
	})
	if err != nil {
		return err
	}
	state.Console = demoLogin{demoEmail, password}
	return nil
}
