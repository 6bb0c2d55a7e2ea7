package handlers_test

import (
	"strings"
	"testing"
	"time"
)

func TestTheOverviewComparesItsTimeWithTheOneBefore(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, acme)
		o.lookUp(t, "acme-live-token-1", "08000000000")
		o.world.move(7 * 24 * time.Hour)
		for range 2 {
			o.lookUp(t, "acme-live-token-1", "08000000000")
		}
		b := o.enter(t, "admin@acme.example")
		for round := range 2 {
			b.get("/console?range=7d").shows(t, 200, "16 Dec 2021 to 22 Dec 2021", "₦100.00", "100.0 % more than before", "at ₦14.28 a day")
			b.get("/console?range=24h").shows(t, 200, "Lookups by hour", "22 Dec 2021, 01:00: 2 found", "none before")
			b.get("/console?from=2021-12-15&to=2021-12-15").shows(t, 200, "Wednesday 15 December 2021: 1 found", "none before")
			if round == 0 {
				o.world.move(time.Minute)
				must(t, o.app.Lookups.CountNew(t.Context()))
			}
		}
		b.get("/console?range=1y").shows(t, 400, "Range must be 24h, 7d or 30d.", "Lookups by day")
		b.get("/console?from=2021-12-15").shows(t, 400, "Choose a first and a last day")
	})
}

func TestAPartOfTheOverviewThatFailsLeavesTheOthers(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, acme)
		o.lookUp(t, "acme-live-token-1", "08000000000")
		b := o.enter(t, "admin@acme.example")
		must(t, o.app.DB.Gorm.Exec("DROP TABLE lookup_spans").Error)
		page := b.get("/console")
		page.shows(t, 200, "This part could not be read just now", "₦9,950.00", "Sources", "Working")
		if n := strings.Count(page.html, "could not be read"); n != 1 {
			t.Errorf("%d parts are said to be broken", n)
		}
	})
}

func TestAnEndpointThatFailsIsToldOfOnTheOverviewAndItsPage(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, acme+"webhook https://hooks.example/x business=acme\n")
		o.app.Lookups.AskLive(unreachable{})
		id := o.lookUp(t, "acme-live-token-1", "08000000000")
		o.app.Lookups.AskLive(o.app.Live)
		o.world.move(3600e9)
		_, err := o.app.Lookups.RetryDue(t.Context())
		must(t, err)
		must(t, o.app.DB.Gorm.Exec("UPDATE webhook_deliveries SET attempts = 3, last_status = 503").Error)
		b := o.enter(t, "admin@acme.example")
		b.get("/console").shows(t, 200, "One thing needs somebody", "Webhooks to hooks.example have failed since")
		page := b.get("/console/webhooks")
		page.shows(t, 200, "1 of 1 endpoints fail", "Failing since", "status 503", "1 events")
		b.get("/console/lookups/"+id).shows(t, 200, "Webhook to hooks.example", "Status 503, 3 tries.")
		endpoint := page.first(t, `/console/webhooks/([0-9a-f]{24})/pause`)
		b.post("/console/webhooks/"+endpoint+"/pause", nil)
		b.get("/console/webhooks").shows(t, 200, "told of nothing until you resume it", "Paused since", "Resume")
		b.get("/console/webhooks").hides(t, "told of nothing until you resume it")
		b.post("/console/webhooks/"+endpoint+"/enable", nil)
		b.post("/console/webhooks/replay", map[string][]string{"since": {"2021-12-15T00:00"}, "until": {"2021-12-15T23:00"}}).shows(t, 200, "Deliveries on their way again: ")
		b.post("/console/webhooks/replay", map[string][]string{"since": {"x"}}).shows(t, 400, "Since must be a minute")
	})
}

func TestTheBoxFindsALookupByWhateverNamesIt(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, acme)
		one := o.call(t, "acme-live-token-1", `{"mobile":"08000000000","isSubjectConsent":true,"metadata":{"loanRef":"LN-7"}}`)
		two := o.lookUp(t, "acme-live-token-1", "08000000001")
		b := o.enter(t, "viewer@acme.example")
		find := func(text string) sheet {
			return b.post("/console/find", map[string][]string{"find": {text}, "env": {"live"}})
		}
		find(one).shows(t, 200, "Found by sandbox", one)
		b.get("/console/lookups/"+two).first(t, `<dt>Request</dt><dd>([0-9a-f]{24})</dd>`)
		for text, id := range map[string]string{"0800 000 0001": two, "LN-7": one} {
			page := find(text)
			page.shows(t, 200, "1 lookup", id)
			page.hides(t, map[bool]string{true: two, false: one}[id == one])
		}
		find("nobody's").shows(t, 200, "No lookup matches")
		find("").shows(t, 400, "Type what is to be found.")
		o.enter(t, "owner@globex.example").post("/console/find", map[string][]string{"find": {one}}).hides(t, "Found by")
	})
}

func TestASearchIsKeptForItsSessionAndForNoOther(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, acme)
		o.lookUp(t, "acme-live-token-1", "08000000000")
		other := o.lookUp(t, "acme-live-token-1", "08000000001")
		b := o.enter(t, "viewer@acme.example")
		to := b.ask("POST", "/console/lookups", strings.NewReader("phone=08000000000&product=basic")).header.Get("Location")
		if !strings.HasPrefix(to, "/console/lookups?product=basic&search=") || strings.Contains(to, "0800") {
			t.Fatal(to)
		}
		for range 2 {
			b.get(to).hides(t, other)
		}
		page := o.enter(t, "owner@acme.example").get(to)
		page.shows(t, 200, "is forgotten", other)
	})
}

func TestDaysAndTimesAreThoseOfTheBusiness(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, acme) // its clock stands at midnight, which is one in Lagos
		id := o.lookUp(t, "acme-live-token-1", "08000000000")
		b := o.enter(t, "viewer@acme.example")
		b.get("/console/lookups").shows(t, 200, "Wednesday 15 December 2021", "01:2", "Lagos (UTC+1)")
		business, err := o.app.Businesses.Get(t.Context(), "acme")
		must(t, err)
		business.Settings.Zone, business.Settings.PlainMembers = "America/New_York", []string{"branch"}
		must(t, o.app.Businesses.SetSettings(t.Context(), "acme", business.Settings))
		b.get("/console/lookups").shows(t, 200, "Tuesday 14 December 2021", "New York (UTC-5)", id, `<th scope="col" class="c-less">branch</th>`)
		b.get("/console/lookups?from=2021-12-15&to=2021-12-15").hides(t, id)
		b.get("/console/lookups?from=2021-12-14&to=2021-12-14").shows(t, 200, id)
	})
}

func TestThePageOfALookupThatIsNotThereHasTheFrameOfAllPages(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, "")
		o.enter(t, "viewer@acme.example").get("/console/nothing").shows(t, 404, "Not found", "Sign out", `href="/console/wallet"`)
		b := o.browser(t)
		b.get("/console/nothing").hides(t, "Sign out")
		b = o.enter(t, "viewer@acme.example")
		o.world.move(13 * time.Hour)
		to := b.get("/console/lookups?status=found&sort=oldest").header.Get("Location")
		if to != "/console/sign-in?next=%2Fconsole%2Flookups%3Fstatus%3Dfound%26sort%3Doldest" {
			t.Error(to)
		}
		b.get(to).shows(t, 200, "Your session has ended.", `value="/console/lookups?status=found&amp;sort=oldest"`)
	})
}
