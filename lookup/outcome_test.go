package lookup

import (
	"errors"
	"strings"
	"testing"
	"time"

	"whoseline/models"
)

// matrix is what every outcome of a source means for the record, the wallet (found 50, not found 20) and the caller.
var matrix = map[models.Outcome]struct {
	status models.Status
	charge int64
	code   models.Code
}{
	models.OutcomeFound:         {models.StatusFound, 50, ""},
	models.OutcomeNotFound:      {models.StatusNotFound, 20, ""},
	models.OutcomeInvalid:       {models.StatusFailed, 0, ""},
	models.OutcomePending:       {models.StatusFailed, 0, models.SourcesUnavailable},
	models.OutcomeNotApplicable: {models.StatusFailed, 0, models.SourcesUnavailable},
	models.OutcomeWalletEmpty:   {models.StatusFailed, 0, models.SourcesUnavailable},
	models.OutcomeCredentials:   {models.StatusFailed, 0, models.SourcesUnavailable},
	models.OutcomeRateLimited:   {models.StatusFailed, 0, models.SourcesUnavailable},
	models.OutcomeSourceDown:    {models.StatusFailed, 0, models.SourcesUnavailable},
	models.OutcomeProviderDown:  {models.StatusFailed, 0, models.SourcesUnavailable},
	models.OutcomeTimeout:       {models.StatusFailed, 0, models.SourcesUnavailable},
	models.OutcomeCanceled:      {models.StatusFailed, 0, models.SourcesUnavailable},
	models.OutcomeBadPayload:    {models.StatusFailed, 0, models.SourcesUnavailable},
	models.OutcomeBreakerOpen:   {models.StatusFailed, 0, models.SourcesUnavailable},
	models.OutcomeBulkheadFull:  {models.StatusFailed, 0, models.SourcesUnavailable},
	models.OutcomePaused:        {models.StatusFailed, 0, models.SourcesUnavailable},
	models.OutcomeDisabled:      {models.StatusFailed, 0, models.SourcesUnavailable},
	models.OutcomeTooDear:       {models.StatusFailed, 0, models.SourcesUnavailable},
	"never heard of":            {models.StatusFailed, 0, models.SourcesUnavailable},
}

func TestARetryIsAdvisedAsTheSourceSaysOrInAFewSeconds(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 1000)
		for told, want := range map[time.Duration]time.Duration{0: 10 * time.Second, time.Minute: time.Minute} {
			d.live.say = func(Question) Finding { return Finding{Outcome: models.OutcomeRateLimited, RetryAfter: told} }
			_, failure := d.Find(t.Context(), d.query())
			err := (*models.Error)(nil)
			if !errors.As(failure, &err) || err.RetryAfter != want {
				t.Errorf("%v: %v", told, failure)
			}
		}
	})
}

func TestTheDearestAnswerIsHeld(t *testing.T) {
	t.Parallel()
	for p, want := range map[Price]int64{
		{Found: 50, NotFound: 20}: 50, {Found: 20, NotFound: 50}: 50, {}: 0, {NotFound: 3}: 3,
		{Found: 50, NotFound: 20, Recent: Recent{Found: 10, NotFound: 70}}: 70, {Found: 50, Recent: Recent{Found: 60}}: 60,
	} {
		if p.most() != want {
			t.Errorf("%+v: %d", p, p.most())
		}
	}
}

func TestEachOutcomeMovesTheMoneyThatItShouldAndNoMore(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 1000)
		left := int64(1000)
		for outcome, want := range matrix {
			d.live.say = func(Question) Finding {
				return Finding{Outcome: outcome, Source: "s", Owners: []models.Owner{ngozi}[:min(1, want.charge/50)], Err: errors.New("cause")}
			}
			result, err := d.Find(t.Context(), d.query(func(q *Query) { q.IdempotencyKey = string(outcome) }))
			refused(t, err, want.code)
			left -= want.charge
			if result.Receipt == nil || result.Receipt.Charged != want.charge || result.Receipt.Balance != left {
				t.Errorf("%s: receipt %+v, want %d of what leaves %d", outcome, result.Receipt, want.charge, left)
			}
			rows := d.lookups()
			if last := rows[len(rows)-1]; last.Status != want.status || last.Charged != want.charge || last.Held != 50 {
				t.Errorf("%s: %+v", outcome, last)
			}
			if (result.Body == nil) != (want.code != "") {
				t.Errorf("%s: body %q", outcome, result.Body)
			}
		}
		d.has(left, 0)
		d.clean()
		if n := d.keys(); n != 3 {
			t.Errorf("%d keys are kept; those without an answer are to be free again", n)
		}
		if text := d.log.String(); strings.Contains(text, "08031234567") || strings.Contains(text, "2348031234567") {
			t.Error("the log names the number")
		}
	})
}
