package possession

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

var tables = []string{
	"possession_subjects", "possession_numbers", "possession_codes", "possession_events", "possession_sends",
	"possession_counters", "possession_outbox", "possession_history", "possession_test_numbers",
}

// dump gives every value of the room's tables as text, in every form in which bytes may appear.
func (h *house) dump() string {
	h.t.Helper()
	var text strings.Builder
	for _, table := range tables {
		var rows []map[string]any
		must(h.t, h.db.Gorm.Table(table).Find(&rows).Error)
		for _, row := range rows {
			for column, value := range row {
				if b, ok := value.([]byte); ok {
					value = string(b)
				}
				fmt.Fprintf(&text, "%s.%s=%v\n", table, column, value)
			}
		}
	}
	return text.String()
}

func TestNothingPersonalIsStoredOrLoggedInTheClear(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(t, db)
		box := h.outbox()
		h.live = box
		ada := h.WhoHolds("shop", false, "2", lagos)
		c := SendCode{Who: ada, Policy: customer, Phone: lagos, IP: "192.0.2.77", Channel: models.ChannelEmail, Email: "ada@example.com"}
		_, err := h.Enrol(t.Context(), c)
		must(t, err)
		c.Channel, c.Email = "", ""
		_, err = h.Send(t.Context(), c)
		must(t, err)
		posted, err := box.To(t.Context(), lagos.E164(), 0)
		must(t, err)
		h.net.outcome, h.net.err, h.live = ProviderDown, errors.New("down"), h.net
		_, refusal := h.Send(t.Context(), c)
		refused(t, refusal, models.ChannelRefused)
		said := refusal.Error() + fmt.Sprint(h.try("nobody", posted[0].Code))
		for _, secret := range []string{lagos.Digits(), lagos.National(), "8012345678", "ada@", "192.0.2.77", "is your verification code", posted[0].Code} {
			for where, text := range map[string]string{"the database": h.dump(), "the log": h.log.String(), "an error": said} {
				if len(secret) > 6 && strings.Contains(text, secret) || strings.Contains(text, "="+secret+"\n") {
					t.Errorf("%s shows %s", where, secret)
				}
			}
		}
	})
}

func (h *house) outbox() TestInbox {
	h.t.Helper()
	box, ok := h.vault.(Box)
	if !ok {
		h.t.Fatal("the vault seals nothing small")
	}
	return TestInbox{DB: h.db.Gorm, Read: h.db.Read, Box: box, World: h.world}
}

func TestAnErasedPersonIsGone(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		h.verified("ada", lagos)
		must(t, h.Erase(t.Context(), who("ada")))
		refused(t, second(h.Get(t.Context(), who("ada"))), models.NotFound)
		refused(t, h.add("ada", lagos), models.NotFound)
		refused(t, h.Erase(t.Context(), who("ada")), models.NotFound)
		for table, condition := range map[string]string{
			"possession_subjects": "data_key IS NOT NULL", "possession_numbers": "1 = 1", "possession_codes": "1 = 1",
			"possession_sends": "number_index IS NOT NULL OR ip_index IS NOT NULL",
		} {
			if n := h.count(table, condition); n != 0 {
				t.Errorf("%d rows are left in %s", n, table)
			}
		}
		if events := h.events("ada"); len(events) != 4 || events[3] != models.EventErased {
			t.Errorf("events: %v", events)
		}
		h.verified("bob", lagos) // the number is free
		h.open("ada")            // and so is the name
		if got := h.get("ada"); len(got.Numbers) != 0 || got.Finalised || got.Details.Sequence != 4 {
			t.Errorf("made again: %+v", got)
		}
		must(t, h.add("ada", cairo))
	})
}

func TestTheOutboxKeepsWhatWasSent(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		box := h.outbox()
		h.live = box
		h.open("ada")
		must(t, h.add("ada", lagos))
		for range 3 {
			must(t, h.send("ada"))
			h.clock.pass(time.Minute)
		}
		list, err := box.To(t.Context(), lagos.E164(), 2)
		must(t, err)
		if len(list) != 2 || !list[0].At.After(list[1].At) || list[0].To != "+2348012345678" || list[0].BusinessID != "shop" {
			t.Fatalf("%d messages", len(list))
		}
		if !strings.HasPrefix(list[0].Text, list[0].Code+" is your verification code.") {
			t.Error("the text is another one")
		}
		must(t, h.try("ada", list[0].Code))
		if none, err := box.To(t.Context(), cairo.E164(), 0); err != nil || len(none) != 0 {
			t.Errorf("%d messages to somebody else, %v", len(none), err)
		}
		must(t, box.Prune(t.Context(), noon.Add(time.Second)))
		if n := h.count("possession_outbox", "1 = 1"); n != 2 {
			t.Errorf("%d left after pruning", n)
		}
		must(t, box.Forget(t.Context(), lagos.E164()))
		if n := h.count("possession_outbox", "1 = 1"); n != 0 {
			t.Errorf("%d left", n)
		}
	})
}

func TestSweepingTakesAwayWhatHadItsTime(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		h.sent("ada", lagos)
		must(t, h.Sweep(t.Context()))
		if h.count("possession_codes", "sealed IS NOT NULL") != 1 || h.count("possession_sends", "1 = 1") != 1 || h.count("possession_counters", "1 = 1") == 0 {
			t.Error("too early")
		}
		h.clock.pass(91 * 24 * time.Hour)
		must(t, h.Sweep(t.Context()))
		if h.count("possession_codes", "sealed IS NOT NULL")+h.count("possession_sends", "1 = 1")+h.count("possession_counters", "1 = 1") != 0 {
			t.Errorf("left: %s", h.dump())
		}
	})
}

func TestADatabaseThatIsAwayLetsNothingThrough(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		code := h.sent("ada", lagos)
		must(t, h.db.Close())
		box := h.outbox()
		for name, err := range map[string]error{
			"open": second(h.Open(t.Context(), Opening{Who: who("bob")})), "get": second(h.Get(t.Context(), who("ada"))),
			"add": h.add("ada", cairo), "send": h.send("ada"), "check": h.try("ada", code), "erase": h.Erase(t.Context(), who("ada")),
			"sweep": h.Sweep(t.Context()), "outbox": second(box.To(t.Context(), lagos.E164(), 1)),
			"templates": second(h.Templates(t.Context(), "shop")), "decisions": second(h.Decisions(t.Context(), Sendings{BusinessID: "shop"})),
		} {
			if models.CodeOf(err) != models.Internal {
				t.Errorf("%s: %v", name, err)
			}
		}
		if d := box.Send(t.Context(), Message{ID: "m", Phone: lagos}); d.Outcome != ProviderDown || d.Err == nil {
			t.Errorf("%+v", d)
		}
		if h.net.count() != 1 {
			t.Error("a message went out")
		}
	})
}

func TestWhatHappenedIsCounted(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storagetest.Open(t, storage.SQLite))
	registry := prometheus.NewPedanticRegistry()
	h.Register(registry)
	code := h.sent("ada", lagos)
	must(t, h.send("ada"))
	must(t, h.send("ada"))
	refused(t, h.send("ada"), models.TooManySends)
	refused(t, h.try("ada", other(code)), models.CodeWrong)
	must(t, h.try("ada", code))
	want := map[string]float64{
		"whoseline_code_checks_total code_wrong": 1, "whoseline_code_checks_total verified": 1,
		"whoseline_code_sends_decided_total block_hour refused": 1, "whoseline_code_sends_decided_total country_hour refused": 1,
		"whoseline_code_sends_decided_total none allowed": 3, "whoseline_code_sends_decided_total number refused": 1,
		"whoseline_codes_sent_total sms accepted": 3,
	}
	if diff := cmp.Diff(want, tallies(t, registry)); diff != "" {
		t.Error(diff)
	}
}

// tallies gives the counters that counted something, by name and label values.
func tallies(t *testing.T, registry *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	must(t, err)
	got := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			name := family.GetName()
			for _, label := range m.GetLabel() {
				name += " " + label.GetValue()
			}
			if n := m.GetCounter().GetValue(); n > 0 {
				got[name] = n
			}
		}
	}
	return got
}

func TestWhatIsSealedOutlivesItsKeys(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		ring, ok := h.vault.(*storage.Keyring)
		if !ok {
			t.Fatal("another vault")
		}
		box := h.outbox()
		h.live = box
		h.open("ada")
		must(t, h.add("ada", lagos))
		must(t, h.send("ada"))
		must(t, ring.Rotate(t.Context()))
		h.clock.pass(20 * time.Minute)
		done, err := ring.Rewrap(t.Context(), nil)
		if err != nil || done.Deleted == 0 || done.Rows < 2 {
			t.Fatalf("%+v, %v", done, err)
		}
		fresh := newNeighbour(t, h.db, h.clock, h.net)
		if n, ok := fresh.get("ada").Phone(); !ok || n.Phone != lagos {
			t.Error("the number is lost")
		}
		if list, err := fresh.outbox().To(t.Context(), lagos.E164(), 1); err != nil || len(list) != 1 {
			t.Errorf("the message is lost: %v", err)
		}
	})
}
