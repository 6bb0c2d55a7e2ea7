package access_test

import (
	"strings"
	"testing"

	"whoseline/access"
	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// enable makes a client of a dialect.
func (h house) enable(t *testing.T, n access.NewPartnerClient) (access.PartnerClient, string) {
	t.Helper()
	client, secret, err := h.partners.Enable(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return client, secret
}

func TestAClientIsKnownByItsCredential(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(db)
		h.business(t, "shop")
		client, secret := h.enable(t, access.NewPartnerClient{BusinessID: "shop", Dialect: access.DialectLumin, Sandbox: true})
		if len(client.ClientID) != 36 || !strings.HasPrefix(secret, "wl_face_") || len(secret) != 46 {
			t.Errorf("%+v", client)
		}
		h.refresh(t)
		first := ""
		for range 2 { // from the database, then from memory
			got, err := h.partners.Client(t.Context(), access.DialectLumin, client.ClientID, secret)
			if err != nil || got.BusinessID != "shop" || !got.Sandbox {
				t.Errorf("%+v, %v", got, err)
			}
			for what, pair := range map[string][2]string{
				"wrong secret": {client.ClientID, flipped(secret)}, "no secret": {client.ClientID, ""},
				"long secret": {client.ClientID, secret + strings.Repeat("x", 300)}, "no client": {"", secret},
				"unknown": {"nobody", secret}, "a zero byte": {"a\x00b", secret}, "no UTF-8": {"\xff", secret},
			} {
				_, err := h.partners.Client(t.Context(), access.DialectLumin, pair[0], pair[1])
				wantCode(t, what, err, models.Unauthorized)
				if first == "" {
					first = err.Error()
				}
				if err.Error() != first {
					t.Errorf("%s: %q is not %q", what, err, first)
				}
			}
			_, err = h.partners.Client(t.Context(), access.DialectDigiPay, client.ClientID, secret)
			wantCode(t, "another face", err, models.Unauthorized)
			_, err = h.partners.Known(t.Context(), access.DialectDigiPay, client.ClientID)
			wantCode(t, "known at another face", err, models.NotFound)
		}
	})
}

func TestADisabledClientIsAStrangerInEveryProcess(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(db)
		other := newNeighbour(db, h.script)
		h.business(t, "shop")
		client, secret := h.enable(t, access.NewPartnerClient{BusinessID: "shop", Dialect: access.DialectDigiPay})
		for _, one := range []house{h, other} {
			one.refresh(t)
			if open, err := one.partners.Enabled(t.Context(), "shop", access.DialectDigiPay); !open || err != nil {
				t.Errorf("before: %v, %v", open, err)
			}
		}
		if err := h.partners.Disable(t.Context(), "shop", access.DialectDigiPay, client.ClientID); err != nil {
			t.Fatal(err)
		}
		for _, one := range []house{h, other} {
			one.refresh(t)
			_, err := one.partners.Client(t.Context(), access.DialectDigiPay, client.ClientID, secret)
			wantCode(t, "after", err, models.Unauthorized)
			if open, err := one.partners.Enabled(t.Context(), "shop", access.DialectDigiPay); open || err != nil {
				t.Errorf("after: %v, %v", open, err)
			}
		}
		wantCode(t, "again", h.partners.Disable(t.Context(), "shop", access.DialectDigiPay, ""), models.NotFound)
		list, err := h.partners.List(t.Context(), "shop")
		if err != nil || len(list) != 1 || list[0].DisabledAt.IsZero() {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func TestAFaceIsRefusedForWhatItAsks(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(db)
		h.business(t, "shop")
		h.business(t, "rival")
		for field, n := range map[string]access.NewPartnerClient{
			"face":     {BusinessID: "shop", Dialect: "camara"},
			"clientId": {BusinessID: "shop", Dialect: access.DialectLumin, ClientID: "a:b"},
			"secret":   {BusinessID: "shop", Dialect: access.DialectLumin, Secret: "too short"},
			"name":     {BusinessID: "shop", Dialect: access.DialectLumin, Name: "a\x00b"},
		} {
			_, _, err := h.partners.Enable(t.Context(), n)
			if e, ok := err.(*models.Error); !ok || e.Field != field {
				t.Errorf("%s: %+v", field, err)
			}
		}
		_, _, err := h.partners.Enable(t.Context(), access.NewPartnerClient{BusinessID: "nobody", Dialect: access.DialectLumin})
		wantCode(t, "an unknown business", err, models.NotFound)
		h.enable(t, access.NewPartnerClient{BusinessID: "shop", Dialect: access.DialectLumin, ClientID: "T-1", Secret: "sixteen-or-more-1"})
		_, _, err = h.partners.Enable(t.Context(), access.NewPartnerClient{BusinessID: "rival", Dialect: access.DialectLumin, ClientID: "T-1"})
		wantCode(t, "a client id that is taken", err, models.Conflict)
		for range 19 {
			h.enable(t, access.NewPartnerClient{BusinessID: "shop", Dialect: access.DialectLumin})
		}
		_, _, err = h.partners.Enable(t.Context(), access.NewPartnerClient{BusinessID: "shop", Dialect: access.DialectLumin})
		wantCode(t, "a client too many", err, models.Conflict)
	})
}
