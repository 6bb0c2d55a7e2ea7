package handlers_test

import (
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
)

func TestTheStatementCanBeDownloaded(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, acme)
		id := o.lookUp(t, "acme-live-token-1", "08000000000")
		for i := range 510 {
			_, err := o.app.Till.TopUp(t.Context(), "acme", fmt.Sprintf("=HYPERLINK(%q)", fmt.Sprint(i)), 1)
			must(t, err)
		}
		_, err := o.app.Till.TopUp(t.Context(), "globex", "not yours", 1)
		must(t, err)
		b := o.enter(t, "viewer@acme.example")
		page := b.get("/console/wallet")
		page.shows(t, 200, ">Older</a>", "=HYPERLINK(&#34;509&#34;)")
		page.hides(t, id, "not yours")
		b.get("/console/wallet?before=4").shows(t, 200, `<a href="/console/lookups/`+id+`">`, "bank-4411", "Charged for", "Held for")

		file := b.get("/console/wallet.csv?from=2021-12-01&to=2021-12-31")
		if file.status != 200 || file.header.Get("Content-Type") != "text/csv; charset=utf-8" ||
			file.header.Get("Content-Disposition") != `attachment; filename="wallet-2021-12-01-2021-12-31.csv"` {
			t.Errorf("%d %v", file.status, file.header)
		}
		rows, err := csv.NewReader(strings.NewReader(file.html)).ReadAll()
		must(t, err)
		if len(rows) != 1+3+510 || rows[0][0] != "entry" {
			t.Fatalf("%d rows: %v", len(rows), rows[0])
		}
		for i, row := range rows[1:] {
			if row[0] != fmt.Sprint(513-i) || strings.HasPrefix(row[3], "=") {
				t.Errorf("row %d: %v", i, row)
			}
		}
		if last := rows[len(rows)-1]; last[2] != "top_up" || last[3] != "bank-4411" || last[6] != "1000000" || last[7] != "NGN" {
			t.Errorf("%v", last)
		}
		if empty := b.get("/console/wallet.csv?from=2020-12-01&to=2020-12-31"); strings.Count(empty.html, "\n") != 1 {
			t.Errorf("another year: %s", empty.html)
		}
		for _, query := range []string{"", "?from=2021-12-01", "?from=2021-12-31&to=2021-12-01", "?from=x&to=y", "?from=2021-12-01T00:00:00Z&to=2021-12-31T00:00:00Z"} {
			if s := b.get("/console/wallet.csv" + query); s.status != 400 && !strings.Contains(query, "T00") {
				t.Errorf("%s: %d", query, s.status)
			}
		}
	})
}

func TestAMonthsStatementIsAPageAndAFile(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, acme)
		o.lookUp(t, "acme-live-token-1", "08000000000")
		b := o.enter(t, "viewer@acme.example")
		b.get("/console/wallet").shows(t, 200, `href="/console/statements/2021-12"`)
		page := b.get("/console/statements/2021-12")
		page.shows(t, 200, "Statement of December 2021", "Opening balance", "provisional", "+₦10,000.00", "−₦50.00", "₦9,950.00", ">found<", `href="/console/statements/2021-11"`)
		page.hides(t, "Month after")
		b.get("/console/statements/2021-11").shows(t, 200, "Nothing was charged in this month", "Month after")
		file := b.get("/console/statements/2021-12?format=csv")
		file.shows(t, 200, "opening,,,,,0", "captured,,,,,-5000", "closing,,,,,995000", "capture,phone,found,")
		if got := file.header.Get("Content-Disposition"); got != `attachment; filename="statement-2021-12.csv"` {
			t.Error(got)
		}
		for path, words := range map[string]string{"2022-01": "has not begun", "2021-13": "Month must be", "x": "Month must be", "2021-12?format=pdf": "Format must be page or csv"} {
			b.get("/console/statements/"+path).shows(t, 400, words)
		}
	})
}
