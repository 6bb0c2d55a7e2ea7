package handlers_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"whoseline/access"
	"whoseline/app"
	"whoseline/billing"
	"whoseline/config"
	"whoseline/models"
	"whoseline/payments/paysim"
	"whoseline/possession"
	"whoseline/providers/directory"
	"whoseline/providers/simulator"
	"whoseline/settings"
	"whoseline/webhooks"
)

// gateway is the app that ships, listening, in a scripted world.
type gateway struct {
	app    *app.App
	world  *world
	addr   string
	closed bool // the conversation has closed the store
	log    journal
	asking atomic.Int64 // requests whose answers are waited for
	pay    *paysim.Sim  // the payment vendor, if there is one
}

// journal keeps what the gateway logs.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(line)
}

// raise puts up the gateway of a conversation on a migrated database.
func raise(t *testing.T, database string, archive *txtar.Archive) *gateway {
	t.Helper()
	parts := map[string]string{}
	for _, f := range archive.Files {
		parts[f.Name] = string(f.Data)
	}
	g := &gateway{world: newWorld(t, parts["world"])}
	environ := []string{
		"WHOSELINE_DATABASE__URL=" + database, "WHOSELINE_DATABASE__MIGRATE=false",
		"WHOSELINE_SECURITY__MASTER_KEY=" + base64.StdEncoding.EncodeToString(make([]byte, 32)),
		"WHOSELINE_PROVIDERS__LIVE=sandbox", "WHOSELINE_CHANNELS__LIVE=outbox", "WHOSELINE_LIMITS__PER_KEY=0", "WHOSELINE_LOG__REQUESTS=all",
		"WHOSELINE_FACES__PER_ADDRESS=0", "WHOSELINE_FACES__PER_CLIENT=0", "WHOSELINE_FACES__PER_SUBJECT=0",
	}
	lines := strings.Split(strings.TrimSpace(parts["setup"]), "\n")
	for _, line := range lines {
		if setting, is := strings.CutPrefix(line, "set "); is {
			environ = append(environ, "WHOSELINE_"+setting)
		}
		if vendor, is := strings.CutPrefix(line, "payments "); is {
			environ = append(environ, g.takePayments(t, strings.TrimSpace(vendor))...)
		}
		if vendor, is := strings.CutPrefix(line, "simulate "); is {
			environ = append(environ, simulate(t, strings.TrimSpace(vendor))...)
		}
	}
	settings, err := config.Load("", environ)
	must(t, err)
	g.app, err = app.New(t.Context(), app.Options{
		Config: settings, World: g.world.models(), RequestID: g.world.requestID, NewCode: g.world.newCode,
		Log: slog.New(slog.NewTextHandler(&g.log, nil)),
		Undated: func(statement string) {
			if g.asking.Load() > 0 {
				t.Errorf("somebody may wait for ever for: %s", statement)
			}
		},
	})
	must(t, err)
	t.Cleanup(func() { g.strike(t) })
	for _, line := range lines {
		g.prepare(t, strings.Fields(line))
	}
	g.listen(t)
	return g
}

func (g *gateway) listen(t *testing.T) {
	t.Helper()
	on, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	g.addr = on.Addr().String()
	public := g.app.Serve(on)
	t.Cleanup(func() {
		if err := public.Shutdown(time.Minute); err != nil {
			t.Errorf("shut down: %v", err)
		}
	})
}

// strike takes the gateway down and reads its journal: no number, name, code, secret or token may stand in it.
func (g *gateway) strike(t *testing.T) {
	if err := g.app.Close(); err != nil && !g.closed {
		t.Errorf("close: %v", err)
	}
	for _, secret := range []string{"800000000", "7036208559", "EHICHIOYA", "SAMPLE", "-token", "whsec_", "wl_", "eyJ", "20100000000", "68633", "A9C3E5D7", "@acme", "correct horse"} {
		if at := bytes.Index(g.log.text.Bytes(), []byte(secret)); at >= 0 {
			t.Errorf("the log holds %q: %.300s", secret, g.log.text.Bytes()[max(at-150, 0):])
		}
	}
}

// takePayments plays a payment vendor and gives the settings of an account with it.
func (g *gateway) takePayments(t *testing.T, vendor string) []string {
	t.Helper()
	g.pay = paysim.New("https://pay.example")
	server := httptest.NewServer(g.pay)
	t.Cleanup(server.Close)
	return []string{
		"WHOSELINE_PAYMENTS__VENDOR=" + vendor, "WHOSELINE_PAYMENTS__BASE=" + server.URL + "/" + vendor, "WHOSELINE_PAYMENTS__KEY=" + paysim.Key,
		"WHOSELINE_PAYMENTS__SECRET=" + paysim.Secret, "WHOSELINE_PAYMENTS__WORD=" + paysim.Word, "WHOSELINE_PAYMENTS__CONTRACT=100",
	}
}

// simulate serves a vendor's contract and gives the settings of an account with it.
func simulate(t *testing.T, vendor string) (settings []string) {
	t.Helper()
	sim := simulator.New(simulator.Options{})
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	account := sim.Credentials(server.URL)[vendor]
	for name, value := range map[string]string{
		"BASE": account.Base, "SECRET": account.Secret, "APP_ID": account.AppID, "PARTNER_ID": account.PartnerID, "CLIENT_ID": account.ClientID,
	} {
		if value != "" {
			settings = append(settings, "WHOSELINE_PROVIDERS__VENDOR__"+strings.ToUpper(vendor)+"__"+name+"="+value)
		}
	}
	return settings
}

// stage is one line of the section setup: a word, what it is about, and its name=value pairs.
type stage struct {
	about  string
	values map[string]string
}

func number(t *testing.T, text string) int64 {
	t.Helper()
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	must(t, err)
	return n
}

func (s stage) list(name string) []string {
	if s.values[name] == "" {
		return nil
	}
	return strings.Split(s.values[name], ",")
}

func (g *gateway) prepare(t *testing.T, words []string) {
	t.Helper()
	if len(words) < 2 {
		return
	}
	s := stage{words[1], map[string]string{}}
	for _, pair := range words[2:] {
		name, value, _ := strings.Cut(pair, "=")
		s.values[name] = value
	}
	do, known := map[string]func(*testing.T, *gateway) error{
		"set": func(*testing.T, *gateway) error { return nil }, "simulate": func(*testing.T, *gateway) error { return nil },
		"payments": func(*testing.T, *gateway) error { return nil },
		"business": s.business, "key": s.key, "topup": s.topUp, "price": s.price, "webhook": s.webhook, "face": s.face,
		"subject": s.subject, "issuer": s.issuer, "testnumber": s.testNumber, "owner": s.owner,
		"cap": s.cap, "threshold": s.threshold,
		"templates": s.templates,
		"settings":  s.change,
	}[words[0]]
	if !known {
		t.Fatalf("setup: unknown word %q", words[0])
	}
	g.world.before(s.values["id"], func() { must(t, do(t, g)) })
}

// business ID [parent=ID] [window=SECONDS] [policy=POLICY] [countries=CODE,…] [release=owner|verdict] [check=yes]
// [cache=SECONDS] [purposes=P,…] [sources=NAME,…] [days=DAYS] [origins=ORIGIN,…]
func (s stage) business(t *testing.T, g *gateway) error {
	_, err := g.app.Businesses.Create(t.Context(), access.NewBusiness{
		ID: s.about, ParentID: s.values["parent"], Name: "Business", Settings: s.settings(t),
	})
	return err
}

// settings ID, and what a business is made with, gives a business other settings.
func (s stage) change(t *testing.T, g *gateway) error {
	return g.app.Businesses.SetSettings(t.Context(), s.about, s.settings(t))
}

func (s stage) settings(t *testing.T) settings.Choices {
	own := settings.Choices{
		NaturalWindow: int(number(t, s.values["window"])), Release: models.Disclosure(s.values["release"]), CrossCheck: s.values["check"] != "",
		Cache:   settings.CachePolicy{TTL: int(number(t, s.values["cache"])), Purposes: s.list("purposes")},
		Routing: models.Routing{Sources: s.list("sources")}, RetentionDays: int(number(t, s.values["days"])), Origins: s.list("origins"),
	}
	if s.values["policy"] != "" {
		own.Possession = &settings.Codes{Policy: settings.LookupPolicy(s.values["policy"]), Countries: s.list("countries")}
	}
	return own
}

// testnumber NUMBER business=ID code=CODE
func (s stage) testNumber(t *testing.T, g *gateway) error {
	return g.app.Possession.SetTestNumber(t.Context(), possession.TestNumber{
		BusinessID: s.values["business"], Phone: models.PhoneFromE164(s.about), Code: s.values["code"],
	})
}

// owner NUMBER name=LAST+FIRST [born=DATE] puts somebody into the directory, under one name or several.
func (s stage) owner(t *testing.T, g *gateway) error {
	line := "phone,full_name,dob\n" + s.about + "," + strings.ReplaceAll(s.values["name"], "+", " ") + "," + s.values["born"] + "\n"
	result, err := g.app.Directory.Import(t.Context(), strings.NewReader(line), directory.ImportOptions{Format: "csv"})
	if err == nil && result.Imported != 1 {
		t.Fatalf("owner %s: %+v", s.about, result)
	}
	return err
}

// key TOKEN business=ID [id=ID] [env=sandbox] [rate=N] [ips=BLOCK,…] [scopes=SCOPE,…] [purposes=PURPOSE,…] [verdict=yes] [requester=ID/First/Middle/Last] [revoked=yes]
func (s stage) key(t *testing.T, g *gateway) error {
	asked := access.NewKey{
		BusinessID: s.values["business"], Name: "Key", Sandbox: s.values["env"] == "sandbox", Token: s.about,
		Rate: int(number(t, s.values["rate"])), AllowedIPs: s.list("ips"), Purposes: s.list("purposes"), VerdictOnly: s.values["verdict"] != "",
	}
	for _, scope := range s.list("scopes") {
		asked.Scopes = append(asked.Scopes, access.Scope(scope))
	}
	if who := strings.Split(s.values["requester"], "/"); len(who) == 4 {
		asked.Requester = &models.Requester{ID: who[0], FirstName: who[1], MiddleName: who[2], LastName: who[3]}
	}
	key, _, err := g.app.Keys.Create(t.Context(), asked)
	if err == nil && s.values["revoked"] != "" {
		err = g.app.Keys.Revoke(t.Context(), key.ID)
	}
	return err
}

// cap PERIOD business=ID [key=ID] [money=KOBO] [lookups=N]
func (s stage) cap(t *testing.T, g *gateway) error {
	c := billing.Cap{BusinessID: s.values["business"], Owner: s.values["key"], Period: billing.Period(s.about)}
	if s.values["money"] != "" {
		c.Money = new(number(t, s.values["money"]))
	}
	if s.values["lookups"] != "" {
		c.Lookups = new(number(t, s.values["lookups"]))
	}
	return g.app.Businesses.SetCap(t.Context(), c)
}

// threshold KOBO business=ID
func (s stage) threshold(t *testing.T, g *gateway) error {
	_, err := g.app.SetThreshold(t.Context(), s.values["business"], new(number(t, s.about)))
	return err
}

// topup KOBO business=ID
func (s stage) topUp(t *testing.T, g *gateway) error {
	_, err := g.app.Till.TopUp(t.Context(), s.values["business"], "bank-4411", number(t, s.about))
	return err
}

// webhook URL business=ID [id=ID]
func (s stage) webhook(t *testing.T, g *gateway) error {
	_, _, err := g.app.Webhooks.Create(t.Context(), webhooks.NewEndpoint{BusinessID: s.values["business"], URL: s.about})
	return err
}

// price KOBO business=ID product=PRODUCT outcome=OUTCOME [from=DAY] [tiers=ABOVE:KOBO]
func (s stage) price(t *testing.T, g *gateway) error {
	p := billing.Price{
		Product: billing.Product(s.values["product"]), Outcome: models.Outcome(s.values["outcome"]), Amount: number(t, s.about),
	}
	if day := s.values["from"]; day != "" {
		var err error
		p.From, err = time.Parse(time.DateOnly, day)
		must(t, err)
	}
	for _, tier := range s.list("tiers") {
		above, amount, _ := strings.Cut(tier, ":")
		p.Tiers = append(p.Tiers, billing.Tier{Above: number(t, above), Amount: number(t, amount)})
	}
	return g.app.Businesses.SetPrice(t.Context(), s.values["business"], p)
}

// face FACE business=ID client=CLIENT secret=SECRET [env=sandbox] [disabled=yes]
func (s stage) face(t *testing.T, g *gateway) error {
	dialect := access.Dialect(s.about)
	_, _, err := g.app.Partners.Enable(t.Context(), access.NewPartnerClient{
		BusinessID: s.values["business"], Dialect: dialect, ClientID: s.values["client"], Secret: s.values["secret"],
		Sandbox: s.values["env"] == "sandbox",
	})
	if err == nil && s.values["disabled"] != "" {
		err = g.app.Partners.Disable(t.Context(), s.values["business"], dialect, s.values["client"])
	}
	return err
}

// templates HOW-MANY business=ID: in made-up languages
func (s stage) templates(t *testing.T, g *gateway) (err error) {
	for i := range number(t, s.about) {
		err = errors.Join(err, g.app.Possession.SetTemplate(t.Context(), possession.Template{
			BusinessID: s.values["business"], Language: fmt.Sprintf("en-%03d", i), Text: "{code}",
		}))
	}
	return err
}

// subject REF business=ID [env=sandbox] [machine=yes]
func (s stage) subject(t *testing.T, g *gateway) error {
	_, err := g.app.Possession.Open(t.Context(), possession.Opening{
		Who:     possession.Who{BusinessID: s.values["business"], Sandbox: s.values["env"] == "sandbox", Subject: s.about},
		Machine: s.values["machine"] != "",
	})
	return err
}

// issuer URL business=ID audience=TEXT secret=SECRET [env=sandbox]
func (s stage) issuer(t *testing.T, g *gateway) error {
	_, err := g.app.Issuers.Set(t.Context(), access.NewIssuer{
		BusinessID: s.values["business"], Issuer: s.about, Audience: s.values["audience"], Secret: s.values["secret"],
		Sandbox: s.values["env"] == "sandbox",
	})
	return err
}
