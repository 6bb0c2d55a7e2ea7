package lookup

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"whoseline/models"
	"whoseline/settings"
)

// cached asks for a recent answer of up to an hour, at prices of its own.
func cached(q *Query) {
	q.Cache, q.Price.Recent = settings.CachePolicy{TTL: 3600}, Recent{Found: 10, NotFound: 5}
}

func (d *desk) finds(change ...func(q *Query)) Result {
	d.t.Helper()
	result, err := d.Find(d.t.Context(), d.query(change...))
	if err != nil {
		d.t.Fatal(err)
	}
	return result
}

// newest reads the newest lookup.
func (d *desk) newest() *Record {
	d.t.Helper()
	rows := d.lookups()
	r, err := d.unseal(rows[len(rows)-1])
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

func TestARecentAnswerIsGivenAgainAtItsOwnPriceAndSaysSo(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 1000)
		d.finds(cached)
		d.has(950, 0)
		if d.newest().Said.Recent {
			t.Error("the first is no recent one")
		}
		d.clock.pass(59 * time.Minute)
		result := d.finds(cached)
		d.has(940, 0)
		r := d.newest()
		if result.Receipt.Charged != 10 || !r.Said.Recent || r.Source != "directory" || r.Attempts != "null" && r.Attempts != "[]" || len(r.Said.Owners) != 1 ||
			!r.Said.Origins[0].At.Equal(noon) || r.Charged != 10 {
			t.Errorf("%+v, %+v, %s", result.Receipt, r.Said, r.Attempts)
		}
		d.clock.pass(2 * time.Minute) // a second telling makes it no younger
		d.finds(cached)
		d.has(890, 0)
		if d.live.asked.Load() != 2 || d.newest().Said.Recent {
			t.Errorf("asked %d times", d.live.asked.Load())
		}
		d.clean()
	})
}

func TestOnlyTheSameQuestionOfTheSameBusinessForTheSamePurposeIsAnsweredAgain(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 10_000)
		d.wallet("other", 10_000)
		d.finds(cached)
		elsewhere, err := models.ParseNigerian("08120000001")
		if err != nil {
			t.Fatal(err)
		}
		for name, change := range map[string]func(q *Query){
			"another business": func(q *Query) { q.BusinessID = "other" },
			"another number":   func(q *Query) { q.Phone = elsewhere },
			"another product":  func(q *Query) { q.Advanced = true },
			"another purpose":  func(q *Query) { q.Consent.Purpose = "marketing" },
			"not any more":     func(q *Query) { q.Cache = settings.CachePolicy{} },
			"not for it":       func(q *Query) { q.Cache.Purposes = []string{"loans"} },
			"to be checked":    checked,
		} {
			before := d.live.asked.Load()
			d.finds(cached, change)
			if d.live.asked.Load() == before {
				t.Errorf("%s: from memory", name)
			}
		}
		before := d.live.asked.Load()
		d.finds(cached, func(q *Query) { q.Sandbox = true })
		if d.test.asked.Load() != 1 || d.live.asked.Load() != before {
			t.Error("the sandbox has a memory of its own")
		}
		d.finds(cached, func(q *Query) { q.Cache.Purposes = []string{"loans", "onboarding"} })
		d.finds(cached, withheld) // the owner is known, and still not given away
		if r := d.newest(); d.live.asked.Load() != before || len(r.Said.Owners) != 0 || !r.Match().FirstName.Same() {
			t.Errorf("%+v", r.Said)
		}
	})
}

func TestThatThereIsNobodyIsForgottenSoon(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 1000)
		d.live.say = func(Question) Finding { return Finding{Outcome: models.OutcomeNotFound, Source: "directory"} }
		d.finds(cached)
		d.has(980, 0)
		d.clock.pass(settings.MaxNegativeCacheTTL - time.Second)
		d.finds(cached)
		d.has(975, 0)
		d.clock.pass(time.Second)
		d.finds(cached)
		d.has(955, 0)
	})
}

func TestWhatIsNoAnswerIsNotRemembered(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 1000)
		for _, outcome := range []models.Outcome{models.OutcomeInvalid, models.OutcomeTimeout, models.OutcomePending} {
			d.live.say = func(Question) Finding { return Finding{Outcome: outcome} }
			_, _ = d.Find(t.Context(), d.query(cached)) // most of them are refusals
		}
		if n := d.remembered(); n != 0 {
			t.Errorf("%d rows", n)
		}
	})
}

func (d *desk) remembered() (n int64) {
	d.t.Helper()
	if err := d.db.Gorm.Model(&recent{}).Count(&n).Error; err != nil {
		d.t.Fatal(err)
	}
	return n
}

func TestAVerdictIsRememberedForWhatWasExpectedOnly(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 1000)
		d.finds(cached, withheld)
		var row recent
		if err := d.db.Gorm.Take(&row).Error; err != nil {
			t.Fatal(err)
		}
		f, err := d.unsealRecent(row)
		if err != nil || len(f.Owners) != 0 || f.Match == nil {
			t.Errorf("%+v, %v", f, err)
		}
		d.finds(cached, withheld)
		if r := d.newest(); d.live.asked.Load() != 1 || !r.Said.Recent || !r.Match().LastName.Same() {
			t.Errorf("%+v", r.Said)
		}
		other := "Ada"
		d.finds(cached, withheld, func(q *Query) { q.Expected.FirstName = &other })
		if r := d.newest(); d.live.asked.Load() != 2 || r.Match().FirstName.Same() {
			t.Errorf("%+v", r.Said)
		}
	})
}

func TestAWithdrawnConsentForgetsOneBusinessesAnswers(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 1000)
		d.wallet("other", 1000)
		d.finds(cached)
		d.finds(cached, func(q *Query) { q.BusinessID = "other" })
		phone := d.query().Phone
		if _, err := d.Withdraw(t.Context(), Withdrawal{BusinessID: "shop", Phone: phone}); err != nil {
			t.Fatal(err)
		}
		if n := d.remembered(); n != 1 {
			t.Errorf("%d rows after the withdrawal", n)
		}
		_, err := d.Find(t.Context(), d.query(cached))
		refused(t, err, models.ConsentWithdrawn)
	})
}

func TestExpiredAnswersAreSweptAndOthersStay(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 1000)
		d.finds(cached)
		d.clock.pass(30 * time.Minute)
		d.finds(cached, func(q *Query) { q.Consent.Purpose = "loans" })
		d.clock.pass(30 * time.Minute)
		if n, err := d.ForgetExpired(t.Context()); n != 1 || err != nil || d.remembered() != 1 {
			t.Errorf("forgot %d, %v", n, err)
		}
	})
}

func TestARecentAnswerOpensOnlyInItsOwnRow(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 1000)
		d.finds(cached)
		d.finds(cached, func(q *Query) { q.Consent.Purpose = "loans" })
		var rows []recent
		if err := d.db.Gorm.Find(&rows).Error; err != nil || len(rows) != 2 {
			t.Fatal(len(rows), err)
		}
		for name, change := range map[string]func(r *recent){
			"another business":     func(r *recent) { r.BusinessID = "other" },
			"another id":           func(r *recent) { r.ID = rows[1].ID },
			"another row's secret": func(r *recent) { r.DataKey, r.Sealed = rows[1].DataKey, rows[1].Sealed },
			"a bit":                func(r *recent) { r.Sealed = flipped(r.Sealed) },
		} {
			row := rows[0]
			change(&row)
			if f, err := d.unsealRecent(row); err == nil {
				t.Errorf("%s: opened as %+v", name, f)
			}
		}
		for _, secret := range []string{"NGOZI", "8031234567", "1990"} {
			if bytes.Contains(rows[0].Sealed, []byte(secret)) || strings.Contains(rows[0].ID, secret) {
				t.Errorf("a row shows %s", secret)
			}
		}
		if err := d.db.Gorm.Model(&recent{}).Where("1 = 1").Update("sealed", []byte("x")).Error; err != nil {
			t.Fatal(err)
		}
		d.finds(cached) // what does not open is asked for again
		if d.live.asked.Load() != 3 || !strings.Contains(d.log.String(), "could not be read") {
			t.Errorf("asked %d times: %s", d.live.asked.Load(), d.log)
		}
	})
}

func TestEqualQuestionsAtOnceAskTheSourceOnceAndAreEachPaidFor(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 1000)
		const more = 5
		asked, onward := make(chan struct{}), make(chan struct{})
		d.live.say = func(q Question) Finding {
			close(asked)
			<-onward
			return found(ngozi)(q)
		}
		ended := make(chan error, more+1)
		ask := func() {
			_, err := d.Find(t.Context(), d.query(cached))
			ended <- err
		}
		go ask()
		<-asked
		for range more {
			go ask()
		}
		close(onward)
		for range more + 1 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		if d.live.asked.Load() != 1 || len(d.lookups()) != more+1 {
			t.Errorf("asked %d times for %d lookups", d.live.asked.Load(), len(d.lookups()))
		}
		d.has(1000-50-more*10, 0)
		if len(d.flights.open) != 0 {
			t.Error("a flight never ended")
		}
		d.clean()
	})
}

func TestWhereTheFirstGetsNoAnswerTheOthersAskThemselves(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 1000)
		asked, onward := make(chan struct{}, 2), make(chan struct{})
		d.live.say = func(q Question) Finding {
			if d.live.asked.Load() == 1 {
				asked <- struct{}{}
				<-onward
				return Finding{Outcome: models.OutcomeTimeout}
			}
			return found(ngozi)(q)
		}
		first, second := make(chan error, 1), make(chan error, 1)
		go func() { _, err := d.Find(t.Context(), d.query(cached)); first <- err }()
		<-asked
		go func() { _, err := d.Find(t.Context(), d.query(cached)); second <- err }()
		close(onward)
		refused(t, <-first, models.SourcesUnavailable)
		if err := <-second; err != nil || d.live.asked.Load() != 2 {
			t.Errorf("%v after %d questions", err, d.live.asked.Load())
		}
		d.has(950, 0)
	})
}
