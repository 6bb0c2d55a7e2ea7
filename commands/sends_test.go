package commands_test

import (
	"io"
	"log/slog"
	"strings"
	"testing"

	"whoseline/app"
	"whoseline/config"
	"whoseline/models"
	"whoseline/possession"
)

// gateway opens the whole app on a site, without serving.
func (s *site) gateway(t *testing.T) *app.App {
	t.Helper()
	settings, err := config.Load("", s.environment())
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), app.Options{Config: settings, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a
}

func TestTheOperatorSeesWhyCodesWereNotSent(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		s := open(t, engine, "BILLING__PRICE_MESSAGE=400", "CHANNELS__LIVE=outbox")
		who := s.tenant(t, 1)
		a := s.gateway(t)
		p := models.PhoneFromE164("+2348012345678")
		send := func() models.Code {
			terms, err := a.Keys.Terms(t.Context(), who.id)
			if err != nil {
				t.Fatal(err)
			}
			_, err = a.Possession.Enrol(t.Context(), possession.SendCode{
				Who: possession.Who{BusinessID: who.id, Subject: "ada"}, Policy: possession.Policy{Again: true}, Messages: terms.Messages(), Phone: p,
			})
			return models.CodeOf(err)
		}
		limit := func(to string) { s.answer(t, "guard", "set", "--business", who.id, "--limit", to) }
		limit("number=1")
		if first, then := send(), send(); first != "" || then != models.TooManySends {
			t.Errorf("with one message: %q, %q", first, then)
		}
		limit("number=5") // is felt at once
		if got := send(); got != "" {
			t.Errorf("with five messages: %q", got)
		}
		s.answer(t, "guard", "set", "--business", who.id, "--countries", "GH")
		if got := send(); got != models.CountryRefused {
			t.Errorf("in Ghana only: %q", got)
		}
		code, out, errs := s.command(t, "sends", "--business", who.id, "--verdict", "refused", "--json")
		if code != 0 || strings.Count(out, "\n") != 2 || !strings.Contains(out, `"verdict":"refused","reasons":["country"]`) || !strings.Contains(out, `"reasons":["number"]`) {
			t.Errorf("%d: %s%s", code, out, errs)
		}
		for _, secret := range []string{"8012345678", "ada"} {
			if strings.Contains(out, secret) {
				t.Errorf("the list holds %q", secret)
			}
		}
		if got := s.wallet(t, who.id); got.Available != price-2*400 || got.Held != 0 {
			t.Errorf("%+v", got)
		}
		s.mustVerify(t)
	})
}
