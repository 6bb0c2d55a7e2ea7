package possession

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"whoseline/models"
	"whoseline/settings"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func TestWhatLooksLikePumping(t *testing.T) {
	t.Parallel()
	enforce := usualLimits().Pumping
	enforce.Mode = settings.ModeEnforce
	country := func(p past) past { p.Scope = scopeCountry; return p }
	for name, c := range map[string]struct {
		past past
		want []string
	}{
		"nothing":                             {country(past{}), nil},
		"three within the hour":               {country(past{Unverified: 3, UnverifiedHour: 3}), nil},
		"four within the hour":                {country(past{Unverified: 4, UnverifiedHour: 4}), []string{"country_hour"}},
		"twenty within a day":                 {country(past{Unverified: 20}), nil},
		"twenty-one within a day":             {country(past{Unverified: 21}), []string{"country_day"}},
		"a fifth of the last day":             {country(past{Unverified: 30, Verified: 150}), nil},
		"more than a fifth of it":             {country(past{Unverified: 31, Verified: 150}), []string{"country_day"}},
		"a fifth, rounded down":               {country(past{Unverified: 31, Verified: 154}), []string{"country_day"}},
		"a fifth of the best day":             {country(past{Unverified: 40, Peak: 200}), nil},
		"more than a fifth of the best day":   {country(past{Unverified: 41, Peak: 200, Verified: 150}), []string{"country_day"}},
		"a sixth of the day within the hour":  {country(past{UnverifiedHour: 10, Peak: 300}), nil},
		"more than a sixth":                   {country(past{UnverifiedHour: 11, Peak: 300}), []string{"country_hour"}},
		"a fifth of the hour":                 {country(past{UnverifiedHour: 20, VerifiedHour: 100}), nil},
		"more than a fifth of the hour":       {country(past{UnverifiedHour: 21, VerifiedHour: 100}), []string{"country_hour"}},
		"both":                                {country(past{Unverified: 21, UnverifiedHour: 21}), []string{"country_day", "country_hour"}},
		"a block as a country":                {past{Scope: scopeBlock, Unverified: 21, UnverifiedHour: 4}, []string{"block_day", "block_hour"}},
		"ten from an address":                 {past{Scope: scopeIP, Unverified: 10}, nil},
		"eleven from an address":              {past{Scope: scopeIP, Unverified: 11}, []string{"ip_day"}},
		"a fifth of what came back from it":   {past{Scope: scopeIP, Unverified: 12, Verified: 60}, nil},
		"more than a fifth of what came back": {past{Scope: scopeIP, Unverified: 13, Verified: 60}, []string{"ip_day"}},
		"three countries from an address":     {past{Scope: scopeIP, Countries: 3}, nil},
		"four countries from an address":      {past{Scope: scopeIP, Countries: 4}, []string{"ip_countries"}},
	} {
		var got []string
		for _, s := range suspect(enforce, []past{c.past}, noon.Add(40*time.Minute)) {
			if got = append(got, s.reason); s.wait != 20*time.Minute {
				t.Errorf("%s: wait %s", name, s.wait)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestPumpingIsRefusedOnlyWhenTheOperatorWantsIt(t *testing.T) {
	t.Parallel()
	history := []past{{Scope: scopeIP, Countries: 9}}
	for name, c := range map[string]struct {
		mode       settings.Mode
		recordOnly bool
		want       models.SendDecision
	}{
		"not said":                    {"", false, models.SendAllowed},
		"off":                         {settings.ModeOff, false, models.SendAllowed},
		"recorded":                    {settings.ModeRecord, false, models.SendRecorded},
		"enforced":                    {settings.ModeEnforce, false, models.SendRefused},
		"enforced, but all is record": {settings.ModeEnforce, true, models.SendRecorded},
	} {
		l := settings.Limits{PerNumber: usualLimits().PerNumber, RecordOnly: c.recordOnly, Pumping: usualLimits().Pumping}
		l.Pumping.Mode = c.mode
		if got := judge(l, errand{}, nil, nil, history, noon); got.decision != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestNoCodesGoToNumbersThatCost(t *testing.T) {
	t.Parallel()
	for number, costly := range map[string]bool{
		"+2348012345678": false, "+2348000000000": false, "+201000000000": false, "+41791234567": false, "+41710000000": false,
		"+919876543210": false, "+15551234567": false, "+11234567": false, "+16505551234": false, "+20123456789": false, "+99912345": false,
		"+41900123456": true, "+448712345678": true, "+445612345678": true, "+2347001234567": true, "+447012345678": true, "+447640123456": true,
		"+41860791234567": true,
	} {
		if got := natureOf(phone(number)).costly; got != costly {
			t.Errorf("%s: %v", number, got)
		}
	}
}

func TestPrefixesJudgeTheNumbersOfTheirCountries(t *testing.T) {
	t.Parallel()
	for number, c := range map[string]struct {
		prefixes []string
		want     bool
	}{
		"+2348012345678": {settings.NigerianOperators(), true},
		"+2348192345678": {settings.NigerianOperators(), false},
		"+2348000000000": {settings.NigerianOperators(), false},
		"+201000000000":  {settings.NigerianOperators(), true}, // nothing is said of Egypt
		"+41791234567":   {[]string{"4178", "4176"}, false},
		"+41781234567":   {[]string{"4178", "4176"}, true},
		"+99912345":      {nil, true},
	} {
		if got := natureOf(phone(number)).among(phone(number).Digits(), c.prefixes); got != c.want {
			t.Errorf("%s: %v", number, got)
		}
	}
}

// enforcing is limits where only pumping can be in the way.
func enforcing(change func(*settings.Pumping)) func(*Options) {
	return func(o *Options) {
		o.Limits = settings.Limits{PerNumber: usualLimits().PerNumber, Pumping: settings.Pumping{
			Mode: settings.ModeEnforce, Share: 20, CountryDay: 1000, CountryHour: 1000, IPDay: 1000, IPCountries: 1000,
		}}
		change(&o.Limits.Pumping)
	}
}

// ask has somebody new ask for a code.
func (h *house) ask(p models.Phone, ip string) error {
	w := Who{BusinessID: "shop", Subject: p.Digits()}
	_, err := h.Enrol(h.t.Context(), SendCode{Who: w, Policy: customer, Phone: p, IP: ip})
	return err
}

// back has them type the newest code.
func (h *house) back(p models.Phone) {
	h.t.Helper()
	w := Who{BusinessID: "shop", Subject: p.Digits()}
	must(h.t, second(h.CheckPhone(h.t.Context(), CheckCode{Who: w, Policy: customer, Code: h.net.last().Code})))
}

// nth is one of many numbers of a block.
func nth(i int) models.Phone { return phone(fmt.Sprintf("+234803%07d", i)) }

func (h *house) reasons() []string {
	h.t.Helper()
	list, err := h.Decisions(h.t.Context(), Sendings{BusinessID: "shop", Limit: 1})
	must(h.t, err)
	return list[0].Reasons
}

func TestCodesThatDoNotComeBackEndInARefusal(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(t, db, enforcing(func(p *settings.Pumping) { p.CountryHour, p.CountryDay = 3, 12 }))
		for i := range 3 {
			must(t, h.ask(nth(i), ""))
		}
		refused(t, h.ask(nth(3), ""), models.TooManySends)
		if got := h.reasons(); !slices.Equal(got, []string{"block_hour", "country_hour"}) {
			t.Errorf("%v", got)
		}
		must(t, h.ask(cairo, "")) // Egypt has its own count
		h.clock.pass(time.Minute)
		must(t, h.ask(cairo, "")) // the same code again
		h.back(cairo)             // gives back both
		for i := range 3 {
			must(t, h.ask(phone(fmt.Sprint("+20100000001", i)), ""))
		}
		refused(t, h.ask(phone("+201000000020"), ""), models.TooManySends)
		h.clock.pass(time.Hour)
		must(t, h.ask(nth(4), ""))
	})
}

func TestWhatComesBackMakesRoomForMore(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(t, db, enforcing(func(p *settings.Pumping) { p.CountryDay = 2 }))
		for i := range 15 {
			must(t, h.ask(nth(i), ""))
			h.back(nth(i))
		}
		h.clock.pass(9 * 24 * time.Hour) // a fifth of the best of 14 days: three
		for i := range 3 {
			must(t, h.ask(nth(100+i), ""))
		}
		refused(t, h.ask(nth(103), ""), models.TooManySends)
		must(t, h.Sweep(t.Context()))
		refused(t, h.ask(nth(103), ""), models.TooManySends)
		h.clock.pass(6 * 24 * time.Hour) // the good day is forgotten: two
		must(t, h.Sweep(t.Context()))
		if n := h.count("possession_history", "hour < ?", hourOf(noon)+24); n != 0 {
			t.Errorf("%d rows are left of the good day", n)
		}
		must(t, h.ask(nth(200), ""))
		must(t, h.ask(nth(201), ""))
		refused(t, h.ask(nth(202), ""), models.TooManySends)
	})
}

func TestAnAddressMayNotAskForTheWholeWorld(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(t, db, enforcing(func(p *settings.Pumping) { p.IPCountries = 3 }))
		world := []models.Phone{lagos, cairo, phone("+41791234567"), phone("+919876543210")}
		for _, p := range world[:3] {
			must(t, h.ask(p, "192.0.2.1"))
		}
		for range 2 { // what was refused does not count
			refused(t, h.ask(world[3], "192.0.2.1"), models.TooManySends)
		}
		must(t, h.ask(world[0], "192.0.2.1"))
		must(t, h.ask(world[3], "192.0.2.2"))
		must(t, h.ask(world[3], ""))
	})
}

func TestASenderThatIsDownLooksLikeNoPumping(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(t, db, enforcing(func(p *settings.Pumping) { p.CountryHour, p.CountryDay = 2, 12 }))
		h.net.outcome = ProviderDown
		for i := range 5 {
			refused(t, h.ask(nth(i), ""), models.ChannelRefused)
		}
		h.net.outcome = Accepted
		must(t, h.ask(nth(5), ""))
		must(t, h.ask(nth(6), ""))
		refused(t, h.ask(nth(7), ""), models.TooManySends)
	})
}

func TestThresholdsHoldAcrossProcesses(t *testing.T) {
	t.Parallel()
	twoHouses(t, func(t *testing.T, houses [2]*house) {
		for _, h := range houses {
			o := Options{Limits: h.limits}
			enforcing(func(p *settings.Pumping) { p.CountryHour, p.CountryDay = 3, 12 })(&o)
			h.limits = o.Limits
		}
		var got tally
		together(24, func(i int) { got.add(houses[i%2].ask(nth(i), "192.0.2.1")) })
		if got.counts[""] != 3 || got.counts[models.TooManySends] != 21 || houses[0].net.count() != 3 {
			t.Errorf("%v, %d messages", got.counts, houses[0].net.count())
		}
	})
}

// entry is a code that was sent, in a list of all of them.
type entry struct {
	phone models.Phone
	ip    string
	at    time.Time
	back  bool
}

// recount reads off a list what the history has to say.
func recount(list []entry, p models.Phone, ip string, now time.Time) map[string]past {
	hour, sums, days, countries := now.Unix()/3600, map[string]past{}, map[string]map[int64]int64{scopeCountry: {}, scopeBlock: {}}, map[string]bool{}
	for _, e := range list {
		at := e.at.Unix() / 3600
		for scope, mine := range map[string]bool{
			scopeCountry: natureOf(e.phone).region == natureOf(p).region, scopeBlock: e.phone.Block() == p.Block(), scopeIP: e.ip == ip,
		} {
			if days[scope] != nil && mine && e.back && at/24 > hour/24-14 {
				days[scope][at/24]++
			}
			if !mine || at <= hour-24 {
				continue
			}
			sum := sums[scope]
			sum.Scope = scope
			n, m := int64(1), int64(0)
			if e.back {
				n, m = 0, 1
			}
			sum.Unverified, sum.Verified = sum.Unverified+n, sum.Verified+m
			if at == hour && scope != scopeIP {
				sum.UnverifiedHour, sum.VerifiedHour = sum.UnverifiedHour+n, sum.VerifiedHour+m
			}
			if scope == scopeIP {
				countries[natureOf(e.phone).region] = true
			}
			sums[scope] = sum
		}
	}
	for scope, each := range days {
		sum := sums[scope]
		sum.Scope = scope
		for _, n := range each {
			sum.Peak = max(sum.Peak, n)
		}
		sums[scope] = sum
	}
	if sum, asked := sums[scopeIP]; asked {
		sum.Countries = int64(len(countries))
		sums[scopeIP] = sum
	}
	return sums
}

// recounted holds the history against a list of all that a business has sent, as far as another code like that one asks.
func (h *house) recounted(t *rapid.T, business string, list []entry, next entry) {
	p, now := next.phone, h.clock.now()
	one := trace{
		businessID: business, region: natureOf(p).region, block: p.Block(), ip: h.vault.Index("live/ip", next.ip), at: now,
	}
	known := usage{history: map[[3]string]*sum{}}
	if err := known.readHistory(h.db.Gorm.WithContext(h.t.Context()), []trace{one}, nil); err != nil {
		t.Fatal(err)
	}
	got := known.pastOf(one)
	want := recount(list, p, next.ip, now)
	for _, g := range got {
		if w, known := want[g.Scope]; w != g && (known || g != past{Scope: g.Scope}) { // a refusal leaves a row of noughts
			t.Fatalf("got %+v, want %+v", g, w)
		}
		delete(want, g.Scope)
	}
	for _, w := range want {
		if w != (past{Scope: w.Scope}) {
			t.Fatalf("nothing is known of %+v", w)
		}
	}
}

func TestTheHistoryIsARecountOfAllThatWasSent(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		h.limits = settings.Limits{PerNumber: usualLimits().PerNumber, Pumping: usualLimits().Pumping}
		round := 0
		rapid.Check(t, func(t *rapid.T) {
			round++
			business := fmt.Sprint("shop-", round)
			var list []entry
			open := map[models.Phone]bool{}
			phones := []models.Phone{nth(1), nth(2), lagos, cairo, phone("+201112345678"), phone("+41791234567")}
			pick := func() (models.Phone, string) {
				return rapid.SampledFrom(phones).Draw(t, "phone"), fmt.Sprint("192.0.2.", rapid.IntRange(1, 3).Draw(t, "address"))
			}
			t.Repeat(map[string]func(*rapid.T){
				"send": func(t *rapid.T) {
					p, ip := pick()
					h.clock.pass(time.Millisecond) // a code is typed back before the next one is made: never in the same instant
					w := Who{BusinessID: business, Subject: p.Digits()}
					_, err := h.Enrol(h.t.Context(), SendCode{Who: w, Policy: customer, Phone: p, IP: ip})
					if err == nil {
						list, open[p] = append(list, entry{phone: p, ip: ip, at: h.clock.now()}), true
					} else if models.CodeOf(err) != models.TooManySends {
						t.Fatal(err)
					}
				},
				"come back": func(t *rapid.T) {
					p, _ := pick()
					code := ""
					var made time.Time
					for _, m := range h.net.messages {
						if m.BusinessID == business && m.Phone == p {
							code, made = m.Code, m.ExpiresAt.Add(-customer.life())
						}
					}
					w := Who{BusinessID: business, Subject: p.Digits()}
					if _, err := h.CheckPhone(h.t.Context(), CheckCode{Who: w, Policy: customer, Code: code}); err != nil {
						return
					}
					for i, e := range list {
						list[i].back = e.back || e.phone == p && !e.at.Before(made)
					}
				},
				"let time go": func(t *rapid.T) {
					h.clock.pass(time.Duration(rapid.SampledFrom([]int{1, 4, 30, 60, 600, 1440, 7000}).Draw(t, "minutes")) * time.Minute)
				},
				"sweep": func(t *rapid.T) {
					if err := h.Sweep(h.t.Context()); err != nil {
						t.Fatal(err)
					}
				},
				"": func(t *rapid.T) {
					p, ip := pick()
					h.recounted(t, business, list, entry{phone: p, ip: ip})
				},
			})
		})
	})
}
