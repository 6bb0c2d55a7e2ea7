package handlers_test

import (
	"net/url"
	"strings"
	"testing"
)

func TestSomebodySignsOutEverywhereElse(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, "")
		here, phone, lost := o.enter(t, "owner@acme.example"), o.enter(t, "owner@acme.example"), o.enter(t, "owner@acme.example")
		other := o.enter(t, "admin@acme.example")
		page := here.get("/console/account")
		page.shows(t, 200, "Where you are signed in", "This session", "Sign out everywhere else")
		if n := strings.Count(page.html, `name="session"`); n != 2 {
			t.Errorf("%d other sessions", n)
		}
		here.post("/console/account/sessions", url.Values{"session": {page.first(t, `name="session" value="([0-9a-f]+)"`)}})
		stay := 0
		for _, b := range []*browser{phone, lost} {
			if b.get("/console").status == 200 {
				stay++
			}
		}
		if stay != 1 {
			t.Errorf("%d of two other sessions go on", stay)
		}
		here.post("/console/account/sessions", url.Values{"session": {"61b934dfaab326675cdfaab3"}}).shows(t, 404, "There is no such session")
		here.post("/console/account/sessions", nil)
		for b, want := range map[*browser]int{here: 200, phone: 303, lost: 303, other: 200} {
			if got := b.get("/console").status; got != want {
				t.Errorf("status %d, want %d", got, want)
			}
		}
		here.get("/console/account").hides(t, "Sign out everywhere else")
		here.get("/console/audit").shows(t, 200, "signed out")
	})
}
