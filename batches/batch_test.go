package batches_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"whoseline/batches"
	"whoseline/models"
)

func TestEveryRowOfABatchIsAskedOnce(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, r *rig) {
		b := r.create(t, 700)
		r.work(t)
		if b = r.is(t, b, batches.Done, "", 0, 700*50); b.Found != 700 || b.EndedAt.IsZero() || r.ended.Load() != 1 {
			t.Errorf("%+v, told %d times", b, r.ended.Load())
		}
		r.onceEach(t, 700)
		rows, err := r.Page(t.Context(), b, 690, 100)
		if err != nil || len(rows) != 10 || rows[0].Number != 691 || rows[0].LookupID == "" || rows[0].Charged != 50 {
			t.Errorf("%+v, %v", rows, err)
		}
		if left := r.count("batch_rows", "input IS NOT NULL"); left != 0 {
			t.Errorf("%d inputs are kept", left)
		}
	})
}

func TestABatchNeverSpendsMoreThanItsBudget(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, r *rig) {
		b := r.create(t, 100, func(o *batches.Order) { o.Budget = new(int64(1024)) })
		r.work(t)
		r.is(t, b, batches.Paused, "budget_reached", 80, 1000)
		r.onceEach(t, 20)
		if err := r.Resume(t.Context(), "acme", b.ID); err != nil {
			t.Fatal(err)
		}
		r.work(t)
		r.is(t, b, batches.Paused, "budget_reached", 80, 1000)
	})
}

func TestAPendingRowCountsAgainstTheBudgetAndEndsWithItsLookup(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, r *rig) {
		r.hold["08030000000"], r.hold["08030000001"] = true, true
		b := r.create(t, 4, func(o *batches.Order) { o.Budget = new(int64(150)) })
		r.work(t)
		if b = r.is(t, b, batches.Running, "budget_reached", 1, 50); b.Pending != 2 || b.Held != 100 {
			t.Errorf("%+v", b)
		}
		for id, a := range r.known {
			if a.Status == models.StatusPending {
				r.known[id] = batches.Answer{LookupID: id, Status: models.StatusFailed}
			}
		}
		r.pass(time.Minute)
		r.work(t)
		if b = r.is(t, b, batches.Done, "", 0, 100); b.Failed != 2 || b.Held != 0 {
			t.Errorf("%+v", b)
		}
	})
}

func TestWhatStandsInTheWayPausesABatchAndLosesNothing(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, r *rig) {
		b := r.create(t, 50)
		r.refuse["08030000010"] = models.Fail(models.InsufficientFunds, "no money")
		r.work(t)
		b = r.is(t, b, batches.Paused, "insufficient_funds", 19, 31*50)
		delete(r.refuse, "08030000010")
		r.refuse["08030000049"] = models.Fail(models.ConsentWithdrawn, "withdrawn")
		if err := r.Resume(t.Context(), "acme", b.ID); err != nil {
			t.Fatal(err)
		}
		r.work(t)
		if b = r.is(t, b, batches.Done, "", 0, 49*50); b.Refused != 1 {
			t.Errorf("%+v", b)
		}
		r.onceEach(t, 49)

		b = r.create(t, 3)
		r.holder = models.Fail(models.Unauthorized, "the key is revoked")
		r.work(t)
		r.is(t, b, batches.Paused, "unauthorized", 3, 0)
	})
}

func TestRowsAreAskedLaterWhereNoSourceAnswersAny(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, r *rig) {
		for i := range 40 {
			r.refuse[fmt.Sprintf("0803%07d", i)] = models.Fail(models.SourcesUnavailable, "away")
		}
		b := r.create(t, 40)
		r.work(t)
		r.is(t, b, batches.Running, "sources_unavailable", 40, 0)
		clear(r.refuse)
		r.work(t)
		r.is(t, b, batches.Running, "sources_unavailable", 40, 0)
		r.pass(time.Minute)
		r.work(t)
		r.is(t, b, batches.Done, "", 0, 40*50)
	})
}

func TestTwoGatewaysAndACrashChargeForNoRowTwice(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, r *rig) {
		b := r.create(t, 400)
		gone, crash := context.WithCancel(t.Context())
		other := r.beside(t)
		var all sync.WaitGroup
		all.Go(func() {
			for r.asked.Load() < 100 && gone.Err() == nil {
				if err := other.Work(gone); err != nil && gone.Err() == nil {
					t.Error(err)
				}
			}
		})
		for r.asked.Load() < 60 {
			r.work(t)
		}
		crash()
		all.Wait()
		for range 5 {
			r.pass(2 * time.Minute)
			r.work(t)
		}
		r.is(t, b, batches.Done, "", 0, 400*50)
		r.onceEach(t, 400)
	})
}

func TestAGatewayThatStopsGivesItsBatchBack(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, r *rig) {
		b := r.create(t, 40)
		stops, stop := context.WithCancel(t.Context())
		r.meet = func() { stop() }
		if err := r.Work(stops); err == nil {
			t.Error("it does not tell why it stopped")
		}
		if b, err := r.Get(t.Context(), b.BusinessID, b.ID); err != nil || b.Waiting() == 0 || b.State != batches.Running || b.Why != "" {
			t.Errorf("%+v, %v", b, err)
		}
		r.meet = func() {}
		r.pass(10 * time.Second)
		if err := r.beside(t).Work(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.is(t, b, batches.Done, "", 0, 40*50)
		r.onceEach(t, 40)
	})
}

func TestAPersonWhoIsErasedIsNotAsked(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, r *rig) {
		b := r.create(t, 5)
		err := r.db.Gorm.Transaction(func(tx *gorm.DB) error { return batches.EraseNumber(tx, "acme", []byte("08030000002")) })
		if err != nil {
			t.Fatal(err)
		}
		r.work(t)
		if b = r.is(t, b, batches.Done, "", 0, 4*50); b.Erased != 1 {
			t.Errorf("%+v", b)
		}
		r.onceEach(t, 4)
	})
}

func TestAnIdempotencyKeyMakesOneBatch(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, r *rig) {
		same := func(o *batches.Order) { o.Token = "order-7" }
		first, again := r.create(t, 3, same), r.create(t, 3, same)
		if first.ID != again.ID {
			t.Errorf("%s and %s", first.ID, again.ID)
		}
		for what, change := range map[string]func(*batches.Order){
			"file": func(o *batches.Order) { o.File = numbers(4) }, "name": func(o *batches.Order) { o.Name = "other" },
			"budget":  func(o *batches.Order) { o.Budget = new(int64(100)) },
			"purpose": func(o *batches.Order) { o.Statement.Purpose = "credit" },
		} {
			o := batches.Order{BusinessID: "acme", KeyID: "key", Name: "file", Format: batches.CSV, File: numbers(3), Statement: batches.Statement{Consent: true}}
			same(&o)
			change(&o)
			if _, err := r.Create(t.Context(), o); models.CodeOf(err) != models.IdempotencyMismatch {
				t.Errorf("another %s: %v", what, err)
			}
		}
		if test := r.create(t, 3, same, func(o *batches.Order) { o.Sandbox = true }); test.ID == first.ID {
			t.Error("a sandbox key was given the live batch")
		}
		if other := r.create(t, 3, func(o *batches.Order) { o.Token, o.BusinessID = "order-7", "globex" }); other.ID == first.ID {
			t.Error("another business's key made the same batch")
		}
		if err := r.db.Gorm.Exec("UPDATE batches SET state = 'loading' WHERE id = ?", first.ID).Error; err != nil {
			t.Fatal(err)
		}
		o := batches.Order{BusinessID: "acme", Name: "file", Format: batches.CSV, File: numbers(3), Statement: batches.Statement{Consent: true}, Token: "order-7"}
		if _, err := r.Create(t.Context(), o); models.CodeOf(err) != models.InProgress {
			t.Errorf("while it is loaded: %v", err)
		}
	})
}

func TestABusinessHasSoManyBatchesAtOnceAtMost(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, r *rig) {
		var last batches.Batch
		for range 20 {
			last = r.create(t, 1)
		}
		o := batches.Order{BusinessID: "acme", KeyID: "key", Format: batches.CSV, File: numbers(1), Statement: batches.Statement{Consent: true}}
		if _, err := r.Create(t.Context(), o); models.CodeOf(err) != models.Conflict {
			t.Errorf("one too many: %v", err)
		}
		r.create(t, 1, func(o *batches.Order) { o.BusinessID = "globex" })
		if err := r.Stop(t.Context(), "acme", last.ID); err != nil {
			t.Fatal(err)
		}
		r.create(t, 1)
	})
}

func TestABatchIsPausedResumedStoppedAndClearedAway(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, r *rig) {
		b := r.create(t, 40)
		steps := []struct {
			do   batches.Turn
			want models.Code
		}{{r.Resume, models.Conflict}, {r.Pause, ""}, {r.Pause, models.Conflict}, {r.Resume, ""}, {r.Stop, ""}, {r.Stop, models.Conflict}, {r.Resume, models.Conflict}}
		for i, s := range steps {
			if err := s.do(t.Context(), "acme", b.ID); models.CodeOf(err) != s.want {
				t.Errorf("step %d: %v", i, err)
			}
		}
		if err := r.Pause(t.Context(), "globex", b.ID); models.CodeOf(err) != models.NotFound {
			t.Errorf("another business: %v", err)
		}
		r.work(t)
		r.is(t, b, batches.Stopped, "", 40, 0)
		r.pass(25 * time.Hour)
		if err := r.Clear(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Get(t.Context(), "acme", b.ID); models.CodeOf(err) != models.NotFound || r.count("batch_rows", "") != 0 {
			t.Errorf("%v, %d rows", err, r.count("batch_rows", ""))
		}
	})
}

func TestAFileWithBadLinesIsRefusedAsAWholeWithTheirNumbers(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, r *rig) {
		for name, file := range map[string]struct {
			format      batches.Format
			text, lines string
		}{
			"csv":    {batches.CSV, "number,metadata\n08030000000,\n1,\n08030000001,{\n", "[{3 mobile mobile must be a number} {4 metadata metadata must be a JSON object}]"},
			"quotes": {batches.CSV, "number\n\"08030000000\n", "[{2 line extraneous or missing \" in quoted-field}]"},
			"unknown": {
				batches.CSV, "number,colour\n08030000000,red\n",
				"[{1 line there is no column colour: known are number, firstName, lastName, dateOfBirth, advanceSearch, isSubjectConsent, purpose, metadata and metadata.NAME}]",
			},
			"no number":     {batches.CSV, "firstName\nAda\n", "[{1 line the column number is missing}]"},
			"empty":         {batches.CSV, "", "[{1 line the first line must name the columns}]"},
			"twice":         {batches.CSV, "number,phone\n1,2\n", "[{1 line the column phone stands twice}]"},
			"fields":        {batches.CSV, "number\n08030000000,x\n1\n", "[{2 line wrong number of fields} {3 mobile mobile must be a number}]"},
			"json":          {batches.JSONLines, "{\"mobile\":\"08030000000\"}\n\nnull\n{\"mobile\":\"1\"}\n[]\n", "[{3 line the line must be a JSON object} {4 mobile mobile must be a number} {5 line the line must be a JSON object}]"},
			"metadata null": {batches.CSV, "number,metadata,metadata.a\n08030000000,null,b\n", "[{2 metadata metadata must be a JSON object}]"},
			"flag":          {batches.CSV, "number,isSubjectConsent\n08030000000,perhaps\n", "[{2 isSubjectConsent isSubjectConsent must be true or false}]"},
		} {
			_, err := r.Create(t.Context(), batches.Order{
				BusinessID: "acme", KeyID: "key", Format: file.format, File: []byte(file.text), Statement: batches.Statement{Consent: true},
			})
			told := (*models.Error)(nil)
			if !errors.As(err, &told) || told.Code != models.Invalid {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if got := fmt.Sprint(told.Lines); got != file.lines || told.Faults != len(told.Lines) {
				t.Errorf("%s: %d: %s", name, told.Faults, got)
			}
		}
		if _, err := r.Create(t.Context(), batches.Order{BusinessID: "acme", Format: batches.CSV, File: []byte("number\n")}); models.CodeOf(err) != models.Invalid {
			t.Errorf("no rows: %v", err)
		}
		_, err := r.Create(t.Context(), batches.Order{BusinessID: "acme", Format: batches.CSV, File: numbers(3)})
		if told := (*models.Error)(nil); !errors.As(err, &told) || told.Faults != 3 || told.Lines[0].Field != "isSubjectConsent" {
			t.Errorf("no consent: %v", err)
		}
		_, err = r.Create(t.Context(), batches.Order{BusinessID: "acme", Format: batches.CSV, File: numbers(batches.MaxRows + 1), Statement: batches.Statement{Consent: true}})
		if models.CodeOf(err) != models.TooLarge {
			t.Errorf("too many rows: %v", err)
		}
		if n := r.count("batches", ""); n != 0 {
			t.Errorf("%d batches are stored", n)
		}
	})
}
