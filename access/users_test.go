package access_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whoseline/access"
	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func TestAUserIsMadeAndFound(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		d := newDesk(t, db)
		d.business(t, "shop")
		made := d.user(t, "shop", " Ada@Example.COM ", access.Admin)
		want := access.User{
			BusinessID: "shop", ID: made.ID, Email: "ada@example.com", Name: "Ada Obi", Role: access.Admin, CreatedAt: start,
		}
		if diff := cmp.Diff(want, made); diff != "" {
			t.Error(diff)
		}
		second := d.user(t, "shop", "ben@example.com", access.Viewer)
		list, err := d.List(t.Context(), "shop")
		if diff := cmp.Diff([]access.User{made, second}, list); err != nil || diff != "" {
			t.Error(err, diff)
		}
		found, err := d.Find(t.Context(), "shop", second.ID)
		if diff := cmp.Diff(second, found); err != nil || diff != "" {
			t.Error(err, diff)
		}
	})
}

func TestAnEmailBelongsToOneUserOfOneBusiness(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		d := newDesk(t, db)
		d.owned(t, "shop")
		d.business(t, "rival")
		for _, business := range []string{"shop", "rival"} {
			_, err := d.Create(t.Context(), access.NewUser{
				BusinessID: business, Email: "OWNER@shop.example", Role: access.Viewer, Password: password,
			})
			wantCode(t, business, err, models.Conflict)
		}
		if list, err := d.List(t.Context(), "rival"); err != nil || len(list) != 0 {
			t.Error(list, err)
		}
	})
}

func TestAUserIsRefusedForWhatItAsks(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storagetest.Open(t, storage.SQLite))
	d.business(t, "shop")
	good := access.NewUser{BusinessID: "shop", Email: "ada.obi.of.lagos@example.com", Role: access.Admin, Password: password}
	for what, change := range map[string]func(*access.NewUser){
		"email: none":              func(n *access.NewUser) { n.Email = "" },
		"email: no domain":         func(n *access.NewUser) { n.Email = "ada" },
		"email: with a name":       func(n *access.NewUser) { n.Email = "Ada <ada@example.com>" },
		"email: two":               func(n *access.NewUser) { n.Email = "a@example.com,b@example.com" },
		"email: a line break":      func(n *access.NewUser) { n.Email = "ada@example.com\r\nBcc: b@example.com" },
		"email: long":              func(n *access.NewUser) { n.Email = strings.Repeat("a", 250) + "@b.example" },
		"name: long":               func(n *access.NewUser) { n.Name = strings.Repeat("é", 201) },
		"name: control":            func(n *access.NewUser) { n.Name = "a\x00b" },
		"role: none":               func(n *access.NewUser) { n.Role = "" },
		"role: unknown":            func(n *access.NewUser) { n.Role = "root" },
		"password: none":           func(n *access.NewUser) { n.Password = "" },
		"password: short":          func(n *access.NewUser) { n.Password = "elevenchars" },
		"password: long":           func(n *access.NewUser) { n.Password = strings.Repeat("abcdefg ", 26) },
		"password: not text":       func(n *access.NewUser) { n.Password = "a long enough \xff secret" },
		"password: common":         func(n *access.NewUser) { n.Password = "Password1234" },
		"password: few characters": func(n *access.NewUser) { n.Password = "abababababababab" },
		"password: the e-mail":     func(n *access.NewUser) { n.Password = "Ada.Obi.of.Lagos@example.com" },
		"password: before the @":   func(n *access.NewUser) { n.Password = "ada.obi.of.lagos" },
	} {
		n := good
		change(&n)
		_, err := d.Create(t.Context(), n)
		field, _, _ := strings.Cut(what, ":")
		if e := (*models.Error)(nil); !errors.As(err, &e) || e.Code != models.Invalid || e.Field != field {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, business := range map[string]string{"an unknown business": "nobody", "no id": "a\x00b"} {
		n := good
		n.BusinessID = business
		_, err := d.Create(t.Context(), n)
		wantCode(t, what, err, models.NotFound)
	}
	for _, twelve := range []string{"twelve chars", strings.Repeat("längst ", 28) + "1234"} {
		n := good
		n.Email, n.Password = "u"+twelve[:1]+"@example.com", twelve
		if _, err := d.Create(t.Context(), n); err != nil {
			t.Errorf("%d bytes: %v", len(twelve), err)
		}
	}
}

func TestARoleMayDoWhatTheTableSays(t *testing.T) {
	t.Parallel()
	for permission, roles := range map[access.Permission]string{
		access.Read: "owner admin viewer", access.Reveal: "owner admin", access.ManageKeys: "owner admin",
		access.ManageWebhooks: "owner admin", access.ManageStaff: "owner", "fly": "", "": "",
	} {
		for _, role := range []access.Role{access.Owner, access.Admin, access.Viewer, "", "root"} {
			want := role != "" && strings.Contains(roles, string(role))
			if got := role.May(permission); got != want {
				t.Errorf("%s may %s: %t", role, permission, got)
			}
		}
	}
}

func TestTheLastOwnerStays(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		d := newDesk(t, db)
		first := d.owned(t, "shop")
		d.user(t, "shop", "admin@shop.example", access.Admin)
		wantCode(t, "demote the only owner", d.SetRole(t.Context(), "shop", first.ID, access.Admin), models.Conflict)
		wantCode(t, "disable the only owner", d.Disable(t.Context(), "shop", first.ID), models.Conflict)
		second := d.user(t, "shop", "second@shop.example", access.Owner)
		if err := d.Disable(t.Context(), "shop", second.ID); err != nil {
			t.Fatal(err)
		}
		wantCode(t, "beside a disabled one", d.SetRole(t.Context(), "shop", first.ID, access.Viewer), models.Conflict)
		if err := d.Enable(t.Context(), "shop", second.ID); err != nil {
			t.Fatal(err)
		}
		if err := d.SetRole(t.Context(), "shop", first.ID, access.Viewer); err != nil {
			t.Errorf("beside another one: %v", err)
		}
		wantCode(t, "the other one then", d.Disable(t.Context(), "shop", second.ID), models.Conflict)
	})
}

func TestOfTwoOwnersWhoDemoteEachOtherOneStays(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		d := newDesk(t, db)
		beside := newDeskBeside(t, db, d.script)
		for i := range 20 {
			shop := fmt.Sprintf("shop%d", i)
			one := d.owned(t, shop)
			two := d.user(t, shop, "two@"+shop+".example", access.Owner)
			results := make(chan error, 2)
			go func() { results <- d.SetRole(t.Context(), shop, one.ID, access.Viewer) }()
			go func() { results <- beside.Disable(t.Context(), shop, two.ID) }()
			codes := map[models.Code]int{}
			for range 2 {
				codes[models.CodeOf(<-results)]++
			}
			if codes[""] != 1 || codes[models.Conflict] != 1 {
				t.Error(codes)
			}
		}
	})
}

func TestAnotherBusinesssUserIsNotThere(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		d := newDesk(t, db)
		owner := d.owned(t, "shop")
		d.owned(t, "rival")
		for _, id := range []string{owner.ID, "nobody", "", "a\x00b", strings.Repeat("a", 65)} {
			_, err := d.Find(t.Context(), "rival", id)
			wantCode(t, "find", err, models.NotFound)
			wantCode(t, "role", d.SetRole(t.Context(), "rival", id, access.Viewer), models.NotFound)
			wantCode(t, "password", d.SetPassword(t.Context(), "rival", id, password), models.NotFound)
			wantCode(t, "disable", d.Disable(t.Context(), "rival", id), models.NotFound)
			wantCode(t, "enable", d.Enable(t.Context(), "rival", id), models.NotFound)
			wantCode(t, "second factor", d.ResetTOTP(t.Context(), "rival", id), models.NotFound)
		}
	})
}

func TestChangesAreNoted(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		d := newDesk(t, db)
		owner := d.owned(t, "shop")
		ada := d.user(t, "shop", "ada@shop.example", access.Admin)
		ctx := access.By(t.Context(), owner.ID)
		for range 2 { // the second time changes nothing
			for _, err := range []error{
				d.SetRole(ctx, "shop", ada.ID, access.Viewer), d.Disable(ctx, "shop", ada.ID), d.ResetTOTP(ctx, "shop", ada.ID),
			} {
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := errors.Join(d.Enable(ctx, "shop", ada.ID), d.Enable(ctx, "shop", ada.ID)); err != nil {
			t.Fatal(err)
		}
		events, _, err := d.trail.List(t.Context(), "shop", 0, 3)
		want := []access.Event{
			{BusinessID: "shop", Seq: 5, At: start, Actor: owner.ID, Action: "user.enabled", Target: ada.ID, Detail: "{}"},
			{BusinessID: "shop", Seq: 4, At: start, Actor: owner.ID, Action: "user.disabled", Target: ada.ID, Detail: "{}"},
			{
				BusinessID: "shop", Seq: 3, At: start, Actor: owner.ID, Action: "user.role_changed", Target: ada.ID,
				Detail: `{"role":"viewer"}`,
			},
		}
		if diff := cmp.Diff(want, events); err != nil || diff != "" {
			t.Error(err, diff)
		}
	})
}
