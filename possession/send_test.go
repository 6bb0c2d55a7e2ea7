package possession

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"whoseline/models"
	"whoseline/settings"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func TestTheSameCodeIsSentAgainUntilItsTimeIsOver(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		code := h.sent("ada", lagos)
		refused(t, h.try("ada", other(code)), models.CodeWrong)
		h.clock.pass(4 * time.Minute)
		again, err := h.Send(t.Context(), SendCode{Who: who("ada"), Policy: applicant})
		must(t, err)
		m := h.net.last()
		if m.Code != code || !again.Repeated || !again.ExpiresAt.Equal(noon.Add(10*time.Minute)) || !strings.Contains(m.Text, "6 minutes") {
			t.Errorf("again: %+v, %s", again, m.Text)
		}
		for range 4 { // the tries go on where they were
			refused(t, h.try("ada", other(code)), models.CodeWrong)
		}
		refused(t, h.try("ada", code), models.CodeBurnt)
		must(t, h.send("ada")) // a burnt code makes room for a new one
		must(t, h.try("ada", h.net.last().Code))
	})
}

func TestAnExpiredCodeIsNoCode(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		code := h.sent("ada", lagos)
		h.clock.pass(10 * time.Minute)
		refused(t, h.try("ada", code), models.CodeExpired)
		must(t, h.Sweep(t.Context()))
		if n := h.count("possession_codes", "sealed IS NOT NULL"); n != 0 {
			t.Error("an expired code can still be read")
		}
		refused(t, h.try("ada", code), models.CodeExpired)
		sent, err := h.Send(t.Context(), SendCode{Who: who("ada"), Policy: applicant})
		if must(t, err); sent.Repeated {
			t.Error("the expired code was sent again")
		}
		must(t, h.try("ada", h.net.last().Code))
		refused(t, h.try("ada", h.net.last().Code), models.CodeUsed)
	})
}

func TestTheFourthMessageInTenMinutesIsRefused(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		h.sent("ada", lagos)
		for range 2 {
			h.clock.pass(2 * time.Minute)
			must(t, h.send("ada"))
		}
		err := h.send("ada")
		refused(t, err, models.TooManySends)
		if told := (*models.Error)(nil); !errors.As(err, &told) || told.RetryAfter != 6*time.Minute {
			t.Errorf("%+v", told)
		}
		if h.net.count() != 3 || len(h.events("ada")) != 4 {
			t.Errorf("%d messages, events %v", h.net.count(), h.events("ada"))
		}
		h.clock.pass(6 * time.Minute)
		must(t, h.send("ada")) // over any stretch of ten minutes: one has room, not three
		refused(t, h.send("ada"), models.TooManySends)
		list, err := h.Decisions(t.Context(), Sendings{BusinessID: "shop", Subject: "ada", Decision: models.SendRefused})
		if err != nil || len(list) != 2 || list[0].Reasons[0] != "number" || list[0].Outcome != "" {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func TestARefusedMessageChangesNothing(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		h.sent("ada", lagos)
		must(t, h.send("ada"))
		must(t, h.send("ada"))
		h.open("bob")
		_, err := h.Set(t.Context(), SetNumber{SendCode: SendCode{Who: who("bob"), Policy: member, Phone: lagos}})
		refused(t, err, models.TooManySends)
		if got := h.get("bob"); len(got.Numbers) != 0 || got.Details.Sequence != 0 {
			t.Errorf("%+v", got)
		}
	})
}

func TestEachLimitHolds(t *testing.T) {
	t.Parallel()
	few := settings.Cap{Most: 2, Within: time.Hour}
	for name, c := range map[string]struct {
		limits settings.Limits
		reason string
	}{
		"subject":  {settings.Limits{PerSubject: few}, "subject"},
		"business": {settings.Limits{PerBusiness: few}, "business"},
		"ip":       {settings.Limits{PerIP: few}, "ip"},
		"block":    {settings.Limits{PerBlock: few}, "block"},
		"money":    {settings.Limits{Money: settings.Cap{Most: 800, Within: time.Hour}}, "money"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
				for _, watch := range []bool{false, true} {
					limits := c.limits
					limits.RecordOnly = watch
					h := newHouse(t, db, func(o *Options) { o.Limits = limits })
					h.net.cost = 400
					w := Who{BusinessID: "shop-" + fmt.Sprint(watch), Subject: "ada"}
					var codes []models.Code
					for i := range 3 {
						_, err := h.Enrol(t.Context(), SendCode{Who: w, Policy: customer, Phone: phone(fmt.Sprint("+234801234567", i)), IP: "192.0.2.1"})
						codes = append(codes, models.CodeOf(err))
					}
					list, err := h.Decisions(t.Context(), Sendings{BusinessID: w.BusinessID, Limit: 1})
					must(t, err)
					want, verdict := models.TooManySends, models.SendRefused
					if watch {
						want, verdict = "", models.SendRecorded
					}
					if codes[1] != "" || codes[2] != want || list[0].Decision != verdict || list[0].Reasons[0] != c.reason {
						t.Errorf("watched %v: %q, %+v", watch, codes, list)
					}
				}
			})
		})
	}
}

func TestCodesGoToTheAllowedCountriesOnly(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(t, db, func(o *Options) { o.Limits.Countries = []string{"NG"} })
		h.sent("ada", lagos)
		h.open("bob")
		must(t, h.add("bob", cairo))
		refused(t, h.send("bob"), models.CountryRefused)
	})
}

func TestWhatTheSenderSaysIsRecordedAndTold(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		h.open("ada")
		must(t, h.add("ada", lagos))
		h.net.cost, h.net.outcome, h.net.err = 350, Blocked, errors.New("the far side said no")
		sent, err := h.Send(t.Context(), SendCode{Who: who("ada"), Policy: applicant})
		refused(t, err, models.ChannelRefused)
		if sent.Delivery.Outcome != Blocked || !strings.Contains(h.log.String(), "the far side said no") {
			t.Errorf("%+v; log %s", sent, h.log)
		}
		h.net.outcome, h.net.err = Timeout, nil
		must(t, h.send("ada")) // it may have been sent
		must(t, h.try("ada", h.net.messages[0].Code))
		list, err := h.Decisions(t.Context(), Sendings{BusinessID: "shop"})
		if err != nil || len(list) != 2 || list[1].Outcome != "blocked" || list[0].Outcome != "timeout" || list[0].Cost != 350 {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func TestTestNumbersAreForTheSandboxOfTheirBusiness(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		for _, n := range []TestNumber{
			{BusinessID: "shop", Phone: lagos, Code: "111111"},
			{BusinessID: "shop", Phone: lagos, Code: "424242"},
			{BusinessID: "shop", Phone: cairo, Code: "111111", Until: noon},
		} {
			must(t, h.SetTestNumber(t.Context(), n))
		}
		send := func(business string, sandbox bool, p models.Phone) {
			w := Who{BusinessID: business, Sandbox: sandbox, Subject: p.Digits()}
			must(t, second(h.Enrol(t.Context(), SendCode{Who: w, Policy: customer, Phone: p})))
		}
		for range 5 { // no limit counts it
			send("shop", true, lagos)
		}
		if h.net.count() != 0 {
			t.Error("a test number was sent to")
		}
		must(t, second(h.Check(t.Context(), CheckCode{Who: Who{BusinessID: "shop", Sandbox: true, Subject: lagos.Digits()}, Policy: customer, Code: "424242"})))
		send("shop", false, lagos)
		send("next", true, lagos)
		send("shop", true, cairo) // its time is over
		must(t, h.DeleteTestNumber(t.Context(), "shop", lagos))
		send("shop", true, lagos)
		for _, m := range h.net.messages {
			if h.net.count() != 4 || m.Code == "111111" || m.Code == "424242" {
				t.Errorf("%d messages", h.net.count())
			}
		}
		refused(t, h.DeleteTestNumber(t.Context(), "shop", lagos), models.NotFound)
		refused(t, h.SetTestNumber(t.Context(), TestNumber{BusinessID: "shop", Phone: lagos, Code: "12345"}), models.Invalid)
		list, err := h.TestNumbers(t.Context(), "shop")
		if err != nil || len(list) != 1 || list[0].Phone != cairo || list[0].Code != "111111" || !list[0].Until.Equal(noon) {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func TestACodeOfOursIsNeverHandedToABusiness(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		ours := Who{BusinessID: "shop", Subject: "1", Realm: "lookup"}
		must(t, second(h.Enrol(t.Context(), SendCode{Who: ours, Phone: lagos})))
		for _, theirs := range []string{"1", "lookup/1", "\x01lookup/1"} {
			sent, err := h.Enrol(t.Context(), SendCode{Who: who(theirs), Phone: lagos, HandBack: true})
			if sent.Repeated || err == nil && sent.Code == h.net.last().Code {
				t.Errorf("%q got our code", theirs)
			}
		}
		must(t, second(h.Check(t.Context(), CheckCode{Who: ours, Code: h.net.last().Code})))
	})
}
