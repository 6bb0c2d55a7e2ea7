package access_test

import (
	"strings"
	"testing"

	"whoseline/access"
	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// enable makes a client of a face.
func (h house) enable(t *testing.T, n access.NewFace) (access.FaceClient, string) {
	t.Helper()
	client, secret, err := h.faces.Enable(t.Context(), n)
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
		client, secret := h.enable(t, access.NewFace{BusinessID: "shop", Face: access.FaceLumin, Sandbox: true})
		if len(client.ClientID) != 36 || !strings.HasPrefix(secret, "wl_face_") || len(secret) != 46 {
			t.Errorf("%+v", client)
		}
		h.refresh(t)
		first := ""
		for range 2 { // from the database, then from memory
			got, err := h.faces.Client(t.Context(), access.FaceLumin, client.ClientID, secret)
			if err != nil || got.BusinessID != "shop" || !got.Sandbox {
				t.Errorf("%+v, %v", got, err)
			}
			for what, pair := range map[string][2]string{
				"wrong secret": {client.ClientID, flipped(secret)}, "no secret": {client.ClientID, ""},
				"long secret": {client.ClientID, secret + strings.Repeat("x", 300)}, "no client": {"", secret},
				"unknown": {"nobody", secret}, "a zero byte": {"a\x00b", secret}, "no UTF-8": {"\xff", secret},
			} {
				_, err := h.faces.Client(t.Context(), access.FaceLumin, pair[0], pair[1])
				wantCode(t, what, err, models.Unauthorized)
				if first == "" {
					first = err.Error()
				}
				if err.Error() != first {
					t.Errorf("%s: %q is not %q", what, err, first)
				}
			}
			_, err = h.faces.Client(t.Context(), access.FaceDigiPay, client.ClientID, secret)
			wantCode(t, "another face", err, models.Unauthorized)
			_, err = h.faces.Known(t.Context(), access.FaceDigiPay, client.ClientID)
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
		client, secret := h.enable(t, access.NewFace{BusinessID: "shop", Face: access.FaceDigiPay})
		for _, one := range []house{h, other} {
			one.refresh(t)
			if open, err := one.faces.Enabled(t.Context(), "shop", access.FaceDigiPay); !open || err != nil {
				t.Errorf("before: %v, %v", open, err)
			}
		}
		if err := h.faces.Disable(t.Context(), "shop", access.FaceDigiPay, client.ClientID); err != nil {
			t.Fatal(err)
		}
		for _, one := range []house{h, other} {
			one.refresh(t)
			_, err := one.faces.Client(t.Context(), access.FaceDigiPay, client.ClientID, secret)
			wantCode(t, "after", err, models.Unauthorized)
			if open, err := one.faces.Enabled(t.Context(), "shop", access.FaceDigiPay); open || err != nil {
				t.Errorf("after: %v, %v", open, err)
			}
		}
		wantCode(t, "again", h.faces.Disable(t.Context(), "shop", access.FaceDigiPay, ""), models.NotFound)
		list, err := h.faces.List(t.Context(), "shop")
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
		for field, n := range map[string]access.NewFace{
			"face":     {BusinessID: "shop", Face: "camara"},
			"clientId": {BusinessID: "shop", Face: access.FaceLumin, ClientID: "a:b"},
			"secret":   {BusinessID: "shop", Face: access.FaceLumin, Secret: "too short"},
			"name":     {BusinessID: "shop", Face: access.FaceLumin, Name: "a\x00b"},
		} {
			_, _, err := h.faces.Enable(t.Context(), n)
			if e, ok := err.(*models.Error); !ok || e.Field != field {
				t.Errorf("%s: %+v", field, err)
			}
		}
		_, _, err := h.faces.Enable(t.Context(), access.NewFace{BusinessID: "nobody", Face: access.FaceLumin})
		wantCode(t, "an unknown business", err, models.NotFound)
		h.enable(t, access.NewFace{BusinessID: "shop", Face: access.FaceLumin, ClientID: "T-1", Secret: "sixteen-or-more-1"})
		_, _, err = h.faces.Enable(t.Context(), access.NewFace{BusinessID: "rival", Face: access.FaceLumin, ClientID: "T-1"})
		wantCode(t, "a client id that is taken", err, models.Conflict)
		for range 19 {
			h.enable(t, access.NewFace{BusinessID: "shop", Face: access.FaceLumin})
		}
		_, _, err = h.faces.Enable(t.Context(), access.NewFace{BusinessID: "shop", Face: access.FaceLumin})
		wantCode(t, "a client too many", err, models.Conflict)
	})
}
