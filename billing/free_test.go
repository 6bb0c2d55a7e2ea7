package billing

import (
	"strings"
	"testing"

	"gorm.io/gorm"

	"whoseline/models"
	"whoseline/storage/storagetest"
)

// freeHistory gives a shop three free lookups, of which one is still open, between paid ones: F, G and O.
func freeHistory(s *shop) (found, failed, open *models.Lookup) {
	s.t.Helper()
	s.wallet("shop", 10_000)
	s.wallet("next", 0)
	s.held("shop", 100)
	found, failed = s.held("shop", 0), s.held("shop", 0)
	for l, status := range map[*models.Lookup]models.Status{found: models.StatusFound, failed: models.StatusFailed} {
		if _, err := s.settle(l, status, 0); err != nil {
			s.t.Fatal(err)
		}
	}
	return found, failed, s.held("shop", 0)
}

func TestFreeLookupsAreAChainBesideTheMoney(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		freeHistory(s)
		s.clean()
		audit, err := s.Verify(t.Context(), "shop", func(int64) {})
		if err != nil || audit.Free != 3 || audit.Lookups != 1 || audit.Transfers != 2 {
			t.Errorf("%+v, %v", audit, err)
		}
	})
}

func TestABatchOfAllKindsKeepsBothChains(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		found, _, open := freeHistory(s)
		paid := s.held("shop", 50)
		s.exec("INSERT INTO consent_withdrawals (business_id, number_index, event_id) VALUES ('shop', ?, 'e')", []byte("withdrawn"))
		withdrawn := s.lookup("shop", 0)
		withdrawn.NumberIndex = []byte("withdrawn")
		late := newSettle(SettleOrder{Lookup: s.ended(found, models.StatusFailed, 0)})
		no := newHold(HoldOrder{Lookup: withdrawn})
		s.together(
			newSettle(SettleOrder{Lookup: s.ended(open, models.StatusNotFound, 0)}), late,
			newSettle(SettleOrder{Lookup: s.ended(paid, models.StatusFound, 20)}),
			newHold(HoldOrder{Lookup: s.lookup("shop", 0)}), no, newHold(HoldOrder{Lookup: s.lookup("next", 0)}),
			newHold(HoldOrder{Lookup: s.lookup("shop", 10)}), newHold(HoldOrder{Lookup: s.lookup("shop", 0)}),
		)
		if late.err != ErrAlreadySettled || no.err != errWithdrawn {
			t.Errorf("%v, %v", late.err, no.err)
		}
		s.clean()
		if n := s.count("free_evidence", "business_id = 'shop'"); n != 3+3+2 {
			t.Errorf("%d rows of evidence", n)
		}
	})
}

func TestAThiefOfTheDatabaseCannotForgeFreeLookups(t *testing.T) {
	t.Parallel()
	const wallet = "UPDATE wallets SET %s WHERE business_id = 'shop'"
	again := "INSERT INTO lookups (business_id, id, key_id, sandbox, advanced, status, held, number_index, request, purpose, requested_at, modified_at, expires_at) SELECT business_id, 'x', key_id, sandbox, advanced, status, held, number_index, request, purpose, requested_at, modified_at, expires_at FROM lookups WHERE id = "
	for name, c := range map[string]struct{ change, row string }{
		"an answer":                      {"UPDATE lookups SET answer = request WHERE id = 'F'", "lookups shop/F"},
		"a request":                      {"UPDATE lookups SET purpose = 'x' WHERE id = 'O'", "lookups shop/O"},
		"how one ended":                  {"UPDATE lookups SET status = 'found' WHERE id = 'G'", "lookups shop/G"},
		"one opened again":               {"UPDATE lookups SET status = 'open' WHERE id = 'F'", "lookups shop/F"},
		"one ended by hand":              {"UPDATE lookups SET status = 'failed' WHERE id = 'O'", "lookups shop/O"},
		"one taken away":                 {"DELETE FROM lookups WHERE id = 'G'", "lookups shop/G"},
		"one taken away with its rows":   {"DELETE FROM lookups WHERE id = 'O';DELETE FROM free_evidence WHERE reference = 'O'", "free_evidence shop/5"},
		"and the wallet's number":        {"DELETE FROM lookups WHERE id = 'O';DELETE FROM free_evidence WHERE reference = 'O';" + set(wallet, "free_seq = 4"), "wallets shop"},
		"and its head from the mark":     {"DELETE FROM lookups WHERE id = 'O';DELETE FROM free_evidence WHERE reference = 'O';" + set(wallet, "free_seq = 4, free_head = (SELECT substr(head, 5) FROM free_evidence WHERE seq = 4)"), "wallets shop"},
		"one added":                      {again + "'F'", "lookups shop/x"},
		"one added that is open":         {again + "'O'", "lookups shop/x"},
		"one added that was paid":        {again + "'F';UPDATE lookups SET held = 5, status = 'failed' WHERE id = 'x'", "lookups shop/x"},
		"one added, with evidence":       {again + "'O';INSERT INTO free_evidence SELECT business_id, 6, kind, 'x', evidence, head, created_at FROM free_evidence WHERE seq = 5;" + set(wallet, "free_seq = 6"), "free_evidence shop/6"},
		"evidence behind the newest":     {"INSERT INTO free_evidence SELECT business_id, 6, kind, 'x', evidence, head, created_at FROM free_evidence WHERE seq = 5", "free_evidence shop/6"},
		"evidence":                       {"UPDATE free_evidence SET evidence = head WHERE seq = 1", "free_evidence shop/1"},
		"a mark taken away":              {"UPDATE free_evidence SET head = NULL WHERE seq = 5", "wallets shop"},
		"a mark of the thief's own key":  {"UPDATE free_evidence SET head = x'09090909' WHERE seq = 5", "free_evidence shop/5"},
		"the chain taken away":           {"DELETE FROM free_evidence;" + set(wallet, "free_seq = 0, free_head = NULL"), "wallets shop"},
		"two rows exchanged":             {"UPDATE free_evidence SET seq = -1 WHERE seq = 1;UPDATE free_evidence SET seq = 1 WHERE seq = 2;UPDATE free_evidence SET seq = 2 WHERE seq = -1", "free_evidence shop/1"},
		"a row of it taken away between": {"DELETE FROM free_evidence WHERE seq = 2", "free_evidence shop/3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, storagetest.Open(t, "sqlite"))
			found, failed, open := freeHistory(s)
			ids := strings.NewReplacer("'F'", "'"+found.ID+"'", "'G'", "'"+failed.ID+"'", "'O'", "'"+open.ID+"'",
				"/F", "/"+found.ID, "/G", "/"+failed.ID, "/O", "/"+open.ID)
			for _, statement := range strings.Split(c.change, ";") {
				s.exec(ids.Replace(statement))
			}
			audit, err := s.Verify(t.Context(), "", func(int64) {})
			if err != nil || len(audit.Lies) != 1 || audit.Lies[0].Row != ids.Replace(c.row) {
				t.Errorf("%+v, %v, want %s", audit.Lies, err, ids.Replace(c.row))
			}
		})
	}
}

// sealedFree seals what is missing and gives how many there were.
func sealedFree(t *testing.T, s *shop, look bool) (missing, told int64) {
	t.Helper()
	missing, err := s.SealFree(t.Context(), "shop", look, func(_ *gorm.DB, n int64) error {
		told = n
		return nil
	})
	must(t, err)
	return missing, told
}

func TestFreeLookupsOfAnOlderVersionAreSealedOnce(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		_, _, open := freeHistory(s)
		s.exec("DELETE FROM free_evidence")
		s.exec("UPDATE wallets SET free_seq = 0, free_head = NULL WHERE business_id = 'shop'")
		s.held("shop", 0) // a newer gateway leaves it to the upgrade, too
		if ids, err := s.Unbegun(t.Context()); err != nil || len(ids) != 1 {
			t.Errorf("%v, %v", ids, err)
		}
		if n, told := sealedFree(t, s, true); n != 4 || told != 0 {
			t.Errorf("looked at %d, told of %d", n, told)
		}
		if n, told := sealedFree(t, s, false); n != 4 || told != 4 {
			t.Errorf("sealed %d, told of %d", n, told)
		}
		s.clean()
		if _, err := s.settle(open, models.StatusFound, 0); err != nil {
			t.Fatal(err)
		}
		s.held("shop", 0)
		s.clean()
		if n, _ := sealedFree(t, s, false); n != 0 {
			t.Errorf("again: %d", n)
		}
	})
}

func TestAFreeLookupThatAnOlderGatewayEndedIsSealed(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		_, _, open := freeHistory(s)
		s.exec("UPDATE lookups SET status = 'failed' WHERE id = ?", open.ID)
		if n, told := sealedFree(t, s, false); n != 1 || told != 1 {
			t.Errorf("sealed %d, told of %d", n, told)
		}
		s.clean()
	})
}

func TestTheFreeChainGoesOnUnderANewerKey(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		keyring := storagetest.Keyring(t, s.db)
		s = newShop(t, s.db, func(o *Options) { o.Keys = keyring })
		freeHistory(s)
		must(t, keyring.Rotate(t.Context()))
		s.held("shop", 0)
		s.clean()
		if keys := s.count("(SELECT DISTINCT substr(head, 1, 4) FROM free_evidence WHERE head IS NOT NULL) AS k", "1 = 1"); keys != 2 {
			t.Errorf("marks of %d keys", keys)
		}
	})
}
