package lookup

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"whoseline/billing"
	"whoseline/models"
)

func holding(r *Record, key *billing.Reservation) billing.HoldOrder {
	return billing.HoldOrder{Lookup: &r.Lookup, Key: key}
}

func TestNoColumnHoldsAnythingPersonalInTheClear(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 100)
		born, name := "23/04/1990", "Ngozi"
		_, err := d.Find(t.Context(), d.query(keyed, func(q *Query) {
			q.Expected = &models.Expected{FirstName: &name, DateOfBirth: &born}
		}))
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.Find(t.Context(), d.query(func(q *Query) { q.Consent.Refusal = "no consent" }))
		refused(t, err, models.ConsentMissing)
		secrets := []string{"8031234567", "ngozi", "okafor", "adaeze", "1990", "70123456789", "marina", "chidi", "customer", "bola", "23/04"}
		for _, table := range []string{"lookups", "transfers", "idempotency_keys", "consent_events", "wallets"} {
			var rows []map[string]any
			if err := d.db.Gorm.Table(table).Find(&rows).Error; err != nil || len(rows) == 0 {
				t.Fatalf("%s: %v, %d rows", table, err, len(rows))
			}
			for _, row := range rows {
				for column, value := range row {
					text := strings.ToLower(plain(value))
					for _, secret := range secrets {
						if strings.Contains(text, secret) {
							t.Errorf("%s.%s holds %q", table, column, secret)
						}
					}
				}
			}
		}
	})
}

// plain gives a column's bytes as they are stored.
func plain(value any) string {
	if data, ok := value.([]byte); ok {
		return string(data)
	}
	if v := reflect.ValueOf(value); v.Kind() == reflect.Pointer && !v.IsNil() {
		return plain(v.Elem().Interface())
	}
	return fmt.Sprint(value)
}

func TestARowThatWasMovedOrMixedDoesNotOpen(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 1000)
		d.wallet("other", 1000)
		for _, business := range []string{"shop", "shop", "other"} {
			if _, err := d.Find(t.Context(), d.query(func(q *Query) { q.BusinessID = business })); err != nil {
				t.Fatal(err)
			}
		}
		rows := d.lookups()
		one, two, foreign := rows[0], rows[1], rows[2]
		for name, change := range map[string]func(l *models.Lookup){
			"another business":             func(l *models.Lookup) { l.BusinessID = "other" },
			"another id":                   func(l *models.Lookup) { l.ID = two.ID },
			"another row's key":            func(l *models.Lookup) { l.DataKey = two.DataKey },
			"another row's request":        func(l *models.Lookup) { l.Request = two.Request },
			"another row's key and answer": func(l *models.Lookup) { l.DataKey, l.Request, l.Answer = two.DataKey, two.Request, two.Answer },
			"another business's secrets": func(l *models.Lookup) {
				l.DataKey, l.Request, l.Answer = foreign.DataKey, foreign.Request, foreign.Answer
			},
			"request and answer exchanged": func(l *models.Lookup) { l.Request, l.Answer = l.Answer, l.Request },
			"a bit of the answer":          func(l *models.Lookup) { l.Answer = flipped(l.Answer) },
			"a bit of the key":             func(l *models.Lookup) { l.DataKey = flipped(l.DataKey) },
		} {
			l := one
			change(&l)
			if r, err := d.unseal(l); err == nil {
				t.Errorf("%s: opened as %+v", name, r.Asked)
			} else if strings.Contains(err.Error(), "803123") {
				t.Errorf("%s: the error names the number: %v", name, err)
			}
		}
		if _, err := d.unseal(one); err != nil {
			t.Errorf("the row itself: %v", err)
		}
	})
}

func flipped(data []byte) []byte {
	other := bytes.Clone(data)
	other[len(other)-1] ^= 1
	return other
}

func TestAnErasedRecordHasNothingPersonalLeft(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 100)
		if _, err := d.Find(t.Context(), d.query()); err != nil {
			t.Fatal(err)
		}
		if err := d.db.Gorm.Exec("UPDATE lookups SET data_key = NULL").Error; err != nil {
			t.Fatal(err)
		}
		r, err := d.Get(t.Context(), "shop", false, d.lookups()[0].ID)
		if err != nil || r.Status != models.StatusFound || r.Charged != 50 || r.Asked.Phone != "" || len(r.Said.Owners) != 0 {
			t.Errorf("%+v, %v", r, err)
		}
		d.clean()
	})
}

func TestPastLookupsAreFoundByWhatIsIndexed(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 1000)
		d.wallet("other", 1000)
		second, err := models.ParseNigerian("08120000001")
		if err != nil {
			t.Fatal(err)
		}
		ask := func(change ...func(q *Query)) {
			t.Helper()
			if _, err := d.Find(t.Context(), d.query(change...)); err != nil {
				t.Fatal(err)
			}
			d.clock.pass(time.Minute)
		}
		ask()                                    // 0
		ask(func(q *Query) { q.Phone = second }) // 1
		ask(func(q *Query) { q.Metadata = nil }) // 2
		ask(func(q *Query) { q.BusinessID = "other" })
		ask(func(q *Query) { q.Sandbox = true })
		d.live.say = func(Question) Finding { return Finding{Outcome: models.OutcomeNotFound} }
		ask(func(q *Query) { q.Metadata = json.RawMessage(`{"customer":"Chidi Secret","n":8}`) }) // 3
		var mine []string
		for _, row := range d.lookups() {
			if row.BusinessID == "shop" && !row.Sandbox {
				mine = append(mine, row.ID)
			}
		}
		member := func(name, value string) map[string]json.RawMessage {
			return map[string]json.RawMessage{name: json.RawMessage(value)}
		}
		for name, c := range map[string]struct {
			search Search
			want   string
		}{
			"all":                   {Search{Limit: 9}, "3210"},
			"a page":                {Search{Limit: 2}, "32+"},
			"the next":              {Search{Limit: 2, Before: mine[2]}, "10"},
			"a number":              {Search{Limit: 9, Phone: second}, "1"},
			"a status":              {Search{Limit: 9, Status: models.StatusNotFound}, "3"},
			"what is under way":     {Search{Limit: 9, Status: models.StatusPending}, ""},
			"from":                  {Search{Limit: 9, From: noon.Add(time.Minute)}, "321"},
			"to":                    {Search{Limit: 9, To: noon.Add(2 * time.Minute)}, "10"},
			"a member":              {Search{Limit: 9, Metadata: member("n", "7")}, "10"},
			"a member as text":      {Search{Limit: 9, Metadata: member("n", `"7"`)}, ""},
			"an escaped member":     {Search{Limit: 9, Metadata: member("customer", `"Ch\u0069di Secret"`)}, "310"},
			"another name's value":  {Search{Limit: 9, Metadata: member("m", "7")}, ""},
			"a number and a member": {Search{Limit: 9, Phone: second, Metadata: member("n", "7")}, "1"},
		} {
			c.search.BusinessID = "shop"
			records, more, err := d.List(t.Context(), c.search)
			got := ""
			for _, r := range records {
				for i, id := range mine {
					if r.ID == id {
						got += fmt.Sprint(i)
					}
				}
			}
			if more {
				got += "+"
			}
			if err != nil || got != c.want || len(records) != len(strings.TrimSuffix(c.want, "+")) {
				t.Errorf("%s: %q, want %q, %v", name, got, c.want, err)
			}
		}
	})
}
