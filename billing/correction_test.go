package billing

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"gorm.io/gorm"

	"whoseline/models"
)

// corrected carries out a correction by an operator.
func (s *shop) corrected(o CorrectionOrder) (Corrected, error) {
	o.BusinessID, o.Actor = "shop", "ada"
	if o.Reason == "" {
		o.Reason = "wrong_answer"
	}
	return s.Correct(s.t.Context(), o)
}

func TestWhatWasChargedIsGivenBackOnce(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		_, part, failed, open := history(s)
		s.has("shop", 7600, 1000)
		dry, err := s.corrected(CorrectionOrder{LookupID: part.ID, Reference: "case-1", Dry: true})
		if err != nil || dry.Amount != 400 || dry.Available != 8000 || !dry.Dry {
			t.Errorf("dry run: %+v, %v", dry, err)
		}
		s.has("shop", 7600, 1000)
		done, err := s.corrected(CorrectionOrder{LookupID: part.ID, Reference: "case-1", Amount: 300})
		if err != nil || done.Amount != 300 || done.Available != 7900 || done.Repeated {
			t.Errorf("%+v, %v", done, err)
		}
		if again, err := s.corrected(CorrectionOrder{LookupID: part.ID, Reference: "case-1", Amount: 300}); err != nil || !again.Repeated || again.Available != 7900 {
			t.Errorf("again: %+v, %v", again, err)
		}
		for want, o := range map[models.Code]CorrectionOrder{
			models.Conflict: {LookupID: part.ID, Reference: "case-2"},
			models.NotFound: {LookupID: "nobody", Reference: "case-2"},
			models.Invalid:  {LookupID: part.ID, Reference: "case-2", Amount: -1},
		} {
			_, err := s.corrected(o)
			refused(t, err, want)
		}
		for _, l := range []*models.Lookup{failed, open} {
			_, err := s.corrected(CorrectionOrder{LookupID: l.ID, Reference: "case-2"})
			refused(t, err, models.Conflict)
		}
		_, err = s.corrected(CorrectionOrder{LookupID: part.ID, Reference: "case-1", Amount: 301})
		refused(t, err, models.Conflict)
		if got := s.stored(part).Refunded; got != 300 {
			t.Errorf("the lookup says %d", got)
		}
		s.has("shop", 7900, 1000)
		s.clean()
	})
}

func TestABalanceIsAdjustedEitherWayAndNeverBelowZero(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 100)
		for _, c := range []struct {
			amount, available int64
			code              models.Code
		}{{50, 150, ""}, {-150, 0, ""}, {-1, 0, models.InsufficientFunds}, {1 << 62, 0, models.Invalid}, {-1 << 63, 0, models.InsufficientFunds}, {7, 7, ""}} {
			_, err := s.corrected(CorrectionOrder{Amount: c.amount, Reference: strings.Repeat("r", int(c.amount&15)+1)})
			if models.CodeOf(err) != c.code {
				t.Errorf("%d: %v", c.amount, err)
			}
			s.has("shop", c.available, 0)
			s.clean()
		}
	})
}

func TestACorrectionThatCannotBeToldOfIsNone(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 100)
		_, err := s.corrected(CorrectionOrder{Amount: 5, Reference: "r", Told: func(*gorm.DB, models.Correction) error { return errors.New("no") }})
		if err == nil || s.count("corrections", "1 = 1") != 0 {
			t.Error(err)
		}
		s.has("shop", 100, 0)
	})
}

func TestOneOfManyRefundsOfALookupIsCarriedOut(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		found, _, _, _ := history(s)
		var all sync.WaitGroup
		done := make(chan bool, 8)
		for i := range 8 {
			all.Go(func() {
				_, err := s.corrected(CorrectionOrder{LookupID: found.ID, Reference: strings.Repeat("r", i+1)})
				done <- err == nil
			})
		}
		all.Wait()
		close(done)
		n := 0
		for ok := range done {
			if ok {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d were carried out", n)
		}
		s.has("shop", 8600, 1000)
		s.clean()
	})
}

func TestVerifyNamesTheCorrectionThatLies(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ change, row string }{
		"its reason":        {"UPDATE corrections SET reason = 'x' WHERE kind = 'refund'", "corrections shop/F"},
		"who did it":        {"UPDATE corrections SET actor = 'x' WHERE kind = 'adjustment'", "corrections shop/why"},
		"one taken away":    {"DELETE FROM corrections WHERE kind = 'adjustment'", "corrections shop/why"},
		"one added":         {"INSERT INTO corrections (business_id, kind, target, reference, amount, reason, actor, created_at) SELECT business_id, kind, 'x', 'x', amount, reason, actor, created_at FROM corrections WHERE kind = 'refund'", "wallets shop"},
		"what a lookup got": {"UPDATE lookups SET refunded = 1 WHERE id = 'F'", "lookups shop/F"},
		"a refund made up":  {"UPDATE lookups SET refunded = 1 WHERE charged = 400", "wallets shop"},
		"the way it went":   {"UPDATE transfers SET debit = 'available', credit = 'adjustments', balance = balance - 1000 WHERE kind = 'adjustment'", "transfers shop/11"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engines(t, func(t *testing.T, s *shop) {
				found, _, _, _ := history(s)
				for _, o := range []CorrectionOrder{{LookupID: found.ID, Reference: "back"}, {Amount: 500, Reference: "why"}} {
					_, err := s.corrected(o)
					must(t, err)
				}
				s.clean()
				s.exec(strings.ReplaceAll(c.change, "'F'", "'"+found.ID+"'"))
				audit, err := s.Verify(t.Context(), "", func(int64) {})
				if err != nil || len(audit.Lies) != 1 || audit.Lies[0].Row != strings.ReplaceAll(c.row, "/F", "/"+found.ID) {
					t.Errorf("%+v, %v", audit.Lies, err)
				}
			})
		})
	}
}
