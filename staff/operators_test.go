package staff_test

import (
	"os"
	"strings"
	"testing"

	"whoseline/access"
	"whoseline/models"
	"whoseline/staff"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// guideActs are the rows of the guide's table, in its words.
var guideActs = map[string]staff.Act{
	"see businesses, approvals, sources":   staff.Look,
	"see the operators' trail":             staff.SeeTrail,
	"make, suspend and resume a business":  staff.RunBusinesses,
	"see a business's console, masked":     staff.SeeTenant,
	"revoke a key of a business":           staff.RevokeKeys,
	"credit, refund, adjust":               staff.MoveMoney,
	"switch a source off and on":           staff.SwitchSources,
	"approve what somebody else asked for": staff.ApproveMoney,
}

func TestTheGuideToTheDeskTellsWhatEachRoleMayDo(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/operate/desk.md")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		act, known := guideActs[strings.TrimSpace(cells[0])]
		if !known {
			continue
		}
		said[string(act)] = true
		for i, role := range staff.OperatorRoles() {
			if may := strings.TrimSpace(cells[i+1]) == "yes"; may != role.Can(act) {
				t.Errorf("%s, %s: the guide says %t", act, role, may)
			}
		}
	}
	if len(said) != len(guideActs) {
		t.Errorf("the guide tells of %v", said)
	}
}

func TestOperatorsAreNoBusinesssStaffAndTheirKeysEndWithThem(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		d := newDesk(t, db)
		d.business(t, "shop")
		house := newDeskBeside(t, d.db, d.script, func(o *staff.Options) { o.House = access.OperatorTrail })
		made, err := house.Create(t.Context(), staff.NewUser{
			BusinessID: access.OperatorTrail, Email: "ada@example.com", Name: "Ada", Role: staff.Finance, Password: password,
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.Create(t.Context(), staff.NewUser{BusinessID: "shop", Email: "b@example.com", Role: staff.Finance, Password: password})
		wantCode(t, "an operator's role in a business", err, models.Invalid)
		_, err = house.Create(t.Context(), staff.NewUser{BusinessID: access.OperatorTrail, Email: "b@example.com", Role: staff.Owner, Password: password})
		wantCode(t, "a business's role at the desk", err, models.Invalid)
		who, err := house.Canonical(t.Context(), access.OperatorTrail, " ADA@example.com")
		if err != nil || who != made.OperatorActor() {
			t.Errorf("%q, %v", who, err)
		}
		_, token, err := house.MakeKey(t.Context(), access.OperatorTrail, made.ID, "books")
		if err != nil {
			t.Fatal(err)
		}
		if v, err := house.ByKey(t.Context(), access.OperatorTrail, token); err != nil || v.ID != made.ID {
			t.Errorf("%+v, %v", v, err)
		}
		if err := house.Disable(t.Context(), access.OperatorTrail, made.ID); err != nil {
			t.Fatal(err)
		}
		_, err = house.ByKey(t.Context(), access.OperatorTrail, token)
		wantCode(t, "the key of one who is shut out", err, models.Unauthorized)
		report, err := d.trail.Verify(t.Context(), access.OperatorTrail, house.Rows)
		if err != nil || len(report.Lies) != 0 {
			t.Fatalf("%+v, %v", report, err)
		}
		if err := d.db.Gorm.Exec("UPDATE operator_keys SET user_id = 'mallory'").Error; err != nil {
			t.Fatal(err)
		}
		if report, err = d.trail.Verify(t.Context(), access.OperatorTrail, house.Rows); err != nil || len(report.Lies) != 1 {
			t.Errorf("a key that was given to somebody else: %+v, %v", report, err)
		}
	})
}
