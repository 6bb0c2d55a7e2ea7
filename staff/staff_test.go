package staff_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whoseline/audit"
	"whoseline/models"
	"whoseline/staff"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func TestAUserIsMadeAndFound(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		d := newDesk(t, db)
		d.business(t, "shop")
		made := d.user(t, "shop", " Ada@Example.COM ", staff.Admin)
		want := staff.User{
			BusinessID: "shop", ID: made.ID, Email: "ada@example.com", Name: "Ada Obi", Role: staff.Admin, CreatedAt: start,
		}
		if diff := cmp.Diff(want, made); diff != "" {
			t.Error(diff)
		}
		second := d.user(t, "shop", "ben@example.com", staff.Viewer)
		list, err := d.List(t.Context(), "shop")
		if diff := cmp.Diff([]staff.User{made, second}, list); err != nil || diff != "" {
			t.Error(err, diff)
		}
		found, err := d.Find(t.Context(), "shop", second.ID)
		if diff := cmp.Diff(second, found); err != nil || diff != "" {
			t.Error(err, diff)
		}
	})
}

func TestAnEmailBelongsToOneUserOfEachBusiness(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		d := newDesk(t, db)
		d.owned(t, "shop")
		d.business(t, "rival")
		for business, want := range map[string]models.Code{"shop": models.Conflict, "rival": ""} {
			_, err := d.Create(t.Context(), staff.NewUser{
				BusinessID: business, Email: "OWNER@shop.example", Role: staff.Viewer, Password: password,
			})
			wantCode(t, business, err, want)
		}
		if list, err := d.List(t.Context(), "rival"); err != nil || len(list) != 1 {
			t.Error(list, err)
		}
	})
}

func TestAUserIsRefusedForWhatItAsks(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storagetest.Open(t, storage.SQLite))
	d.business(t, "shop")
	good := staff.NewUser{BusinessID: "shop", Email: "ada.obi.of.lagos@example.com", Role: staff.Admin, Password: password}
	for what, change := range map[string]func(*staff.NewUser){
		"email: none":              func(n *staff.NewUser) { n.Email = "" },
		"email: no domain":         func(n *staff.NewUser) { n.Email = "ada" },
		"email: with a name":       func(n *staff.NewUser) { n.Email = "Ada <ada@example.com>" },
		"email: two":               func(n *staff.NewUser) { n.Email = "a@example.com,b@example.com" },
		"email: a line break":      func(n *staff.NewUser) { n.Email = "ada@example.com\r\nBcc: b@example.com" },
		"email: long":              func(n *staff.NewUser) { n.Email = strings.Repeat("a", 250) + "@b.example" },
		"name: long":               func(n *staff.NewUser) { n.Name = strings.Repeat("é", 201) },
		"name: control":            func(n *staff.NewUser) { n.Name = "a\x00b" },
		"role: none":               func(n *staff.NewUser) { n.Role = "" },
		"role: unknown":            func(n *staff.NewUser) { n.Role = "root" },
		"password: none":           func(n *staff.NewUser) { n.Password = "" },
		"password: short":          func(n *staff.NewUser) { n.Password = "elevenchars" },
		"password: long":           func(n *staff.NewUser) { n.Password = strings.Repeat("abcdefg ", 26) },
		"password: not text":       func(n *staff.NewUser) { n.Password = "a long enough \xff secret" },
		"password: common":         func(n *staff.NewUser) { n.Password = "Password1234" },
		"password: few characters": func(n *staff.NewUser) { n.Password = "abababababababab" },
		"password: the e-mail":     func(n *staff.NewUser) { n.Password = "Ada.Obi.of.Lagos@example.com" },
		"password: before the @":   func(n *staff.NewUser) { n.Password = "ada.obi.of.lagos" },
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
	for permission, roles := range map[staff.Permission]string{
		staff.Read: "owner admin viewer auditor", staff.ReadTrail: "owner auditor", staff.Reveal: "owner admin", staff.ManageKeys: "owner admin",
		staff.ManageWebhooks: "owner admin", staff.ManageMoney: "owner admin", staff.Ask: "owner admin", staff.Review: "owner admin", staff.ManageStaff: "owner", "fly": "", "": "",
	} {
		for _, role := range []staff.Role{staff.Owner, staff.Admin, staff.Viewer, staff.Auditor, "", "root"} {
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
		d.user(t, "shop", "admin@shop.example", staff.Admin)
		wantCode(t, "demote the only owner", d.SetRole(t.Context(), "shop", first.ID, staff.Admin), models.Conflict)
		wantCode(t, "disable the only owner", d.Disable(t.Context(), "shop", first.ID), models.Conflict)
		second := d.user(t, "shop", "second@shop.example", staff.Owner)
		if err := d.Disable(t.Context(), "shop", second.ID); err != nil {
			t.Fatal(err)
		}
		wantCode(t, "beside a disabled one", d.SetRole(t.Context(), "shop", first.ID, staff.Viewer), models.Conflict)
		if err := d.Enable(t.Context(), "shop", second.ID); err != nil {
			t.Fatal(err)
		}
		if err := d.SetRole(t.Context(), "shop", first.ID, staff.Viewer); err != nil {
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
			two := d.user(t, shop, "two@"+shop+".example", staff.Owner)
			results := make(chan error, 2)
			go func() { results <- d.SetRole(t.Context(), shop, one.ID, staff.Viewer) }()
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
			wantCode(t, "role", d.SetRole(t.Context(), "rival", id, staff.Viewer), models.NotFound)
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
		ada := d.user(t, "shop", "ada@shop.example", staff.Admin)
		ctx := audit.By(t.Context(), owner.ID)
		for range 2 { // the second time changes nothing
			for _, err := range []error{
				d.SetRole(ctx, "shop", ada.ID, staff.Viewer), d.Disable(ctx, "shop", ada.ID), d.ResetTOTP(ctx, "shop", ada.ID),
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
		want := []audit.Event{
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
