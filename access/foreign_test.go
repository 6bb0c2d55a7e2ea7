package access_test

import (
	"crypto/rsa"
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

func TestATokenOfABusinesssOwnProviderNamesItsSubject(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(db)
		all, keys := signers(t)
		h.subjects = access.NewSubjects(h.Keys, vault{}, published{keys})
		h.business(t, "shop")
		h.setIssuer(t, access.NewIssuer{BusinessID: "shop", Issuer: provider, Audience: "whoseline", JWKSURL: keysAt})
		for _, s := range all {
			got, err := h.subjects.Read(t.Context(), s.token(t, jwt.MapClaims{"aud": []string{"other", "whoseline"}}))
			want := &access.Subject{
				BusinessID: "shop", Subject: "ada", Issuer: provider, Claims: map[string]string{}, ExpiresAt: start.Add(time.Minute),
			}
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%s: %v %s", s.method.Alg(), err, diff)
			}
		}
		h.setIssuer(t, access.NewIssuer{
			BusinessID: "shop", Issuer: provider, Audience: "till", Secret: ownSecret, SubjectClaim: "user", Sandbox: true,
		})
		shared := signer{jwt.SigningMethodHS256, []byte(ownSecret)}
		got, err := h.subjects.Read(t.Context(), shared.token(t, jwt.MapClaims{"aud": "till", "user": "eve"}))
		if err != nil || got.Subject != "eve" || !got.Sandbox {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestAForeignTokenThatDoesNotFitIsRefusedInTheSameWords(t *testing.T) {
	t.Parallel()
	h := newHouse(storagetest.Open(t, storage.SQLite))
	all, keys := signers(t)
	strangers, _ := signers(t)
	h.subjects = access.NewSubjects(h.Keys, vault{}, published{keys})
	h.business(t, "shop")
	h.business(t, "rival")
	h.setIssuer(t, access.NewIssuer{BusinessID: "shop", Issuer: provider, Audience: "whoseline", JWKSURL: keysAt})
	h.setIssuer(t, access.NewIssuer{BusinessID: "shop", Issuer: provider, Audience: "till", Secret: ownSecret})
	h.setIssuer(t, access.NewIssuer{BusinessID: "rival", Issuer: provider, Audience: "rival", JWKSURL: keysAt})
	h.setIssuer(t, access.NewIssuer{BusinessID: "shop", Issuer: "https://away.example", Audience: "whoseline", JWKSURL: "https://away.example/keys"})
	good, shared := all[0], signer{jwt.SigningMethodHS256, []byte(ownSecret)}
	modulus := all[0].key.(*rsa.PrivateKey).N.Bytes()
	past := start.Add(-time.Minute).Unix()
	first := ""
	for what, token := range map[string]string{
		"another issuer":           good.token(t, jwt.MapClaims{"iss": "https://evil.example"}),
		"no issuer":                good.token(t, jwt.MapClaims{"iss": nil}),
		"a zero byte as issuer":    good.token(t, jwt.MapClaims{"iss": "a\x00b"}),
		"a number as issuer":       good.token(t, jwt.MapClaims{"iss": 1}),
		"another audience":         good.token(t, jwt.MapClaims{"aud": "other"}),
		"no audience":              good.token(t, jwt.MapClaims{"aud": nil}),
		"two businesses' audience": good.token(t, jwt.MapClaims{"aud": []string{"whoseline", "rival"}}),
		"run out":                  good.token(t, jwt.MapClaims{"exp": past}),
		"not yet":                  good.token(t, jwt.MapClaims{"nbf": start.Add(2 * time.Minute).Unix()}),
		"without an end":           good.token(t, jwt.MapClaims{"exp": nil}),
		"no subject":               good.token(t, jwt.MapClaims{"sub": nil}),
		"an empty subject":         good.token(t, jwt.MapClaims{"sub": ""}),
		"a number as subject":      good.token(t, jwt.MapClaims{"sub": 7}),
		"a long subject":           good.token(t, jwt.MapClaims{"sub": strings.Repeat("a", 201)}),
		"a stranger's key":         strangers[0].token(t, nil),
		"another curve key":        strangers[1].token(t, nil),
		"the public key as secret": signer{jwt.SigningMethodHS256, modulus}.token(t, nil),
		"a longer hash":            signer{jwt.SigningMethodRS512, good.key}.token(t, nil),
		"a secret's algorithm":     shared.token(t, nil),
		"a key where a secret is":  good.token(t, jwt.MapClaims{"aud": "till"}),
		"another secret":           signer{jwt.SigningMethodHS256, []byte("x" + ownSecret)}.token(t, jwt.MapClaims{"aud": "till"}),
		"a secret's longer hash":   signer{jwt.SigningMethodHS512, []byte(ownSecret)}.token(t, jwt.MapClaims{"aud": "till"}),
		"unsigned":                 signer{jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType}.token(t, nil),
		"keys that are away":       good.token(t, jwt.MapClaims{"iss": "https://away.example"}),
	} {
		_, err := h.subjects.Read(t.Context(), token)
		wantCode(t, what, err, models.Unauthorized)
		if first == "" {
			first = err.Error()
		}
		if err == nil || err.Error() != first {
			t.Errorf("%s: %v is not %q", what, err, first)
		}
	}
	if _, err := h.subjects.Read(t.Context(), good.token(t, jwt.MapClaims{"exp": past + 1})); err != nil {
		t.Errorf("a clock that is off by less than a minute: %v", err)
	}
}

func TestAnIssuerIsBelievedWhileItIsSet(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(db)
		other := newNeighbour(db, h.script)
		h.business(t, "shop")
		token := signer{jwt.SigningMethodHS256, []byte(ownSecret)}.token(t, nil)
		check := func(when string, want models.Code) {
			t.Helper()
			for _, one := range []house{h, other} {
				one.refresh(t)
				for range 2 { // from the database, then from memory
					_, err := one.subjects.Read(t.Context(), token)
					wantCode(t, when, err, want)
				}
			}
		}
		check("before", models.Unauthorized)
		h.setIssuer(t, access.NewIssuer{BusinessID: "shop", Issuer: provider, Audience: "whoseline", Secret: ownSecret})
		check("set", "")
		h.setIssuer(t, access.NewIssuer{BusinessID: "shop", Issuer: provider, Audience: "whoseline", JWKSURL: keysAt})
		check("changed", models.Unauthorized)
		if err := h.issuers.Delete(t.Context(), "shop", provider, "whoseline"); err != nil {
			t.Fatal(err)
		}
		wantCode(t, "again", h.issuers.Delete(t.Context(), "shop", provider, ""), models.NotFound)
		if list, err := h.issuers.List(t.Context(), "shop"); err != nil || len(list) != 0 {
			t.Errorf("%+v, %v", list, err)
		}
		check("deleted", models.Unauthorized)
	})
}

func TestAnIssuerIsRefusedForWhatItAsks(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(db)
		h.business(t, "shop")
		h.business(t, "rival")
		good := access.NewIssuer{BusinessID: "shop", Issuer: provider, Audience: "whoseline", JWKSURL: keysAt}
		for what, one := range map[string]struct {
			change func(*access.NewIssuer)
			field  string
		}{
			"no URL":             {func(n *access.NewIssuer) { n.Issuer = "shop" }, "issuer"},
			"a space":            {func(n *access.NewIssuer) { n.Issuer += " " }, "issuer"},
			"no audience":        {func(n *access.NewIssuer) { n.Audience = "" }, "audience"},
			"an unsafe URL":      {func(n *access.NewIssuer) { n.JWKSURL = "http://10.0.0.1/" }, "url"},
			"both":               {func(n *access.NewIssuer) { n.Secret = ownSecret }, "jwksUrl"},
			"neither":            {func(n *access.NewIssuer) { n.JWKSURL = "" }, "jwksUrl"},
			"a short secret":     {func(n *access.NewIssuer) { n.JWKSURL, n.Secret = "", "short" }, "secret"},
			"a claim of control": {func(n *access.NewIssuer) { n.SubjectClaim = "a\x00" }, "subjectClaim"},
		} {
			n := good
			one.change(&n)
			_, err := h.issuers.Set(t.Context(), n)
			if e, ok := err.(*models.Error); !ok || e.Field != one.field {
				t.Errorf("%s: %v", what, err)
			}
		}
		h.setIssuer(t, good)
		h.setIssuer(t, good)
		taken := good
		taken.BusinessID = "rival"
		_, err := h.issuers.Set(t.Context(), taken)
		wantCode(t, "another business's", err, models.Conflict)
		taken.BusinessID, taken.Audience = "nobody", "other"
		_, err = h.issuers.Set(t.Context(), taken)
		wantCode(t, "an unknown business", err, models.NotFound)
	})
}

func FuzzRead(f *testing.F) {
	db := storagetest.Open(f, storage.SQLite)
	h := newHouse(db)
	good, _, err := h.subjects.Mint(f.Context(), access.SubjectToken{BusinessID: "shop", Subject: "ada"})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"", "a.b.c", "..", good, good + ".", strings.ToUpper(good), "eyJhbGciOiJub25lIn0.e30.", "eyJraWQiOnt9fQ.e30."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		got, err := h.subjects.Read(t.Context(), token)
		switch {
		case err == nil && (token != good || got.Subject != "ada"):
			t.Errorf("%q names %+v", token, got)
		case err != nil && models.CodeOf(err) != models.Unauthorized:
			t.Errorf("%q: %v", token, err)
		}
	})
}
