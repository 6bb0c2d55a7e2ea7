package billing

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// The plans of a batch's statements, on a session as the committer has it: a table is reached through an index that is
// given a value, or not at all.
func TestNoStatementOfTheTillReadsATableWhole(t *testing.T) {
	t.Parallel()
	statements := map[string]string{
		"lock": lockStatement, "hold": holdStatement, "capped_hold": cappedHoldStatement, "give_back": giveBackStatement, "settle": settleStatement, "reserve": reserveStatement,
		"unreserve": unreserveStatement, "keep": keepStatement, "forget": forgetStatement, "free": freeStatement,
	}
	for _, state := range []string{"just made", "full", "full and analyzed"} {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			db := storagetest.Open(t, storage.Postgres)
			p := newPipeline(t, db)
			if state != "just made" {
				fill(t, db)
			}
			if state == "full and analyzed" {
				if err := db.Gorm.Exec("ANALYZE").Error; err != nil {
					t.Fatal(err)
				}
			}
			for name, statement := range statements {
				for _, complaint := range faults(explain(t, p, name, statement)) {
					t.Errorf("%s: %s", name, complaint)
				}
			}
		})
	}
}

// fill makes 60,000 rows in each table that a batch touches.
func fill(t *testing.T, db *storage.DB) {
	t.Helper()
	for _, statement := range []string{
		`INSERT INTO wallets (business_id, currency, available, head) SELECT 'b' || i, 'NGN', 1000, '' FROM generate_series(1, 60000) i`,
		`INSERT INTO transfers (business_id, seq, kind, reference, debit, credit, amount, balance, created_at)
			SELECT 'b' || i % 100, i, 'hold', i::text, 'available', 'held', 1, 1, now() FROM generate_series(1, 60000) i`,
		`INSERT INTO lookups (business_id, id, key_id, sandbox, advanced, status, held, number_index, request, purpose,
			requested_at, modified_at, expires_at)
			SELECT 'b' || i % 100, i::text, 'k', false, false, 'open', 1, ''::bytea, '', '', now(), now(), now() FROM generate_series(1, 60000) i`,
		`INSERT INTO spend_caps (business_id, owner, period, money) SELECT 'b' || i % 100, i::text, 'day', 1000 FROM generate_series(1, 60000) i`,
		`INSERT INTO free_evidence (business_id, seq, kind, reference, evidence, created_at)
			SELECT 'b' || i % 100, i, 'opening', i::text, '', now() FROM generate_series(1, 60000) i`,
		`INSERT INTO consent_withdrawals SELECT 'b' || i % 100, int8send(i), i::text FROM generate_series(1, 60000) i`,
		`INSERT INTO idempotency_keys (business_id, key, lookup_id, body_hash, expires_at)
			SELECT 'b' || i % 100, i::text, i::text, '', now() FROM generate_series(1, 60000) i`,
	} {
		if err := db.Gorm.Exec(statement).Error; err != nil {
			t.Fatal(err)
		}
	}
}

// planned is a node of a plan.
type planned struct {
	Type     string    `json:"Node Type"`
	Relation string    `json:"Relation Name"`
	Index    string    `json:"Index Name"`
	Sought   string    `json:"Index Cond"`
	Plans    []planned `json:"Plans"`
}

var parameter = regexp.MustCompile(`\$(\d+)::(\w+(?:\[\])?)`)

// explain gives the generic plan of a statement.
func explain(t *testing.T, p Pipeline, name, statement string) planned {
	t.Helper()
	types := map[int]string{}
	for _, found := range parameter.FindAllStringSubmatch(statement, -1) {
		n, err := strconv.Atoi(found[1])
		if err != nil {
			t.Fatal(err)
		}
		types[n] = found[2]
	}
	var arguments []string
	for n := 1; n <= len(types); n++ {
		value := "now()"
		switch {
		case strings.HasSuffix(types[n], "[]"):
			value = "'{}'"
		case types[n] == "bigint":
			value = "0"
		case types[n] == "bytea":
			value = "''"
		}
		arguments = append(arguments, value+"::"+types[n])
	}
	if err := p.Run(t.Context(), []string{"PREPARE " + name + " AS " + statement}, [][]any{nil}, nil); err != nil {
		t.Fatalf("prepare %s: %v", name, err)
	}
	var text string
	err := p.Run(t.Context(), []string{fmt.Sprintf("EXPLAIN (FORMAT JSON) EXECUTE %s(%s)", name, strings.Join(arguments, ", "))},
		[][]any{nil}, func(_ int, scan func(...any) error) error { return scan(&text) })
	if err != nil {
		t.Fatalf("explain %s: %v", name, err)
	}
	var plans []struct{ Plan planned }
	if err := json.Unmarshal([]byte(text), &plans); err != nil || len(plans) != 1 {
		t.Fatalf("%v: %s", err, text)
	}
	return plans[0].Plan
}

// whole is the key by which a row of each table is unique.
var whole = map[string][]string{
	"wallets": {"business_id"}, "transfers": {"business_id", "kind", "reference"}, "lookups": {"business_id", "id"},
	"consent_withdrawals": {"business_id", "number_index"}, "idempotency_keys": {"business_id", "key"},
	"spend_caps": {"business_id", "owner"},
}

// faults lists what a plan does that takes time with the size of a table: an index has to be given a whole key.
func faults(p planned) (found []string) {
	key, table := whole[p.Relation]
	switch {
	case p.Type == "Seq Scan" && table:
		found = append(found, "reads all of "+p.Relation)
	case p.Type == "Hash Join" || p.Type == "Merge Join":
		found = append(found, "has a "+p.Type)
	case table && strings.Contains(p.Type, "Scan"):
		for _, column := range key {
			if !strings.Contains(p.Sought, "("+column+" =") {
				found = append(found, "walks "+p.Index+" without "+column+": "+p.Sought)
			}
		}
	}
	for _, below := range p.Plans {
		found = append(found, faults(below)...)
	}
	return found
}
