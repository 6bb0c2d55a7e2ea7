package handlers_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"whoseline/lookup"
	"whoseline/models"
)

func TestSomebodyDecidesWhichAnswerStands(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, "set PROVIDERS__LIVE=directory,sandbox\nsettings acme check=yes\n"+acme+
			"owner 08000000004 name=OKAFOR+NGOZI born=1970-01-01\nowner 08000000000 name=Prior+Ehichioya+Famous born=2000-01-01\n")
		conflict := o.lookUp(t, "acme-live-token-1", "08000000004")
		agreed := o.lookUp(t, "acme-live-token-1", "08000000000")
		b, admin := o.enter(t, "owner@acme.example"), o.enter(t, "admin@acme.example")
		b.get("/console/conflicts").shows(t, 200, "Nothing here")
		o.world.move(time.Minute)
		must(t, o.app.Lookups.CountNew(t.Context()))
		queue := b.get("/console/conflicts")
		queue.shows(t, 200, "080• ••• •004", `href="/console/lookups/`+conflict, "nobody")
		queue.hides(t, agreed, "OKAFOR", "1970")
		b.get("/console/lookups/"+agreed).hides(t, `id="review"`)
		b.get("/console/lookups/"+conflict).shows(t, 200, "Nobody has decided yet", "the answer of directory stands", "no answer stands")

		at := "/console/lookups/" + conflict + "/review"
		for _, bad := range []struct {
			form  url.Values
			words string
		}{
			{nil, "Write a note, name somebody, or decide"},
			{url.Values{"stands": {"mtn"}}, "Stands must be a source that answered"},
			{url.Values{"assignee": {o.users["viewer@acme.example"].ID}}, "Choose somebody who may decide"},
			{url.Values{"assignee": {o.users["owner@globex.example"].ID}}, "Choose somebody who may decide"},
			{url.Values{"note": {strings.Repeat("é", 501)}}, "At most 500 characters"},
		} {
			s := b.post(at, bad.form)
			if s.status != 400 || !strings.Contains(strings.ToLower(s.html), strings.ToLower(bad.words)) {
				t.Errorf("%v: %d", bad.form, s.status)
			}
		}
		b.post("/console/lookups/"+agreed+"/review", url.Values{"note": {"x"}}).shows(t, 409, "do not disagree")
		o.enter(t, "owner@globex.example").post(at, url.Values{"note": {"x"}}).shows(t, 404)
		o.enter(t, "viewer@acme.example").post(at, url.Values{"note": {"x"}}).shows(t, 403)

		b.post(at, url.Values{"assignee": {o.users["admin@acme.example"].ID}, "note": {"Spoke to Zebedee"}})
		admin.get("/console/conflicts?show=mine").shows(t, 200, conflict)
		b.get("/console/conflicts?show=mine").hides(t, conflict)
		admin.post(at, url.Values{"stands": {"directory"}})
		admin.get("/console/lookups/"+conflict).shows(t, 200, "The answer of directory stands", "The owner gave it to The admin", "Spoke to Zebedee", "The admin decided that the answer of directory stands")
		b.get("/console/conflicts").hides(t, conflict)
		b.get("/console/conflicts?show=decided").shows(t, 200, conflict, "directory")
		b.get("/console/audit").shows(t, 200, "reviewed a conflict", "stands: directory")
		b.get("/console/audit").hides(t, "Zebedee")
		b.get("/console/conflicts?show=all").shows(t, 400)

		r, err := o.app.Lookups.Get(t.Context(), "acme", false, conflict)
		must(t, err)
		if r.Said.Check != models.CheckConflict || len(r.Statements()) != 2 {
			t.Errorf("the record changed: %+v", r.Said)
		}
		phone, _ := models.ParseNigerian("08000000004")
		_, err = o.app.Lookups.Erase(t.Context(), lookup.Erasure{BusinessID: "acme", Phone: phone, Reason: "subject_request"})
		must(t, err)
		b.get("/console/lookups/"+conflict).hides(t, "Zebedee")
		b.post(at, url.Values{"note": {"late"}}).shows(t, 409, "was erased")
	})
}
