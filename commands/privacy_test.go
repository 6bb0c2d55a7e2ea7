package commands_test

import (
	"database/sql"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"whoseline/test/wait"

	"whoseline/storage"
	"whoseline/storage/storagetest"
	"whoseline/traces/tracestest"
)

// The personal values that the test below sends, each unlike anything that a log would hold by chance.
const (
	subject     = "8031977246" // the number without its prefix
	subjectName = "Chukwuemerie"
	surname     = "Ogbonnaya-Whitlock"
	birthday    = "1987-11-23"
	marker      = "mRk7Qz-patient-4411"
	secretKey   = "idem-Zx81-of-Chukwu"
	reason      = "she-moved-to-Ibadan-77"
	notice      = "https://notices.example/ada-9931"
	badToken    = "wl_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZab"
)

// written are the forms in which people write the number.
var written = []string{
	"0" + subject, "234" + subject, "+234" + subject, "00234" + subject, subject, "0803 197 7246", "0803-197-7246",
	"(0803) 197.7246", "+234 803 197 7246",
}

// personal is everything that no log, metric or error may show.
func personal(tokens ...string) []string {
	list := append([]string{}, tokens...)
	list = append(list, subject, subjectName, surname, birthday, marker, secretKey, reason, notice, badToken)
	return append(list, written...)
}

// mustNotShow looks for personal values, as they are and as a database prints bytes.
func mustNotShow(t *testing.T, where, text string, values []string) {
	t.Helper()
	for _, value := range values {
		for _, form := range []string{value, hex.EncodeToString([]byte(value))} {
			if at := strings.Index(text, form); at >= 0 {
				t.Errorf("%s shows %q: …%s…", where, value, text[max(0, at-200):min(len(text), at+len(form)+50)])
			}
		}
	}
}

func TestNothingPersonalIsLoggedMeasuredOrStoredInPlain(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		told := tracestest.New(t, 200)
		s := open(t, engine, "TRACING__COLLECTOR="+told.URL, "LOG__LEVEL=debug", "LOG__REQUESTS=all", "PROVIDERS__LIVE=directory,sandbox")
		who := s.tenant(t, 8)
		s.answer(t, "business", "set", "--business", who.id, "--cross-check", "--cache-ttl", "3600")
		file := filepath.Join(t.TempDir(), "owners.csv")
		owner := fmt.Sprintf("phone,full_name,dob\n%s,%s %s,%s\n%s,%s,%s-x\n", written[0], subjectName, surname, birthday,
			written[1], surname, birthday)
		if err := os.WriteFile(file, []byte(owner), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, errs := s.command(t, "directory", "import", file)
		if code != 0 || !strings.Contains(out, "2 of 2") || !strings.Contains(errs, "date_of_birth") {
			t.Fatalf("import: %d %s %s", code, out, errs)
		}
		db := storagetest.OpenURL(t, s.url)
		g := s.serve(t)
		got := map[int]bool{}
		traffic(t, g, who.token, got)
		var kept int64
		if err := db.Read.Table("recent_answers").Count(&kept).Error; err != nil || kept == 0 {
			t.Errorf("%d recent answers, %v", kept, err)
		}
		sabotage(t, db)
		traffic(t, g, who.token, got)
		for _, status := range []int{200, 400, 402, 403, 404, 405, 415, 422, 500} {
			if !got[status] {
				t.Errorf("the traffic has not led to status %d", status)
			}
		}
		metrics := g.tellAt(g.ops, call{method: "GET", path: "/metrics"})
		g.stop(t)
		values := personal(who.token)
		mustNotShow(t, "the log", g.said.String(), values)
		mustNotShow(t, "/metrics", string(metrics.body), values)
		mustNotShow(t, "a trace", told.Raw(), values)
		for _, name := range []string{"POST /v2/api/identity/ng/phone", "till.settle.commit", "source.attempt"} {
			if len(told.Spans(name)) == 0 {
				t.Errorf("no span %s", name)
			}
		}
		mustNotShow(t, "an import", out+errs, values)
		mustNotShow(t, "the database", dump(t, db), append(written, who.token, subjectName, surname, birthday, marker))
		mustLog(t, g.said.String(), engine)
	})
}

// mustLog makes sure that there was something to look at.
func mustLog(t *testing.T, log, engine string) {
	t.Helper()
	parts := []string{`"status":200`, `"status":402`, `"status":500`, "request failed"}
	if engine == storage.Postgres {
		parts = append(parts, "slow query")
	}
	for _, part := range parts {
		if !strings.Contains(log, part) {
			t.Errorf("the log does not hold %s", part)
		}
	}
}

// traffic sends everything personal everywhere, and much of it where it does not belong.
func traffic(t *testing.T, g *gateway, token string, got map[int]bool) {
	t.Helper()
	full := `{"mobile":"%s","isSubjectConsent":%s,"advanceSearch":true,"metadata":{"case":"` + marker + `"},"validations":{"data":{` +
		`"firstName":"` + subjectName + `","lastName":"` + surname + `","dateOfBirth":"` + birthday + `"}},"consent":{"purpose":"` +
		reason + `","notice":{"url":"` + notice + `"}}}`
	const phone, own = "/v2/api/identity/ng/phone", "/v1/consents/withdraw"
	calls := []call{
		{"POST", phone, token, fmt.Sprintf(full, written[0], "true"), secretKey},
		{"POST", phone, token, fmt.Sprintf(full, written[0], "true"), secretKey},
		{"POST", phone, token, fmt.Sprintf(full, written[2], "true"), secretKey},
		{"POST", phone, token, fmt.Sprintf(full, written[1], "true"), ""},
		{"POST", phone, token, fmt.Sprintf(full, written[1], "true"), ""}, // from memory
		{"GET", "/v1/lookups/" + subject, token, "", ""},
		{"GET", "/v1/lookups/" + marker, token, "", ""},
	}
	for _, number := range append(written, "08000000001", "08000000003", "08000000008", subject+"99", subjectName) {
		for _, consent := range []string{"true", "false", `"` + reason + `"`} {
			calls = append(calls, call{"POST", phone, token, fmt.Sprintf(full, number, consent), ""})
		}
	}
	calls = append(calls,
		call{"POST", phone, badToken, fmt.Sprintf(full, written[0], "true"), ""},
		call{"POST", phone, token, `{"mobile":"` + written[0] + `",`, ""},
		call{"POST", phone, token, `{"mobile":"` + written[0] + `","metadata":"` + marker + `"}`, ""},
		call{"GET", "/v2/api/identity/" + written[0], token, "", ""},
		call{"GET", "/v2/api/identity?status=" + marker + "&cursor=" + subjectName, token, "", ""},
		call{"GET", "/v1/consents/" + marker, token, "", ""},
		call{"GET", "/v1/consents?mobile=" + subject, token, "", ""},
		call{"GET", "/nothing/" + subject, token, "", ""},
		call{"GET", own + "?reason=" + reason, token, "", ""},
		call{"PUT", phone + "?mobile=" + subject, token, `{"mobile":"` + written[0] + `"}`, ""},
		call{"POST", "/v2/api/identity/search", token, `{"mobile":"` + written[0] + `","metadata":{"case":"` + marker + `"}}`, ""},
		call{"POST", "/v2/api/identity/search", token, `{"cursor":"` + marker + `"}`, ""},
		call{"POST", own, token, `{"mobile":"0803 197 7247","reason":"` + reason + `"}`, ""},
		call{"POST", own, token, `{"mobile":"` + subjectName + `","reason":"` + reason + `"}`, ""},
		call{"GET", "/v1/wallet", badToken, "", ""},
	)
	for _, c := range calls {
		got[g.tell(c).status] = true
	}
	for _, text := range []string{
		"POST " + phone + " HTTP/1.1\r\nHost: a\r\ntoken: " + token + "\r\nContent-Type: text/" + marker + "\r\nContent-Length: 2\r\n\r\n{}",
		"GET /" + subject + " NONSENSE " + surname + "\r\ntoken " + token + "\r\n\r\n",
		"POST " + phone + " HTTP/1.1\r\nHost: " + subjectName + "\r\ntoken: " + token + "\r\nContent-Length: " + marker + "\r\n\r\n",
		"POST " + phone + " HTTP/1.1\r\nHost: a\r\ntoken: " + token + "\r\nContent-Length: 99\r\n\r\n" + written[0],
		"POST " + phone + " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\ntoken: " + token + "\r\n\r\n" + surname + "\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: " + marker + "\r\ntraceparent: 00-" + surname + "-" + subject + "-01\r\ncookie: " +
			strings.Repeat(marker, 500) + "\r\n\r\n",
	} {
		got[raw(t, g, text)] = true
	}
}

// raw sends what no HTTP client would, ends its side, and gives the status of the answer if there is one.
func raw(t *testing.T, g *gateway, text string) (status int) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(g.http, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(wait.Patience)) // a TCP connection takes it
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	_ = conn.(*net.TCPConn).CloseWrite() // the gateway may have hung up first
	answer, _ := io.ReadAll(conn)        // likewise
	_, _ = fmt.Sscanf(string(answer), "HTTP/1.1 %d", &status)
	return status
}

// sabotage makes the database fail in ways whose messages tend to quote values, and be slow where it does not.
func sabotage(t *testing.T, db *storage.DB) {
	t.Helper()
	statements := []string{
		`CREATE TRIGGER never BEFORE INSERT ON lookups BEGIN SELECT RAISE(ABORT, 'never'); END`,
		`CREATE TRIGGER nevermore BEFORE INSERT ON consent_withdrawals BEGIN SELECT RAISE(ABORT, 'never'); END`,
	}
	if db.Engine == storage.Postgres {
		statements = []string{
			`ALTER TABLE lookups ADD CONSTRAINT never CHECK (purpose = '') NOT VALID`,
			`ALTER TABLE idempotency_keys ADD CONSTRAINT never CHECK (key = '') NOT VALID`,
			`ALTER TABLE consent_withdrawals ADD CONSTRAINT never CHECK (business_id = '') NOT VALID`,
			`CREATE SEQUENCE turn`,
			`CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
				'BEGIN IF nextval(''turn'') = 1 THEN PERFORM pg_sleep(1.1); END IF; RETURN NEW; END'`,
			`CREATE TRIGGER slow BEFORE INSERT ON consent_events FOR EACH ROW EXECUTE FUNCTION slow()`,
		}
	}
	for _, statement := range append(statements, `ALTER TABLE transfers RENAME TO gone`) {
		if err := db.Gorm.Exec(statement).Error; err != nil {
			t.Fatal(err)
		}
	}
}

// dump gives every value of every table.
func dump(t *testing.T, db *storage.DB) string {
	t.Helper()
	list := `SELECT name FROM sqlite_master WHERE type = 'table'`
	if db.Engine == storage.Postgres {
		list = `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'`
	}
	var tables []string
	if err := db.Read.Raw(list).Scan(&tables).Error; err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, table := range tables {
		rows, err := db.Read.Raw(`SELECT * FROM "` + table + `"`).Rows()
		if err != nil {
			t.Fatalf("%s: %v", table, err)
		}
		writeRows(t, &text, rows)
	}
	if !strings.Contains(text.String(), "Ada & Sons") {
		t.Error("the dump holds nothing")
	}
	return text.String()
}

func writeRows(t *testing.T, text *strings.Builder, rows *sql.Rows) {
	t.Helper()
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for _, value := range values {
			if raw, ok := value.([]byte); ok {
				value = string(raw)
			}
			fmt.Fprintf(text, "%v\n", value)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}
