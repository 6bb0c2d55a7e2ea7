package possession

import (
	"strings"
	"sync"
	"testing"
	"time"

	"whoseline/models"
)

func (h *house) sending(reference string) models.Sending {
	h.t.Helper()
	var rows []models.Sending
	must(h.t, h.db.Gorm.Where("reference = ?", reference).Find(&rows).Error)
	if len(rows) != 1 {
		h.t.Fatalf("%d sendings with reference %q", len(rows), reference)
	}
	return rows[0]
}

func (h *house) receipt(state models.DeliveryState) bool {
	h.t.Helper()
	known, err := h.Delivered(h.t.Context(), DeliveryReport{Provider: "network", Reference: "ref", State: state})
	must(h.t, err)
	return known
}

func TestReceiptsMoveAMessageOnAndNeverBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ reported, want string }{
		{"queued", "queued"},
		{"queued sent delivered", "delivered"},
		{"sent queued", "sent"},
		{"sent unknown", "sent"},
		{"unknown sent", "sent"},
		{"delivered delivered", "delivered"},
		{"delivered failed sent queued unknown", "delivered"},
		{"failed delivered", "failed"},
		{"expired delivered", "expired"},
		{"rejected sent", "rejected"},
	} {
		state := models.DeliveryState("")
		for _, next := range strings.Fields(c.reported) {
			for _, older := range before(models.DeliveryState(next)) {
				if older == state {
					state = models.DeliveryState(next)
					break
				}
			}
		}
		if string(state) != c.want {
			t.Errorf("%s: got %s, want %s", c.reported, state, c.want)
		}
	}
}

func TestAReceiptIsWrittenDownOnceWithItsTime(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		h.sent("ada", lagos)
		if got := h.sending("ref"); got.Delivery != "" || !got.DeliveryAt.IsZero() || len(got.Tries) != 1 || got.Tries[0].Provider != "network" {
			t.Errorf("before: %+v", got)
		}
		h.clock.pass(time.Second)
		if !h.receipt(models.DeliveryDelivered) {
			t.Error("the message is not known")
		}
		h.clock.pass(time.Second)
		for _, late := range []models.DeliveryState{models.DeliveryDelivered, models.DeliverySent, models.DeliveryFailed} {
			if !h.receipt(late) {
				t.Error("the message is not known any more")
			}
		}
		list, err := h.Decisions(t.Context(), Sendings{BusinessID: "shop", Subject: "ada"})
		if err != nil || len(list) != 1 || list[0].Delivery != models.DeliveryDelivered || !list[0].DeliveryAt.Equal(noon.Add(time.Second)) {
			t.Errorf("%+v, %v", list, err)
		}
		if h.count("possession_receipts", "true") != 0 {
			t.Error("receipts of a known message are kept")
		}
	})
}

func TestAReceiptThatComesBeforeTheReferenceWaitsForIt(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		for _, state := range []models.DeliveryState{models.DeliverySent, models.DeliveryDelivered, models.DeliveryQueued} {
			if h.receipt(state) {
				t.Error("a message that was not sent is known")
			}
		}
		h.sent("ada", lagos)
		if got := h.sending("ref"); got.Delivery != models.DeliveryDelivered {
			t.Errorf("got %q", got.Delivery)
		}
		if h.count("possession_receipts", "true") != 0 {
			t.Error("the receipt is still waiting")
		}
	})
}

func TestAReceiptAndItsMessageMayComeAtOnce(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		for range 8 {
			must(t, h.db.Gorm.Exec("DELETE FROM possession_sends").Error)
			must(t, h.db.Gorm.Create(&models.Sending{BusinessID: "shop", ID: "s", Decision: models.SendAllowed, At: noon, Reasons: []string{}}).Error)
			var both sync.WaitGroup
			both.Go(func() {
				if err := h.arrived(t.Context(), outgoing{}, Message{BusinessID: "shop", ID: "s"}, Delivery{Outcome: Accepted, Provider: "network", Reference: "ref"}); err != nil {
					t.Error(err)
				}
			})
			both.Go(func() { h.receipt(models.DeliveryDelivered) })
			both.Wait()
			if got := h.sending("ref"); got.Delivery != models.DeliveryDelivered {
				t.Fatalf("the receipt is lost: %+v", got)
			}
		}
	})
}

func TestAReceiptOfNothingIsRefusedAndForgotten(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		for _, r := range []DeliveryReport{
			{Provider: "network", Reference: "ref"},
			{Provider: "network", Reference: "ref", State: "delivred"},
			{Provider: "network", State: models.DeliverySent},
			{Reference: "ref", State: models.DeliverySent},
			{Provider: "network", Reference: strings.Repeat("r", 201), State: models.DeliverySent},
		} {
			_, err := h.Delivered(t.Context(), r)
			refused(t, err, models.Invalid)
		}
		h.receipt(models.DeliverySent)
		h.clock.pass(keepEarlyReports + time.Second)
		must(t, h.Sweep(t.Context()))
		if n := h.count("possession_receipts", "true"); n != 0 {
			t.Errorf("%d receipts of unknown messages are kept for ever", n)
		}
	})
}
