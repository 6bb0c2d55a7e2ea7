package handlers_test

import (
	"encoding/csv"
	"fmt"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// An export goes on to its end, page after page, and no cell of it is a formula.
func TestAnExportIsWholeAndNoCellIsAFormula(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{storage.SQLite, storage.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			c := &conversation{gateway: raise(t, storagetest.MigratedURL(t, engine), &txtar.Archive{Files: []txtar.File{
				{Name: "setup", Data: []byte("business acme\nkey acme-live-token-1 business=acme\n")},
			}})}
			const transfers = 1203
			for i := range transfers {
				_, err := c.app.Till.TopUp(t.Context(), "acme", fmt.Sprintf("=HYPERLINK(%d)", i), 1)
				must(t, err)
			}
			a := <-c.begin(t, c.request("GET /v1/exports/transfers?format=csv HTTP/1.1\ntoken: acme-live-token-1\n"))
			rows, err := csv.NewReader(a.bytesOf()).ReadAll()
			must(t, err)
			if a.status != 200 || len(rows) != transfers+1 {
				t.Fatalf("%d, %d rows", a.status, len(rows))
			}
			for i, row := range rows[1:] {
				if row[0] != fmt.Sprint(transfers-i) || row[3] != fmt.Sprintf("'=HYPERLINK(%d)", transfers-i-1) {
					t.Fatalf("row %d: %v", i, row)
				}
			}
			for range 5 { // what is not read must not count as under way
				if a := <-c.begin(t, c.request("HEAD /v1/exports/transfers HTTP/1.1\ntoken: acme-live-token-1\n")); a.status != 200 {
					t.Fatalf("HEAD: %d", a.status)
				}
			}
			list, _, err := c.app.Trail.List(t.Context(), "acme", 0, 1)
			if err != nil || list[0].Action != "export.read" || list[0].Target != "transfers" {
				t.Errorf("%+v, %v", list, err)
			}
		})
	}
}
