package channel

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"whoseline/models"
	"whoseline/possession"
)

func TestTheMetricsOfChannelsNameNobody(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	r := sendRouter(sms("a", flies(possession.ProviderDown)), sms("b", flies(possession.Accepted)))
	r.Register(registry)
	r.Send(t.Context(), letter("+2348031234500"))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			name := family.GetName()
			for _, label := range m.GetLabel() {
				name += " " + label.GetValue()
			}
			if counted := m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount()); counted > 0 {
				got[name] = counted
			}
		}
	}
	want := map[string]float64{
		"whoseline_channel_outcomes_total provider_down a": 1, "whoseline_channel_outcomes_total accepted b": 1,
		"whoseline_channel_attempt_duration_seconds a": 1, "whoseline_channel_attempt_duration_seconds b": 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheRealChannelsFallBackInOrder(t *testing.T) {
	t.Parallel()
	sim, accounts := texting(t)
	for digit, want := range map[string]string{
		"0": "whatsapp accepted",
		"1": "whatsapp not_on_channel 131026, twilio not_on_channel 21408, africastalking not_on_channel 404, termii sender_rejected HTTP 400",
		"2": "whatsapp not_on_channel 131026, twilio invalid_number 21211",
		"3": "whatsapp provider_down 2, twilio provider_down 20503, africastalking provider_down 501, termii provider_down HTTP 503",
		"9": "whatsapp timeout, twilio timeout, africastalking timeout, termii timeout",
	} {
		r := sendRouter(carrying(t, accounts, "whatsapp", "twilio", "africastalking", "termii")...)
		if got := turnsOf(r.Send(t.Context(), letter("+23480312345"+"0"+digit))); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", digit, got, want)
		}
	}
	if n := len(sim.Texts("", "")); n != 1 {
		t.Errorf("%d messages were accepted", n)
	}
}

// scrap is a reader of receipts that finds the same in every mail.
type scrap []possession.DeliveryReport

func (s scrap) Read(ReportRequest) (Reported, error) { return Reported{Receipts: s}, nil }

func TestAReceiptThatNobodyUnderstandsIsCounted(t *testing.T) {
	t.Parallel()
	carrier := sms("first", flies(possession.Accepted))
	carrier.Reports = scrap{
		{Provider: "first", Reference: "1", State: models.DeliveryUnknown}, {Provider: "first", Reference: "2", State: models.DeliveryDelivered},
	}
	r := sendRouter(carrier)
	registry := prometheus.NewRegistry()
	r.Register(registry)
	if got := unclear(t, registry); got != 0 {
		t.Errorf("%v before anything came", got)
	}
	reader, _ := r.Reader("first")
	if told, err := reader.Read(ReportRequest{}); err != nil || len(told.Receipts) != 2 {
		t.Errorf("%v, %v", told, err)
	}
	r.Heard(possession.DeliveryReport{Provider: "first", State: models.DeliveryUnknown})
	if got := unclear(t, registry); got != 2 {
		t.Errorf("%v were counted", got)
	}
}

func unclear(t *testing.T, registry *prometheus.Registry) float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "whoseline_channel_receipts_unclear_total" {
			return f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	t.Fatal("there is no such metric")
	return 0
}
