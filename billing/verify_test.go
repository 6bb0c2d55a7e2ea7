package billing

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// history gives a shop some books: entries 1 to 8, one batch each, of three lookups and a hold that is still open. A
// second business stands beside it.
func history(s *shop) (found, part, failed, open *models.Lookup) {
	s.t.Helper()
	s.wallet("shop", 10_000) // 1
	s.wallet("next", 10_000)
	settled := func(status models.Status, charged int64) *models.Lookup {
		l := s.held("shop", 1000)
		s.clock.pass(time.Second)
		if _, err := s.settle(l, status, charged); err != nil {
			s.t.Fatal(err)
		}
		return l
	}
	found = settled(models.StatusFound, 1000)        // 2 hold, 3 capture
	part = settled(models.StatusNotFound, 400)       // 4 hold, 5 capture, 6 release
	failed = settled(models.StatusFailed, 0)         // 7 hold, 8 release
	return found, part, failed, s.held("shop", 1000) // 9 hold
}

func TestTrueBooksHaveNoLie(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		history(s)
		var heard int64
		audit, err := s.Verify(t.Context(), "", func(n int64) { heard = n })
		if err != nil || len(audit.Lies) != 0 || audit.Businesses != 2 || audit.Transfers != 10 || audit.Lookups != 4 || heard != 10 {
			t.Errorf("%+v, %v, heard %d", audit, err, heard)
		}
	})
}

const ofTransfer = "UPDATE transfers SET %s WHERE business_id = 'shop' AND seq = "

// lies are changes to the books of shop, and the first row that then does not follow from the others.
var lies = map[string]struct {
	change string // ; parts several statements, F P R and O stand for the lookups' ids
	row    string
}{
	"an amount":                    {set(ofTransfer, "amount = amount + 1") + "2", "transfers shop/2"},
	"the amount of a capture":      {set(ofTransfer, "amount = amount - 1") + "3", "transfers shop/3"},
	"two amounts that cancel out":  {set(ofTransfer, "amount = amount + 1, balance = balance + 1") + "1", "transfers shop/1"},
	"a balance":                    {set(ofTransfer, "balance = balance + 1") + "4", "transfers shop/4"},
	"a reference":                  {set(ofTransfer, "reference = 'x'") + "1", "transfers shop/1"},
	"a kind":                       {set(ofTransfer, "kind = 'release', credit = 'available', balance = balance + 1000") + "3", "transfers shop/3"},
	"an account":                   {set(ofTransfer, "credit = 'revenue'") + "2", "transfers shop/2"},
	"a time":                       {set(ofTransfer, "created_at = '2026-03-02 00:00:00+00:00'") + "6", "transfers shop/6"},
	"evidence":                     {set(ofTransfer, "evidence = head") + "7", "transfers shop/7"},
	"evidence taken away":          {set(ofTransfer, "evidence = NULL") + "8", "transfers shop/8"},
	"a head":                       {set(ofTransfer, "head = evidence") + "4", "transfers shop/4"},
	"a head taken away":            {set(ofTransfer, "head = NULL") + "4", "transfers shop/6"},
	"the last head taken away":     {set(ofTransfer, "head = NULL") + "9", "wallets shop"},
	"a row taken away":             {"DELETE FROM transfers WHERE business_id = 'shop' AND seq = 4", "transfers shop/5"},
	"the first taken away":         {"DELETE FROM transfers WHERE business_id = 'shop' AND seq = 1", "transfers shop/2"},
	"the last taken away":          {"DELETE FROM transfers WHERE business_id = 'shop' AND seq = 9", "transfers shop/9"},
	"all taken away":               {"DELETE FROM transfers WHERE business_id = 'shop'", "transfers shop/1"},
	"a row added at the end":       {added(10), "transfers shop/10"},
	"a row added far off":          {added(99), "transfers shop/99"},
	"a row added in between":       {"UPDATE transfers SET seq = -seq WHERE business_id = 'shop' AND seq > 4;UPDATE transfers SET seq = 1 - seq WHERE seq < 0;UPDATE wallets SET seq = 10 WHERE business_id = 'shop';" + added(5), "transfers shop/5"},
	"two rows exchanged":           {"UPDATE transfers SET seq = -7 WHERE business_id = 'shop' AND seq = 7;UPDATE transfers SET seq = 7 WHERE business_id = 'shop' AND seq = 8;UPDATE transfers SET seq = 8 WHERE seq = -7", "transfers shop/7"},
	"an answer":                    {"UPDATE lookups SET answer = request WHERE id = 'F'", "lookups shop/F"},
	"an answer taken away":         {"UPDATE lookups SET answer = NULL WHERE id = 'P'", "lookups shop/P"},
	"a request's ciphertext":       {"UPDATE lookups SET request = answer WHERE id = 'R'", "lookups shop/R"},
	"an open request's ciphertext": {"UPDATE lookups SET request = tags WHERE id = 'O'", "lookups shop/O"},
	"what was charged":             {"UPDATE lookups SET charged = 0 WHERE id = 'F'", "lookups shop/F"},
	"what was held":                {"UPDATE lookups SET held = held + 1 WHERE id = 'R'", "lookups shop/R"},
	"how it ended":                 {"UPDATE lookups SET status = 'found' WHERE id = 'P'", "lookups shop/P"},
	"the reason":                   {"UPDATE lookups SET reason = 'x' WHERE id = 'R'", "lookups shop/R"},
	"who asked":                    {"UPDATE lookups SET key_id = 'x' WHERE id = 'F'", "lookups shop/F"},
	"the purpose":                  {"UPDATE lookups SET purpose = 'x' WHERE id = 'F'", "lookups shop/F"},
	"the notice":                   {"UPDATE lookups SET notice = '' WHERE id = 'F'", "lookups shop/F"},
	"the number":                   {"UPDATE lookups SET number_index = tags WHERE id = 'F'", "lookups shop/F"},
	"the source":                   {"UPDATE lookups SET source = 'x' WHERE id = 'F'", "lookups shop/F"},
	"the attempts":                 {"UPDATE lookups SET attempts = '' WHERE id = 'F'", "lookups shop/F"},
	"the time of the request":      {"UPDATE lookups SET requested_at = modified_at WHERE id = 'F'", "lookups shop/F"},
	"the time of the answer":       {"UPDATE lookups SET answered_at = requested_at WHERE id = 'F'", "lookups shop/F"},
	"a lookup taken away":          {"DELETE FROM lookups WHERE id = 'P'", "lookups shop/P"},
	"a charged lookup added":       {"INSERT INTO lookups (business_id, id, key_id, sandbox, advanced, status, held, charged, number_index, request, purpose, requested_at, modified_at, expires_at) SELECT business_id, 'x', key_id, sandbox, advanced, status, held, charged, number_index, request, purpose, requested_at, modified_at, expires_at FROM lookups WHERE id = 'F'", "wallets shop"},
	"a hold closed by hand":        {"UPDATE lookups SET status = 'failed' WHERE id = 'O'", "wallets shop"},
	"what is available":            {"UPDATE wallets SET available = available + 1 WHERE business_id = 'shop'", "wallets shop"},
	"what the wallet holds":        {"UPDATE wallets SET held = held + 1 WHERE business_id = 'shop'", "wallets shop"},
	"the wallet's head":            {"UPDATE wallets SET head = (SELECT head FROM transfers WHERE business_id = 'shop' AND seq = 1) WHERE business_id = 'shop'", "wallets shop"},
	"the wallet's number":          {"UPDATE wallets SET seq = 8 WHERE business_id = 'shop'", "transfers shop/9"},
}

func TestVerifyNamesTheFirstRowThatLies(t *testing.T) {
	t.Parallel()
	for name, c := range lies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, storagetest.Open(t, storage.SQLite))
			found, part, failed, open := history(s)
			ids := strings.NewReplacer("'F'", "'"+found.ID+"'", "'P'", "'"+part.ID+"'", "'R'", "'"+failed.ID+"'", "'O'", "'"+open.ID+"'",
				"/F", "/"+found.ID, "/P", "/"+part.ID, "/R", "/"+failed.ID, "/O", "/"+open.ID)
			for _, statement := range strings.Split(c.change, ";") {
				s.exec(ids.Replace(statement))
			}
			audit, err := s.Verify(t.Context(), "", func(int64) {})
			if err != nil {
				t.Fatal(err)
			}
			if len(audit.Lies) != 1 || audit.Lies[0].BusinessID != "shop" || audit.Lies[0].Row != ids.Replace(c.row) {
				t.Errorf("named %+v, want %s", audit.Lies, ids.Replace(c.row))
			}
			audit, err = s.Verify(t.Context(), "next", func(int64) {})
			if err != nil || len(audit.Lies) != 0 {
				t.Errorf("its neighbour: %+v, %v", audit.Lies, err)
			}
		})
	}
}

func TestVerifyNamesTheChargeThatLies(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ change, row string }{
		"the amount of one that was captured": {"UPDATE charges SET amount = amount + 1 WHERE id = 'taken'", "charges shop/taken"},
		"what one was for":                    {"UPDATE charges SET product = 'x' WHERE id = 'back'", "charges shop/back"},
		"when one was held":                   {"UPDATE charges SET held_at = expires_at WHERE id = 'open'", "charges shop/open"},
		"when one ended":                      {"UPDATE charges SET ended_at = expires_at WHERE id = 'taken'", "charges shop/taken"},
		"how one ended":                       {"UPDATE charges SET status = 'captured' WHERE id = 'back'", "charges shop/back"},
		"one ended by hand":                   {"UPDATE charges SET status = 'released' WHERE id = 'open'", "wallets shop"},
		"one taken away":                      {"DELETE FROM charges WHERE id = 'back'", "lookups shop/back"},
		"one added":                           {"INSERT INTO charges (business_id, id, product, status, amount, held_at, expires_at) SELECT business_id, 'x', product, status, amount, held_at, expires_at FROM charges WHERE id = 'taken'", "wallets shop"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engines(t, func(t *testing.T, s *shop) {
				s.wallet("shop", 1000)
				for _, id := range []string{"taken", "back", "open"} {
					s.charged(id, 10)
				}
				must(t, s.endCharge(models.MessageCharge{BusinessID: "shop", ID: "taken"}, true))
				must(t, s.endCharge(models.MessageCharge{BusinessID: "shop", ID: "back"}, false))
				s.clean()
				s.exec(c.change)
				audit, err := s.Verify(t.Context(), "", func(int64) {})
				if err != nil || len(audit.Lies) != 1 || audit.Lies[0].Row != c.row {
					t.Errorf("%+v, %v", audit, err)
				}
			})
		})
	}
}

// set puts a change into a statement.
func set(statement, change string) string { return strings.Replace(statement, "%s", change, 1) }

// added forges a capture as some entry.
func added(seq int64) string {
	return strings.Replace("INSERT INTO transfers SELECT business_id, +, kind, 'forged', debit, credit, 1, balance, NULL, NULL, created_at FROM transfers WHERE business_id = 'shop' AND seq = 3",
		"+", strconv.FormatInt(seq, 10), 1)
}

func TestBooksStayTrueWhenAPersonIsErased(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		history(s)
		s.exec("UPDATE lookups SET data_key = NULL")
		s.clean()
		s.held("shop", 10)
		s.clean()
	})
}

func TestTamperingIsSeenOnPostgreSQLToo(t *testing.T) {
	t.Parallel()
	s := newShop(t, storagetest.Open(t, storage.Postgres))
	found, _, _, _ := history(s)
	s.exec("UPDATE lookups SET answer = 'x'::bytea WHERE id = ?", found.ID)
	s.exec("UPDATE transfers SET amount = amount + 1 WHERE business_id = 'next'")
	audit, err := s.Verify(t.Context(), "", func(int64) {})
	if err != nil || len(audit.Lies) != 2 || audit.Lies[0].Row != "transfers next/1" || audit.Lies[1].Row != "lookups shop/"+found.ID {
		t.Errorf("%+v, %v", audit, err)
	}
}

func TestAnAuditBesideTheBusinessSeesOneMoment(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 100_000)
		done := make(chan struct{})
		for range 4 {
			go func() {
				for range 25 {
					l := s.held("shop", 10)
					if _, err := s.settle(l, models.StatusFound, 10); err != nil {
						t.Error(err)
					}
				}
				done <- struct{}{}
			}()
		}
		for workers := 4; workers > 0; {
			s.clean()
			select {
			case <-done:
				workers--
			default:
			}
		}
		s.has("shop", 99_000, 0)
	})
}
