package providers

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"whoseline/models"
)

func TestAWindowCountsTheLast200Outcomes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var w window
		all := rapid.SliceOfN(rapid.SampledFrom([]models.Outcome{
			models.OutcomeFound, models.OutcomeNotFound, models.OutcomeInvalid, down, models.OutcomeRateLimited,
		}), 0, 3*windowSize).Draw(t, "outcomes")
		for _, outcome := range all {
			w.add(markOf(outcome))
		}
		var want counts
		for _, outcome := range all[max(0, len(all)-windowSize):] {
			want.judged++
			switch outcome {
			case models.OutcomeFound:
				want.good++
				want.found++
			case models.OutcomeNotFound:
				want.good++
				want.missed++
			case models.OutcomeInvalid:
				want.good++
			}
		}
		if got := w.counts(); got != want {
			t.Fatalf("%+v, want %+v", got, want)
		}
	})
}

func TestWhatSaysNothingOfASourceIsNotRemembered(t *testing.T) {
	t.Parallel()
	var h history
	for _, outcome := range []models.Outcome{
		models.OutcomeCanceled, models.OutcomePending, models.OutcomeNotApplicable, models.OutcomeBreakerOpen, models.OutcomeDisabled,
	} {
		h.note(0, outcome, time.Second)
	}
	if got := h.counts(0); got != (counts{}) || h.pace.smooth.Load() != 0 {
		t.Errorf("%+v", got)
	}
}

func TestAPrefixIsLookedAtOnceEnoughIsKnownOfIt(t *testing.T) {
	t.Parallel()
	var h history
	good, bad := prefixOf(question(t, "08031234567").Phone), prefixOf(question(t, "08051234567").Phone)
	if good == bad || prefixOf(models.PhoneFromE164("+34629255833")) != prefixes-1 {
		t.Fatalf("prefixes %d, %d", good, bad)
	}
	for range enough {
		h.note(good, models.OutcomeFound, time.Second)
	}
	for range enough - 1 {
		h.note(bad, down, time.Second)
	}
	if got := h.counts(bad); got.judged != 2*enough-1 {
		t.Errorf("too few of the prefix: %+v, want all", got)
	}
	h.note(bad, down, time.Second)
	if got := h.counts(bad); got != (counts{judged: enough}) {
		t.Errorf("enough of the prefix: %+v", got)
	}
	if got := h.counts(good); got.good != enough || got.judged != enough {
		t.Errorf("the other prefix: %+v", got)
	}
}

func TestThePaceKnowsItsSlowestTwentieth(t *testing.T) {
	t.Parallel()
	var p pace
	for i := range enough - 1 {
		p.add(time.Duration(i+1) * time.Millisecond)
	}
	if _, known := p.p95(); known {
		t.Error("known from too few")
	}
	for i := range 1000 { // the window keeps 801 to 1000
		p.add(time.Duration(i+1) * time.Millisecond)
	}
	if got, known := p.p95(); !known || got != 990*time.Millisecond {
		t.Errorf("%v, %t", got, known)
	}
}
