package access_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whoseline/access"
	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func TestATokenLeadsToItsBusiness(t *testing.T) {
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(db)
		h.business(t, "shop")
		key, token, err := h.Create(t.Context(), access.NewKey{
			BusinessID: "shop", Name: "till", Sandbox: true, Rate: 3,
			AllowedIPs: []string{"10.0.0.0/8", "192.0.2.7", "2001:db8::/32"},
		})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(token, "wl_test_") || !strings.HasSuffix(token, key.Hint) || len(key.Hint) != 4 {
			t.Errorf("token %q, hint %q", token, key.Hint)
		}
		want := models.Requester{ID: key.ID, FirstName: "API", LastName: "User"}
		if key.Requester != want {
			t.Errorf("requester: %+v", key.Requester)
		}
		for _, source := range []string{"database", "memory"} {
			got, err := h.Business(t.Context(), token)
			if err != nil {
				t.Fatalf("%s: %v", source, err)
			}
			if diff := cmp.Diff(key, got.Key); diff != "" {
				t.Errorf("%s: %s", source, diff)
			}
			if got.Business.ID != "shop" || got.Rate != 3 || got.Prices().For(false, models.OutcomeFound) != 5000 {
				t.Errorf("%s: %+v", source, got)
			}
			h.refresh(t)
		}
	})
}

func TestTheDefaultRateIsForKeysWithoutTheirOwn(t *testing.T) {
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(db)
		h.business(t, "shop")
		_, token := h.key(t, "shop")
		c, err := h.Business(t.Context(), token)
		if err != nil || c.Rate != 7 || c.Key.Rate != 0 {
			t.Errorf("%+v, %v", c, err)
		}
	})
}

func TestEveryoneWhoMayNotComeInHearsTheSame(t *testing.T) {
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(db)
		h.business(t, "shop")
		revoked, revokedToken := h.key(t, "shop")
		if err := h.Revoke(t.Context(), revoked.ID); err != nil {
			t.Fatal(err)
		}
		rotated, expiredToken := h.key(t, "shop")
		if _, _, err := h.Rotate(t.Context(), rotated.ID, 0); err != nil {
			t.Fatal(err)
		}
		_, good := h.key(t, "shop")
		h.refresh(t)
		first := ""
		for what, token := range map[string]string{
			"nothing": "", "short": "abc", "long": strings.Repeat("a", 201), "control": "aaaaaaaaaaaaaaaaaa\n",
			"bad checksum": flipped(good), "cut": good[:45], "longer": good + "a", "stranger": "someone-elses-token",
			"revoked": revokedToken, "expired": expiredToken, "other prefix": "wl_prod_" + good[8:],
		} {
			for range 2 { // from the database, then from memory
				_, err := h.Business(t.Context(), token)
				wantCode(t, what, err, models.Unauthorized)
				if first == "" {
					first = err.Error()
				}
				if err.Error() != first {
					t.Errorf("%s: %q is not %q", what, err, first)
				}
			}
		}
		if got := h.code(t.Context(), good); got != "" {
			t.Errorf("the good token: %s", got)
		}
	})
}

// flipped changes the last character of a token.
func flipped(token string) string {
	last := byte('a')
	if token[len(token)-1] == last {
		last = 'b'
	}
	return token[:len(token)-1] + string(last)
}

func TestATokenFromElsewhereOpensTheDoor(t *testing.T) {
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(db)
		h.business(t, "shop")
		h.refresh(t)
		const token = "YV.0123456789abcdef"
		if got := h.code(t.Context(), token); got != models.Unauthorized {
			t.Fatalf("before: %q", got)
		}
		key, given, err := h.Create(t.Context(), access.NewKey{BusinessID: "shop", Token: token})
		if err != nil || given != token || key.Hint != "cdef" {
			t.Fatalf("%q, %+v, %v", given, key, err)
		}
		if got := h.code(t.Context(), token); got != "" {
			t.Errorf("after: %q", got)
		}
		_, _, err = h.Create(t.Context(), access.NewKey{BusinessID: "shop", Token: token})
		wantCode(t, "the same token again", err, models.Conflict)
	})
}

func TestAKeyIsRefusedForWhatItAsks(t *testing.T) {
	db := storagetest.Open(t, storage.SQLite)
	h := newHouse(db)
	h.business(t, "shop")
	_, live := h.key(t, "shop")
	for field, n := range map[string]access.NewKey{
		"name":       {BusinessID: "shop", Name: strings.Repeat("é", 201)},
		"rate":       {BusinessID: "shop", Rate: -1},
		"allowedIps": {BusinessID: "shop", AllowedIPs: []string{"10.0.0.1/8"}},
		"requester":  {BusinessID: "shop", Requester: &models.Requester{FirstName: "a\x00b"}},
		"token":      {BusinessID: "shop", Token: "short"},
	} {
		_, _, err := h.Create(t.Context(), n)
		wantCode(t, field, err, models.Invalid)
		if e, ok := err.(*models.Error); !ok || e.Field != field {
			t.Errorf("%s: %+v", field, err)
		}
	}
	for what, token := range map[string]string{
		"a live token for a sandbox key": live, "a broken checksum": flipped(live), "a space": "sixteen and more s",
	} {
		_, _, err := h.Create(t.Context(), access.NewKey{BusinessID: "shop", Sandbox: true, Token: token})
		wantCode(t, what, err, models.Invalid)
	}
	_, _, err := h.Create(t.Context(), access.NewKey{BusinessID: "nobody"})
	wantCode(t, "an unknown business", err, models.NotFound)
}

func TestAddressesOutsideTheBlocksAreNotAllowed(t *testing.T) {
	db := storagetest.Open(t, storage.SQLite)
	h := newHouse(db)
	h.business(t, "shop")
	_, token, err := h.Create(t.Context(), access.NewKey{
		BusinessID: "shop", AllowedIPs: []string{"10.0.0.0/8", "192.0.2.7", "2001:db8::/32"},
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := h.Business(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		"10.1.2.3": true, "::ffff:10.1.2.3": true, "192.0.2.7": true, "192.0.2.8": false, "2001:db8::1": true,
		"2001:db8::1%eth0": true, "2001:db9::1": false,
	} {
		if got := c.AllowedAddress(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	if c.AllowedAddress(netip.Addr{}) {
		t.Error("an unknown address was allowed")
	}
	_, anywhere := h.key(t, "shop")
	if c, err = h.Business(t.Context(), anywhere); err != nil || !c.AllowedAddress(netip.Addr{}) {
		t.Errorf("a key without blocks was held to one: %v", err)
	}
}

func TestAnUnreadableBlockAllowsNothing(t *testing.T) {
	db := storagetest.Open(t, storage.SQLite)
	h := newHouse(db)
	h.business(t, "shop")
	key, token := h.key(t, "shop")
	if err := db.Gorm.Exec(`UPDATE api_keys SET allowed_ips = '["what"]' WHERE id = ?`, key.ID).Error; err != nil {
		t.Fatal(err)
	}
	c, err := h.Business(t.Context(), token)
	if err != nil || c.AllowedAddress(netip.MustParseAddr("10.0.0.1")) {
		t.Errorf("allowed: %v", err)
	}
}
