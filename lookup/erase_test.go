package lookup

import (
	"bytes"
	"context"
	"crypto/cipher"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/webhooks"
)

// register keeps the evidence that it is given, or refuses it from the given erasure on.
type register struct {
	mu      sync.Mutex
	refuses int // evidence from this one on; 0 = none
	noted   []Erased
	over    []Erasing
}

func (r *register) Ended(_ *gorm.DB, e Erasing) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = append(r.over, e)
	return nil
}

// sum is how many lookups the evidence tells of.
func (r *register) sum() (n int64) {
	for _, e := range r.noted {
		n += e.Lookups
	}
	return n
}

func (r *register) Note(_ *gorm.DB, e Erased) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refuses > 0 && len(r.noted)+1 >= r.refuses {
		return errors.New("the disk is full")
	}
	r.noted = append(r.noted, e)
	return nil
}

// evidence replaces the desk's witness.
func (d *desk) evidence() *register {
	r := &register{}
	d.witness = r
	return r
}

const erasedNumber, otherNumber = "08031234567", "08099887766"

// about makes a query be about a number, with metadata that nobody else's has.
func about(number string) func(q *Query) {
	return func(q *Query) {
		q.Phone, _ = models.ParseNigerian(number)
		q.Metadata = json.RawMessage(`{"case":"case-of-` + number + `"}`)
		q.Body = []byte(`{"mobile":"` + number + `"}`)
		q.IdempotencyKey = "key of " + number
	}
}

// named is a source that knows an owner for each number, called after it.
func named(q Question) Finding {
	return found(models.Owner{FullName: "OWNER OF " + q.Phone.National()})(q)
}

// erases erases a number from the lookups of live keys of the business shop, which must take the person from so many.
func (d *desk) erases(number string, lookups int64) Erased {
	d.t.Helper()
	phone, _ := models.ParseNigerian(number)
	e, err := d.Erase(d.t.Context(), Erasure{BusinessID: "shop", Phone: phone, Reason: "subject_request"})
	if err != nil || e.Lookups != lookups {
		d.t.Errorf("erased from %d lookups, want %d: %v", e.Lookups, lookups, err)
	}
	return e
}

// tables gives every row of every table.
func (d *desk) tables() (rows []map[string]any) {
	d.t.Helper()
	list := `SELECT name FROM sqlite_master WHERE type = 'table'`
	if d.db.Engine == storage.Postgres {
		list = `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()`
	}
	var names []string
	if err := d.db.Gorm.Raw(list).Scan(&names).Error; err != nil {
		d.t.Fatal(err)
	}
	for _, name := range names {
		rows = append(rows, d.table(name)...)
	}
	return rows
}

func (d *desk) table(name string) (all []map[string]any) {
	d.t.Helper()
	rows, err := d.db.Gorm.Raw(`SELECT * FROM "` + name + `"`).Rows()
	if err != nil {
		d.t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	for err == nil && rows.Next() {
		values, into, row := make([]any, len(columns)), make([]any, len(columns)), map[string]any{}
		for i := range values {
			into[i] = &values[i]
		}
		err = rows.Scan(into...)
		for i, column := range columns {
			row[column] = values[i]
		}
		all = append(all, row)
	}
	if err = errors.Join(err, rows.Err()); err != nil {
		d.t.Fatal(err)
	}
	return all
}

// sealed gives every value of every row, and every name that any row could have been sealed for.
func (d *desk) sealed() (values [][]byte, names []string) {
	d.t.Helper()
	for _, row := range d.tables() {
		business := fmt.Sprint(row["business_id"])
		for _, id := range []string{fmt.Sprint(row["id"]), fmt.Sprint(row["lookup_id"])} {
			names = append(names, business+"/"+id, business+"/recent/"+id, "webhook_events/"+business+"/"+id)
		}
		for _, value := range row {
			switch value := value.(type) {
			case []byte:
				values = append(values, value)
			case string:
				values = append(values, []byte(value))
			}
		}
	}
	slices.Sort(names)
	return values, slices.Compact(names)
}

// opens gives all that can be had from the database: what stands in it, and what the vault can open of that, with every
// key that stands anywhere and under every name.
func (d *desk) opens() string {
	d.t.Helper()
	values, names := d.sealed()
	all := slices.Clone(values)
	for _, name := range names {
		for _, value := range values {
			if plain, err := d.vault.(webhooks.Vault).Open(name, value); err == nil {
				all = append(all, plain)
			}
			if key, err := d.vault.OpenKey(value, name); err == nil {
				all = append(all, openedBy(key, name, values)...)
			}
		}
	}
	return string(bytes.Join(all, []byte("\n")))
}

// openedBy gives what the key of a record opens.
func openedBy(key cipher.AEAD, name string, values [][]byte) (plain [][]byte) {
	for _, column := range []string{"", "/request", "/answer", "/response"} {
		for _, value := range values {
			if text, err := key.Open(nil, nil, value, []byte(name+column)); err == nil {
				plain = append(plain, text)
			}
		}
	}
	return plain
}

// knows tells which of the personal values of a number can be had from the database.
func (d *desk) knows(number string) (values []string) {
	d.t.Helper()
	text := d.opens()
	for _, value := range []string{"234" + number[1:], "OWNER OF " + number, "case-of-" + number, "body of " + number} {
		if strings.Contains(text, value) {
			values = append(values, value)
		}
	}
	return values
}

// lived is an outage's desk on which much has happened to both numbers: answers with keys and in the memory, one that came
// later with its event, and, of the sandbox and of another business, the same.
func lived(t *testing.T, test func(t *testing.T, o *outage)) {
	t.Helper()
	outages(t, func(t *testing.T, o *outage) {
		o.wallet("other", 1000)
		o.outage.Payload = func(_ context.Context, r *Record) (webhooks.NewEvent, error) {
			return webhooks.NewEvent{
				BusinessID: r.BusinessID, Type: "ended", LookupID: r.ID, Payload: []byte("body of " + r.Phone().National()),
			}, nil
		}
		for _, number := range []string{erasedNumber, otherNumber} {
			o.pending(about(number), func(q *Query) { q.IdempotencyKey = "later " + number })
		}
		o.live.say, o.test.say = named, named
		o.clock.pass(time.Minute)
		o.resumes(2)
		for _, number := range []string{erasedNumber, otherNumber} {
			o.finds(about(number), cached)
			o.finds(about(number), func(q *Query) { q.Sandbox = true })
			o.finds(about(number), func(q *Query) { q.BusinessID = "other" })
		}
		test(t, o)
	})
}

func TestOfAnErasedPersonNothingCanBeOpenedAnyMore(t *testing.T) {
	lived(t, func(t *testing.T, o *outage) {
		witness := o.evidence()
		// the sandbox and the other business go first, so that nothing but the last erasure stands in the way
		phone := o.query(about(erasedNumber)).Phone
		for _, e := range []Erasure{{BusinessID: "shop", Sandbox: true, Phone: phone}, {BusinessID: "other", Phone: phone}} {
			if done, err := o.Erase(t.Context(), e); err != nil || done.Lookups != 1 {
				t.Errorf("%+v, %v", done, err)
			}
		}
		if knows := o.knows(erasedNumber); len(knows) != 4 {
			t.Fatalf("before, only %q can be had", knows)
		}
		before := o.lookups()
		o.clock.pass(time.Hour)
		o.erases(erasedNumber, 2)
		if knows := o.knows(erasedNumber); len(knows) > 0 {
			t.Errorf("%q can be had", knows)
		}
		if knows := o.knows(otherNumber); len(knows) != 4 {
			t.Errorf("of another number, only %q can be had", knows)
		}
		for i, after := range o.lookups() {
			after.DataKey = before[i].DataKey
			if string(encode(after)) != string(encode(before[i])) {
				t.Errorf("%+v became %+v", before[i], after)
			}
		}
		last := witness.noted[len(witness.noted)-1]
		if len(witness.noted) != 3 || last.Lookups != 2 || last.Cause != ErasedOnRequest || last.Reason != "subject_request" ||
			string(last.NumberIndex) != string(o.numberIndex(phone, false)) || !last.At.Equal(o.clock.now()) {
			t.Errorf("%+v", witness.noted)
		}
		o.has(800, 0)
		o.clean()
	})
}

func TestErasingTouchesNoOtherNumberEnvironmentOrBusiness(t *testing.T) {
	lived(t, func(t *testing.T, o *outage) {
		o.erases(erasedNumber, 2)
		for _, l := range o.lookups() {
			mine := string(l.NumberIndex) == string(o.numberIndex(o.query(about(erasedNumber)).Phone, false))
			if l.Erased() != (mine && l.BusinessID == "shop") {
				t.Errorf("%s/%s, sandbox %v: erased %v", l.BusinessID, l.ID, l.Sandbox, l.Erased())
			}
		}
		var left []recent
		if err := o.db.Gorm.Find(&left).Error; err != nil || len(left) != 1 {
			t.Errorf("%d recent answers are left, %v", len(left), err)
		}
		for _, number := range []string{erasedNumber, otherNumber} {
			r, err := o.Find(t.Context(), o.query(about(number), func(q *Query) { q.BusinessID = "other" }))
			if err != nil || !r.Replayed {
				t.Errorf("another business's request about %s: %+v, %v", number, r, err)
			}
		}
		_, err := o.Find(t.Context(), o.query(about(erasedNumber)))
		refused(t, err, models.NotFound)
		o.has(800, 0)
		o.clean()
	})
}

func TestAnErasedLookupIsReadAndListedWithoutThePersonAndNotFoundByIt(t *testing.T) {
	lived(t, func(t *testing.T, o *outage) {
		o.erases(erasedNumber, 2)
		q := o.query(about(erasedNumber))
		for name, f := range map[string]Search{
			"number":   {Phone: q.Phone},
			"metadata": {Metadata: map[string]json.RawMessage{"case": json.RawMessage(`"case-of-` + erasedNumber + `"`)}},
		} {
			f.BusinessID, f.Limit = "shop", 10
			if list, _, err := o.List(t.Context(), f); err != nil || len(list) != 0 {
				t.Errorf("by %s: %d, %v", name, len(list), err)
			}
		}
		list, _, err := o.List(t.Context(), Search{BusinessID: "shop", Limit: 10})
		if err != nil || len(list) != 4 {
			t.Fatalf("%d, %v", len(list), err)
		}
		erased := 0
		for _, r := range list {
			again, err := o.Get(t.Context(), "shop", false, r.ID)
			if err != nil || again.Status != models.StatusFound || again.Charged != 50 {
				t.Errorf("%+v, %v", again, err)
			}
			if r.Erased() {
				erased++
				if r.Phone() != (models.Phone{}) || r.Asked.Metadata != nil || len(r.Said.Owners) != 0 || r.Match() != nil {
					t.Errorf("%+v, %+v", r.Asked, r.Said)
				}
			}
		}
		if erased != 2 {
			t.Errorf("%d are erased", erased)
		}
	})
}

func TestAWithdrawalOutlivesTheErasure(t *testing.T) {
	lived(t, func(t *testing.T, o *outage) {
		phone := o.query(about(erasedNumber)).Phone
		if _, err := o.Withdraw(t.Context(), Withdrawal{BusinessID: "shop", KeyID: "key", Phone: phone}); err != nil {
			t.Fatal(err)
		}
		o.erases(erasedNumber, 2)
		_, err := o.Find(t.Context(), o.query(about(erasedNumber), func(q *Query) { q.IdempotencyKey = "" }))
		refused(t, err, models.ConsentWithdrawn)
		o.has(800, 0)
	})
}

func TestAPendingLookupEndsWithItsErasureOnceAndUntold(t *testing.T) {
	outages(t, func(t *testing.T, o *outage) {
		witness := o.evidence()
		o.pending(about(erasedNumber))
		o.pending(about(otherNumber))
		o.has(900, 100)
		o.live.say = named
		if e := o.erases(erasedNumber, 1); e.PendingEnded != 1 {
			t.Errorf("%+v", e)
		}
		o.has(950, 50)
		if l := o.lookups()[0]; l.Status != models.StatusFailed || l.Reason != "Erased" || l.Charged != 0 || !l.Erased() {
			t.Errorf("%+v", l)
		}
		if e := o.erases(erasedNumber, 0); e.PendingEnded != 0 {
			t.Errorf("again: %+v", e)
		}
		o.asked(2)
		o.clock.pass(time.Minute)
		o.resumes(1)
		o.has(950, 0)
		if told := o.told(); len(told) != 1 || !strings.Contains(told[0], "OWNER OF "+otherNumber) || o.leases() != 0 {
			t.Errorf("told %q, %d leases", told, o.leases())
		}
		if n := witness.noted; len(n) != 2 || n[0].PendingEnded != 1 || n[1].Lookups != 0 || n[0].ID == n[1].ID {
			t.Errorf("%+v", n)
		}
		o.clean()
	})
}
