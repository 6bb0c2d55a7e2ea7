package handlers_test

import (
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"

	"whoseline/models"
)

// acme has money and a live and a sandbox key.
const acme = "key acme-live-token-1 business=acme\nkey acme-test-token-1 business=acme env=sandbox\ntopup 1000000 business=acme\n"

// seeded are personal values of the sandbox's people and of what these tests ask.
var seeded = []string{"08123456790", "8123456790", "812 345 6790", "EHICHIOYA", "FAMOUS", "2000-01-01", "Zebedee", "ref-secret-7"}

func TestWhatIsPersonalIsMaskedUntilItIsRevealed(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, "set PROVIDERS__LIVE=directory\n"+acme+"owner 08123456790 name=EHICHIOYA+FAMOUS+PRIOR born=2000-01-01\n")
		id := o.call(t, "acme-live-token-1", `{"mobile":"08123456790","isSubjectConsent":true,"metadata":{"customer":"ref-secret-7"},
			"validations":{"data":{"firstName":"Zebedee"}}}`)
		pages := []string{"/console/lookups/" + id, "/console/wallet.csv?from=2021-12-01&to=2021-12-31"}
		for page := range everyPage {
			pages = append(pages, page)
		}
		owner := o.enter(t, "owner@acme.example")
		for _, b := range []*browser{owner, o.enter(t, "admin@acme.example"), o.enter(t, "viewer@acme.example")} {
			for _, page := range pages {
				b.get(page).hides(t, seeded...)
			}
		}
		o.enter(t, "viewer@acme.example").post("/console/lookups/"+id+"/reveal", nil).hides(t, seeded...)
		owner.get("/console/audit").hides(t, "revealed personal data")
		owner.get("/console/lookups/"+id).shows(t, 200, "081• ••• •790", "E••••• F••••• P•••••", "Z•••••", "Other members", "1, masked", "₦50.00 was charged", "₦50.00 charged", "attested by the caller")
		for _, reason := range []string{"", "because"} {
			owner.post("/console/lookups/"+id+"/reveal", url.Values{"reason": {reason}}).shows(t, 400, "Choose why you reveal")
		}
		owner.get("/console/audit").hides(t, "revealed personal data")
		owner.post("/console/lookups/"+id+"/reveal", nil).shows(t, 200, "+234 812 345 6790", "EHICHIOYA FAMOUS PRIOR", "2000-01-01", "Zebedee", "ref-secret-7", "Hide it")
		owner.get("/console/audit").shows(t, 200, "revealed personal data", id, "The owner")
		owner.get("/console/lookups/"+id).shows(t, 200, "Revealed by The owner", "A complaint or dispute.")
		owner.get("/console/lookups/"+id).hides(t, seeded...)
		owner.get("/console/audit").hides(t, seeded...)
	})
}

func TestAConflictIsMarkedAndBothSidesAreShown(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, "set PROVIDERS__LIVE=directory,sandbox\nsettings acme check=yes\n"+acme+
			"owner 08000000004 name=OKAFOR+NGOZI born=1970-01-01\nowner 08000000000 name=Prior+Ehichioya+Famous born=2000-01-01\n")
		conflict := o.lookUp(t, "acme-live-token-1", "08000000004")
		agreed := o.lookUp(t, "acme-live-token-1", "08000000000")
		b := o.enter(t, "owner@acme.example")
		list := b.get("/console/lookups")
		list.shows(t, 200, `<span class="tag clash">Conflict</span>`, `<span class="tag ">Agreed</span>`, "2 lookups")
		page := b.get("/console/lookups/" + conflict)
		page.shows(t, 200, `<h2 id="conflict">Conflict: two sources`, "Name, date of birth", "66 % alike", `<th scope="col">directory</th>`, `<th scope="col">sandbox</th>`,
			"O••••• N•••••", "S••••• A••••• N•••••")
		page.hides(t, "OKAFOR", "SAMPLE", "1970", "1992")
		if n := strings.Count(page.html, `class="differs"`); n != 2 {
			t.Errorf("%d fields are marked: %s", n, page.html)
		}
		b.post("/console/lookups/"+conflict+"/reveal", nil).shows(t, 200, "OKAFOR NGOZI", "SAMPLE ADAEZE NGOZI", "1970-01-01", "1992-07-14")
		agree := b.get("/console/lookups/" + agreed)
		agree.shows(t, 200, "Agreed")
		agree.hides(t, `id="conflict"`, `class="differs"`)
	})
}

func TestAPageTellsNoMoreThanWasPaidFor(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, acme)
		basic := o.lookUp(t, "acme-live-token-1", "08000000004")
		advanced := o.call(t, "acme-live-token-1", `{"mobile":"08000000004","isSubjectConsent":true,"advanceSearch":true}`)
		b := o.enter(t, "owner@acme.example")
		record := []string{"<dt>NIN</dt>", "<dt>Address</dt>", "<dt>Religion</dt>", "<dt>First name</dt>"}
		b.post("/console/lookups/"+basic+"/reveal", nil).hides(t, record...)
		b.post("/console/lookups/"+advanced+"/reveal", nil).shows(t, 200, record...)
		masked := b.get("/console/lookups/" + advanced)
		masked.shows(t, 200, record...)
		masked.hides(t, "00000000004", "female", "example.com", "Ikeja", "Nsukka")
	})
}

func TestABusinessThatIsGivenVerdictsNeverSeesOwners(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, "set PROVIDERS__LIVE=directory,sandbox\nsettings acme check=yes\n"+acme+"owner 08000000004 name=OKAFOR+NGOZI born=1970-01-01\n")
		before := o.lookUp(t, "acme-live-token-1", "08000000004")
		o.prepare(t, strings.Fields("settings acme check=yes release=verdict"))
		after := o.call(t, "acme-live-token-1", `{"mobile":"08000000004","isSubjectConsent":true,"validations":{"data":{"lastName":"Okafor"}}}`)
		b := o.enter(t, "owner@acme.example")
		for _, id := range []string{before, after} {
			page := b.post("/console/lookups/"+id+"/reveal", nil)
			page.shows(t, 200, "verdicts only", "Conflict", "+234 800 000 0004")
			page.hides(t, "NGOZI", "OKAFOR", "SAMPLE", "1970-01-01", "1992-07-14")
		}
		b.get("/console/lookups/"+after).shows(t, 200, "Compared with what you expected", "Last name")
	})
}

func TestTheListIsReadInPages(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, acme)
		var ids []string
		for range 30 {
			ids = append(ids, o.lookUp(t, "acme-live-token-1", "08000000000"))
		}
		tried := o.lookUp(t, "acme-test-token-1", "08000000000")
		b := o.enter(t, "viewer@acme.example")
		first := b.get("/console/lookups")
		first.shows(t, 200, "25 lookups", "Newest first", ids[29], ids[5])
		first.hides(t, ids[4], tried)
		second := b.get(html.UnescapeString(first.first(t, `id="older" href="([^"]+)"`)))
		second.shows(t, 200, "5 lookups", ids[0], ids[4])
		second.hides(t, ids[5], `id="older"`)
		back := b.get(html.UnescapeString(second.first(t, `id="newer" href="([^"]+)"`)))
		back.shows(t, 200, "25 lookups", ids[29], ids[5], `id="older"`)
		back.hides(t, ids[4], `id="newer"`)
		oldest := b.get("/console/lookups?sort=oldest")
		oldest.shows(t, 200, "25 lookups", ids[0], ids[24], `id="newer"`)
		oldest.hides(t, ids[25], `id="older"`)
		b.get(html.UnescapeString(oldest.first(t, `id="newer" href="([^"]+)"`))).shows(t, 200, "5 lookups", ids[25], ids[29], `id="older"`)
		sandbox := b.get("/console/lookups?env=sandbox")
		sandbox.shows(t, 200, tried, "1 lookup")
		sandbox.hides(t, ids[0])
		b.get("/console/lookups/"+tried).shows(t, 200, "Free: it was asked with a sandbox key.", "sandbox")
		b.get("/console/lookups?before=nonsense").shows(t, 400, "Cursor is not valid.", "Nothing was searched.")
	})
}

func TestTheListIsNarrowedByFilters(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, acme)
		ask := func(number, metadata string) string {
			return o.call(t, "acme-live-token-1", `{"mobile":"`+number+`","isSubjectConsent":true,"metadata":`+metadata+`}`)
		}
		found, none := ask("08000000000", `{"branch":"Yaba","n":7}`), ask("08000000001", `{"branch":"Yaba"}`)
		o.world.move(48 * 3600e9)
		late := ask("08000000000", `{"branch":"Ikeja","n":"7"}`)
		b := o.enter(t, "viewer@acme.example")
		all := []string{found, none, late}
		for name, c := range map[string]struct {
			form url.Values
			want []string
		}{
			"nothing":           {url.Values{}, all},
			"a status":          {url.Values{"status": {"not_found"}}, []string{none}},
			"a day":             {url.Values{"from": {"2021-12-15"}, "to": {"2021-12-15"}}, []string{found, none}},
			"from a day":        {url.Values{"from": {"2021-12-16"}}, []string{late}},
			"a number":          {url.Values{"phone": {"0800 000 0000"}}, []string{found, late}},
			"a number and when": {url.Values{"phone": {"+2348000000000"}, "to": {"2021-12-15"}}, []string{found}},
			"metadata as text":  {url.Values{"member": {"branch"}, "equals": {"Yaba"}}, []string{found, none}},
			"text of digits":    {url.Values{"member": {"n"}, "equals": {"7"}}, []string{late}},
			"a number in JSON":  {url.Values{"member": {"n"}, "equals": {" 7"}, "kind": {"json"}}, []string{found}},
			"the other side":    {url.Values{"env": {"sandbox"}}, nil},
		} {
			page := b.post("/console/lookups", c.form)
			page.shows(t, 200, c.want...)
			for _, id := range all {
				if strings.Contains(page.html, id) != strings.Contains(fmt.Sprint(c.want), id) {
					t.Errorf("%s: %s: %s", name, id, page.html)
				}
			}
		}
		b.post("/console/lookups", url.Values{"phone": {"12"}}).shows(t, 400, "not a valid Nigerian number")
		b.post("/console/lookups", url.Values{"member": {"n"}, "equals": {"{"}, "kind": {"json"}}).shows(t, 400, "not JSON")
		b.get("/console/lookups?phone=08000000000&member=branch&equals=Yaba").shows(t, 200, all...)
		o.world.move(40 * 24 * 3600e9)
		b = o.enter(t, "viewer@acme.example")
		b.post("/console/lookups", url.Values{"status": {"found"}}).shows(t, 200, "No lookup matches", "Only 31 days were searched", "Search the whole history")
		b.post("/console/lookups", url.Values{"status": {"found"}, "to": {"2021-12-15"}}).shows(t, 200, "1 lookup", found)
		b.post("/console/lookups", url.Values{"status": {"found"}, "from": {"2021-12-01"}}).shows(t, 200, found, late)
	})
}

func TestTheOverviewCountsWhatCameOut(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, acme)
		for range 3 {
			o.lookUp(t, "acme-live-token-1", "08000000000")
		}
		o.lookUp(t, "acme-live-token-1", "08000000001")
		o.lookUp(t, "acme-test-token-1", "08000000000")
		page := o.enter(t, "viewer@acme.example").get("/console")
		page.shows(t, 200, "₦9,800.00", "sandbox", "Working",
			`Wednesday 15 December 2021</a></th><td class="num">3</td><td class="num">1</td><td class="num">0</td><td class="num">0</td><td class="num">0</td><td class="num">4</td>`,
			"Wednesday 15 December 2021: 3 found, 1 not found, 0 pending, 0 failed")
		globex := o.enter(t, "owner@globex.example").get("/console")
		globex.hides(t, "3 found")
		globex.shows(t, 200, "Set up Business", "0 of 5 done")
		o.enter(t, "viewer@acme.example").get("/console?env=sandbox").shows(t, 200, "Wednesday 15 December 2021: 1 found, 0 not found")
	})
}

func TestAPendingLookupIsShownAsSuch(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, acme+"webhook https://hooks.example/x business=acme\n")
		o.app.Lookups.AskLive(unreachable{})
		id := o.lookUp(t, "acme-live-token-1", "08000000000")
		b := o.enter(t, "viewer@acme.example")
		b.get("/console/lookups/"+id).shows(t, 200, `<span class="tag pending">Pending</span>`, "₦50.00 is held", "No source has answered.")
		b.post("/console/lookups", url.Values{"status": {string(models.StatusPending)}}).shows(t, 200, id)
	})
}
