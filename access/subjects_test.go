package access_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"whoseline/access"
	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// mint makes a token.
func (h house) mint(t *testing.T, n access.SubjectToken) string {
	t.Helper()
	token, _, err := h.subjects.Mint(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestATokenNamesItsSubject(t *testing.T) {
	t.Parallel()
	h := newHouse(storagetest.Open(t, storage.SQLite))
	h.business(t, "shop")
	for _, algorithm := range []string{"", access.HS256, access.HS512} {
		token, expires, err := h.subjects.Mint(t.Context(), access.SubjectToken{
			BusinessID: "shop", Sandbox: true, Subject: "người/1", Roles: []string{"ROLE_MERCHANT"},
			Claims: map[string]string{"requestId": "r-1"}, Life: time.Minute, Algorithm: algorithm,
		})
		if err != nil || !expires.Equal(start.Add(time.Minute)) {
			t.Fatalf("%v, %v", expires, err)
		}
		got, err := h.subjects.Read(t.Context(), token)
		want := &access.Subject{
			BusinessID: "shop", Sandbox: true, Subject: "người/1", Claims: map[string]string{"requestId": "r-1"},
			ExpiresAt: expires,
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	}
}

func TestATokenCarriesWhatItsReaderExpects(t *testing.T) {
	t.Parallel()
	h := newHouse(storagetest.Open(t, storage.SQLite))
	token := h.mint(t, access.SubjectToken{
		BusinessID: "shop", Subject: "1", Roles: []string{"ROLE_MERCHANT"}, Algorithm: access.HS512,
		Claims: map[string]string{"tenantId": "T-1"},
	})
	var header, claims map[string]any
	for i, into := range []*map[string]any{&header, &claims} {
		text, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[i])
		if err != nil || json.Unmarshal(text, into) != nil {
			t.Fatalf("%q, %v", text, err)
		}
	}
	if diff := cmp.Diff(map[string]any{"alg": "HS512", "typ": "JWT", "kid": "wl.shop.1"}, header); diff != "" {
		t.Error(diff)
	}
	want := map[string]any{
		"sub": "1", "aud": "whoseline", "iat": float64(start.Unix()), "exp": float64(start.Add(time.Hour).Unix()),
		"roles": []any{"ROLE_MERCHANT"}, "tenantId": "T-1",
	}
	if diff := cmp.Diff(want, claims); diff != "" {
		t.Error(diff)
	}
}

func TestEveryTokenThatDoesNotFitIsRefusedInTheSameWords(t *testing.T) {
	t.Parallel()
	h := newHouse(storagetest.Open(t, storage.SQLite))
	h.business(t, "shop")
	good := h.mint(t, access.SubjectToken{BusinessID: "shop", Subject: "ada", Life: time.Minute})
	parts := strings.Split(good, ".")
	none := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"sub": "ada", "aud": "whoseline", "exp": start.Unix() + 60})
	none.Header["kid"] = "wl.shop.1"
	unsigned, err := none.SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	forged := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	first := ""
	for what, token := range map[string]string{
		"nothing": "", "no parts": "abc", "two parts": parts[0] + "." + parts[1], "cut": good[:len(good)-2],
		"long": good + strings.Repeat("a", 9000), "unsigned": unsigned,
		"another business":  forged(`{"alg":"HS256","kid":"wl.rival.1"}`) + "." + parts[1] + "." + parts[2],
		"another algorithm": forged(`{"alg":"HS512","kid":"wl.shop.1"}`) + "." + parts[1] + "." + parts[2],
		"another key":       forged(`{"alg":"HS256","kid":"wl.shop.2"}`) + "." + parts[1] + "." + parts[2],
		"no key":            forged(`{"alg":"HS256"}`) + "." + parts[1] + "." + parts[2],
		"a number as key":   forged(`{"alg":"HS256","kid":1}`) + "." + parts[1] + "." + parts[2],
		"another subject":   parts[0] + "." + forged(`{"aud":"whoseline","exp":9999999999,"sub":"eve"}`) + "." + parts[2],
		"an API key":        "wl_live_0123456789abcdefghijklmnopqrstuvwxyzABCD",
	} {
		_, err := h.subjects.Read(t.Context(), token)
		wantCode(t, what, err, models.Unauthorized)
		if first == "" {
			first = err.Error()
		}
		if err.Error() != first {
			t.Errorf("%s: %q is not %q", what, err, first)
		}
	}
	h.script.pass(time.Minute - time.Second)
	if _, err := h.subjects.Read(t.Context(), good); err != nil {
		t.Errorf("in time: %v", err)
	}
	h.script.pass(time.Second)
	_, err = h.subjects.Read(t.Context(), good)
	wantCode(t, "too late", err, models.Unauthorized)
}

func TestATokenIsGoodWhileItsFaceIsOpen(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(db)
		other := newNeighbour(db, h.script)
		h.business(t, "shop")
		client, _ := h.enable(t, access.NewPartnerClient{BusinessID: "shop", Dialect: access.DialectLumin})
		second, _ := h.enable(t, access.NewPartnerClient{BusinessID: "shop", Dialect: access.DialectLumin})
		bound := h.mint(t, access.SubjectToken{BusinessID: "shop", Subject: "ada", Dialect: access.DialectLumin, ClientID: client.ClientID})
		loose := h.mint(t, access.SubjectToken{BusinessID: "shop", Subject: "ada", Dialect: access.DialectLumin, ClientID: second.ClientID})
		test := h.mint(t, access.SubjectToken{BusinessID: "shop", Subject: "ada", Dialect: access.DialectLumin, ClientID: client.ClientID, Sandbox: true})
		free := h.mint(t, access.SubjectToken{BusinessID: "shop", Subject: "ada"})
		check := func(when string, want map[string]models.Code) {
			t.Helper()
			for _, one := range []house{h, other} {
				one.refresh(t)
				for range 2 { // from the database, then from memory
					for token, code := range want {
						_, err := one.subjects.Read(t.Context(), token)
						wantCode(t, when, err, code)
					}
				}
			}
		}
		check("open", map[string]models.Code{bound: "", loose: "", free: "", test: models.Unauthorized})
		if err := h.partners.Disable(t.Context(), "shop", access.DialectLumin, client.ClientID); err != nil {
			t.Fatal(err)
		}
		check("one client disabled", map[string]models.Code{bound: models.Unauthorized, loose: "", free: ""})
		if err := h.partners.Disable(t.Context(), "shop", access.DialectLumin, second.ClientID); err != nil {
			t.Fatal(err)
		}
		check("closed", map[string]models.Code{bound: models.Unauthorized, loose: models.Unauthorized, free: ""})
	})
}

func TestThePeopleOfASuspendedBusinessAreRefused(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(db)
		other := newNeighbour(db, h.script)
		h.business(t, "shop")
		h.business(t, "rival")
		client, secret := h.enable(t, access.NewPartnerClient{BusinessID: "shop", Dialect: access.DialectLumin})
		h.setIssuer(t, access.NewIssuer{BusinessID: "shop", Issuer: provider, Audience: "till", Secret: ownSecret})
		foreign := signer{jwt.SigningMethodHS256, []byte(ownSecret)}.token(t, jwt.MapClaims{"aud": "till"})
		bound := h.mint(t, access.SubjectToken{BusinessID: "shop", Subject: "ada", Dialect: access.DialectLumin, ClientID: client.ClientID})
		free := h.mint(t, access.SubjectToken{BusinessID: "shop", Subject: "ada"})
		rival := h.mint(t, access.SubjectToken{BusinessID: "rival", Subject: "eve"})
		check := func(when string, want models.Code) {
			t.Helper()
			for _, one := range []house{h, other} {
				one.refresh(t)
				for range 2 { // from the database, then from memory
					for token, code := range map[string]models.Code{bound: want, free: want, foreign: want, rival: ""} {
						_, err := one.subjects.Read(t.Context(), token)
						wantCode(t, when, err, code)
					}
					_, err := one.partners.Client(t.Context(), access.DialectLumin, client.ClientID, secret)
					wantCode(t, when, err, want)
				}
			}
		}
		check("served", "")
		if err := h.tenants.Suspend(t.Context(), "shop", "unpaid"); err != nil {
			t.Fatal(err)
		}
		check("suspended", models.Unauthorized)
		if err := h.tenants.Resume(t.Context(), "shop"); err != nil {
			t.Fatal(err)
		}
		check("resumed", "")
	})
}

func TestATokenOfOneFaceIsNotGoodAtAnother(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		token access.Subject
		at    access.Dialect
		want  access.Credential
	}{
		{access.Subject{Subject: "ada", Dialect: access.DialectLumin, ClientID: "c"}, access.DialectLumin, access.WithDialectToken},
		{access.Subject{Subject: "ada", Dialect: access.DialectLumin, ClientID: "c"}, access.DialectZITADEL, ""},
		{access.Subject{Subject: "c", Dialect: access.DialectDigiPay, ClientID: "c"}, access.DialectDigiPay, access.WithCompanyToken},
		{access.Subject{Subject: "c", Dialect: access.DialectDigiPay, ClientID: "c"}, access.DialectLumin, ""},
		{access.Subject{Subject: "ada"}, access.DialectDigiPay, access.WithSubjectToken},
		{access.Subject{Subject: "c", Issuer: "https://id.example"}, access.DialectDigiPay, access.WithProviderToken},
	} {
		if got := c.token.At(c.at); got != c.want {
			t.Errorf("%+v at %s: %q", c.token, c.at, got)
		}
	}
}

func TestATokenIsRefusedForWhatItAsks(t *testing.T) {
	t.Parallel()
	h := newHouse(storagetest.Open(t, storage.SQLite))
	for field, n := range map[string]access.SubjectToken{
		"id":        {BusinessID: "a.b", Subject: "ada"},
		"subject":   {BusinessID: "shop", Subject: strings.Repeat("é", 201)},
		"life":      {BusinessID: "shop", Subject: "ada", Life: 31 * 24 * time.Hour},
		"algorithm": {BusinessID: "shop", Subject: "ada", Algorithm: "none"},
		"client":    {BusinessID: "shop", Subject: "ada", Dialect: access.DialectDigiPay},
		"claims":    {BusinessID: "shop", Subject: "ada", Claims: map[string]string{"exp": "never"}},
	} {
		_, _, err := h.subjects.Mint(t.Context(), n)
		if e, ok := err.(*models.Error); !ok || e.Field != field {
			t.Errorf("%s: %+v", field, err)
		}
	}
	_, _, err := h.subjects.Mint(t.Context(), access.SubjectToken{
		BusinessID: "shop", Subject: "ada", Claims: map[string]string{"note": strings.Repeat("x", 9000)},
	})
	wantCode(t, "too long", err, models.Invalid)
}
