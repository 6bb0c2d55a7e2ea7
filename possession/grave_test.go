package possession

import (
	"strings"
	"testing"

	"whoseline/models"
	"whoseline/settings"
)

// Businesses may name people by their e-mail addresses. After an erasure no table does, and the history goes on where it
// ended when the same person comes back, however often.
func TestAnErasedPersonIsNamedNowhere(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		const ref = "ada.obi@mail.example"
		h.limits.PerSubject = settings.Cap{Most: 9, Within: keepEarlyReports}
		for round := int64(1); round <= 2; round++ {
			h.open(ref)
			must(t, h.add(ref, cairo))
			must(t, h.send(ref))
			must(t, h.try(ref, h.net.last().Code))
			if !strings.Contains(h.dump(), ref) {
				t.Fatal("the reference is stored in another way than this test looks for")
			}
			must(t, h.Erase(t.Context(), who(ref)))
			if dump := h.dump(); strings.Contains(dump, ref) {
				t.Fatalf("after erasure %d: %s", round, dump)
			}
			refused(t, h.Erase(t.Context(), who(ref)), models.NotFound)
			events, err := h.Events(t.Context(), who(ref), 0)
			if must(t, err); int64(len(events)) != 4*round || events[len(events)-1].Seq != 4*round {
				t.Fatalf("after erasure %d: %+v", round, events)
			}
			sends, err := h.Decisions(t.Context(), Sendings{BusinessID: "shop", Subject: ref})
			if must(t, err); int64(len(sends)) != round {
				t.Fatalf("after erasure %d: %d decisions", round, len(sends))
			}
		}
	})
}

func TestASweepTakesTheNamesOfThoseAwayWhoWereErasedBefore(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		h.open("ada@mail.example", "bob@mail.example")
		must(t, h.add("ada@mail.example", cairo))
		must(t, h.db.Gorm.Exec("DELETE FROM possession_numbers").Error)
		must(t, h.db.Gorm.Exec("UPDATE possession_subjects SET data_key = NULL WHERE id LIKE '%ada%'").Error)
		must(t, h.Sweep(t.Context()))
		if dump := h.dump(); strings.Contains(dump, "ada@") || !strings.Contains(dump, "live/bob@mail.example") {
			t.Errorf("%s", dump)
		}
		events, err := h.Events(t.Context(), who("ada@mail.example"), 0)
		if must(t, err); len(events) != 1 {
			t.Errorf("%+v", events)
		}
	})
}
