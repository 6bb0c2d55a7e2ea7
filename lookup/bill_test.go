package lookup

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whoseline/models"
)

var billLines = flag.Int("bill-lines", 1200, "how many lines the large bill has")

func TestABillIsHeldAgainstTheExchanges(t *testing.T) {
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 10_000)
		ask := func(ref string, billed models.Billed, cost int64) string {
			t.Helper()
			a := models.Attempt{Source: "good", Outcome: models.OutcomeFound, At: d.clock.now(), Ref: ref, Billed: billed, CostMinor: cost, Currency: "NGN"}
			d.live.say = tried(models.OutcomeFound, "good", a)
			if _, err := d.Find(t.Context(), d.query(func(q *Query) { q.At = d.clock.now() })); err != nil {
				t.Fatal(err)
			}
			all := d.lookups()
			return all[len(all)-1].ID
		}
		ask("fits", models.BilledYes, 3000)
		dear := ask("dear", models.BilledYes, 3000)
		ask("doubt", models.BilledUnknown, 3000)
		ask("free", models.BilledNo, 0)
		ours := ask("", models.BilledYes, 3000)
		left := ask("left", models.BilledYes, 3000)
		file := strings.NewReader("Date,Reference,Customer_Reference,Amount\n" +
			"2026-03-01,fits,,30.00\n2026-03-01,fits,,30.00\n2026-03-01,dear,,\"1,045.5\"\n2026-03-01,doubt,,30\n2026-03-01,free,,30.00\n" +
			"2026-03-01,," + ours + ",30.00\n2026-03-01,strange,,30.00\n")
		form := BillFile{Source: "good", Ref: "reference", Ours: "customer_reference", Amount: "amount", Currency: "NGN", At: "date"}
		for i, fresh := range []int64{7, 0} { // the second time changes nothing
			_, _ = file.Seek(0, 0)
			b, err := d.ImportBill(t.Context(), file, form)
			want := []BillSum{
				{BillPrice, 1, 104550 - 3000}, {BillTwice, 1, 0}, {BillFree, 1, 3000}, {BillForgotten, 1, -3000}, {BillSettled, 1, 3000}, {BillUnknown, 1, 3000},
			}
			if err != nil || b.Lines != 7 || b.New != fresh || b.Billed != 6*3000+104550 || b.Expected != 4*3000 {
				t.Errorf("%d: %+v, %v", i, b, err)
			}
			if diff := cmp.Diff(want, b.Differences); diff != "" {
				t.Error(diff)
			}
			var told []string
			err = d.Dispute(t.Context(), b, func(x BillDifference) error {
				told = append(told, fmt.Sprint(x.What, " ", x.Line, " ", x.LookupID))
				return nil
			})
			if err != nil || len(told) != 5 || told[0] != "another price 4 "+dear || told[3] != "not billed 0 "+left {
				t.Errorf("%q, %v", told, err)
			}
			margins, err := d.Margins(t.Context(), Span{})
			if err != nil || len(margins) != 1 || margins[0].Billed != 6 || margins[0].Unsure != 0 || margins[0].Cost != 5*3000+104550 || margins[0].MayCost != 0 {
				t.Errorf("%+v, %v", margins, err)
			}
		}
	})
}

func TestABillThatCannotBeReadIsRefusedWithItsLine(t *testing.T) {
	engines(t, func(t *testing.T, d *desk) {
		form := BillFile{Source: "good", Ref: "reference", Ours: "ours", Amount: "amount", Currency: "NGN", At: "date"}
		for text, want := range map[string]string{
			"":                               "no CSV",
			"a,b\n1,2\n":                     `a column "amount"`,
			"reference,amount\nx,abc\n":      "line 2: the amount",
			"reference,amount\nx,1.234\n":    "line 2: the amount",
			"reference,amount\nx,-1\n":       "line 2: the amount",
			"reference,amount\nx,1\n":        "names no days",
			"reference,amount,date\nx,1,1/2": "line 2: the day",
			"reference,amount\n\"x,1\n":      "line 2",
		} {
			if _, err := d.ImportBill(t.Context(), strings.NewReader(text), form); models.CodeOf(err) != models.Invalid || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v", text, err)
			}
		}
	})
}

func TestALargeBillIsReadPieceByPiece(t *testing.T) {
	engines(t, func(t *testing.T, d *desk) {
		file, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		fmt.Fprintln(file, "reference,amount,date")
		for i := range *billLines {
			fmt.Fprintf(file, "r%d,30.00,2026-03-01\n", i)
		}
		b, err := d.ImportBill(t.Context(), file, BillFile{Source: "good", Ref: "reference", Ours: "ours", Amount: "amount", Currency: "NGN", At: "date"})
		if n := int64(*billLines); err != nil || b.Lines != n || b.New != n || len(b.Differences) != 1 || b.Differences[0] != (BillSum{BillUnknown, n, n * 3000}) {
			t.Errorf("%+v, %v", b, err)
		}
		if !b.Days.From.Equal(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)) {
			t.Error(b.Days)
		}
	})
}
