package billing

import (
	"database/sql"
	"slices"
	"strings"
	"testing"

	"gorm.io/gorm"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// A thief has the database and this code, but no key. Each of the forgeries below was believed by an unkeyed chain.

func TestAThiefOfTheDatabaseCannotForgeTheBooks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		forge func(t *testing.T, db *gorm.DB)
		what  string // is said of it
	}{
		"a chain made anew without the key":  {rebuild(0, 777_000_000), "is not keyed"},
		"its end made anew":                  {rebuild(4, 0), "is not keyed"},
		"a mark of the thief's own key":      {remark([]byte{9, 9, 9, 9}), "a key that is not there"},
		"marks made anew under the key's id": {remark(nil), "breaks the chain"},
		"the newest transfers cut off":       {cutOff, "is not the end of the chain"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, storagetest.Open(t, storage.SQLite))
			history(s)
			c.forge(t, s.db.Gorm)
			audit, err := s.Verify(t.Context(), "shop", func(int64) {})
			if err != nil || len(audit.Lies) != 1 || !strings.Contains(audit.Lies[0].What, c.what) {
				t.Errorf("%+v, %v", audit.Lies, err)
			}
		})
	}
}

// rebuild makes the chain anew, without a key, from the transfer after a number on, each balance greater by some money.
func rebuild(after, more int64) func(*testing.T, *gorm.DB) {
	return func(t *testing.T, db *gorm.DB) {
		rows, state := transfersOf(t, db), make([]byte, 32)
		if after > 0 {
			state = oneRing{}.ChainStart(moneyChain, "shop")
		}
		for i := range rows {
			if rows[i].Seq == 1 {
				rows[i].Amount += more
			}
			if rows[i].Balance += more; rows[i].Seq <= after {
				state = link(state, signature(oneKey{}, &rows[i]))
				continue
			}
			state = link(state, unkeyedDigest(&rows[i]))
			rows[i].Head = state
			must(t, db.Model(&rows[i]).Select("Amount", "Balance", "Head").Updates(&rows[i]).Error)
		}
		must(t, db.Model(&models.Wallet{}).Where("business_id = 'shop'").
			Updates(map[string]any{"head": state, "available": gorm.Expr("available + ?", more)}).Error)
	}
}

// remark makes all marks anew under an id of a key, or the one that stands there, with a key that the thief made up.
func remark(id []byte) func(*testing.T, *gorm.DB) {
	return func(t *testing.T, db *gorm.DB) {
		rows, state := transfersOf(t, db), make([]byte, 32)
		for i := range rows {
			made := rows[0].Head[:4]
			if id != nil {
				made = id
			}
			state = link(state, unkeyedDigest(&rows[i]))
			rows[i].Head = append(append([]byte{}, made...), markOf(oneKey{}, state)[4:]...)
			must(t, db.Model(&rows[i]).Select("Head").Updates(&rows[i]).Error)
		}
		must(t, db.Model(&models.Wallet{}).Where("business_id = 'shop'").Update("head", state).Error)
	}
}

// cutOff takes the open hold away, as if it had never been: the state before it is what the thief does not have.
func cutOff(t *testing.T, db *gorm.DB) {
	rows := transfersOf(t, db)
	last := rows[len(rows)-1]
	must(t, db.Delete(&last).Error)
	must(t, db.Where("id = ?", last.Reference).Delete(&models.Lookup{}).Error)
	must(t, db.Model(&models.Wallet{}).Where("business_id = 'shop'").Updates(map[string]any{
		"seq": last.Seq - 1, "available": gorm.Expr("available + ?", last.Amount), "held": gorm.Expr("held - ?", last.Amount),
		"head": rows[len(rows)-2].Head[4:],
	}).Error)
}

func transfersOf(t *testing.T, db *gorm.DB) (rows []models.Transfer) {
	t.Helper()
	must(t, db.Where("business_id = 'shop'").Order("seq").Find(&rows).Error)
	return rows
}

// older makes the history of a shop as a version without keys would have written it.
func older(t *testing.T, s *shop) {
	t.Helper()
	must(t, s.db.Gorm.Model(&models.Wallet{}).Where("business_id = 'shop'").Update("sealing", nil).Error)
	rebuild(0, 0)(t, s.db.Gorm)
}

func sealAll(t *testing.T, s *shop) ([]Sealed, []Lie) {
	t.Helper()
	done, lies, err := s.SealChains(t.Context(), Sealer{Told: func(*gorm.DB, Sealed) error { return nil }})
	must(t, err)
	return done, lies
}

func TestAHistoryOfAnOlderVersionIsSealedOnce(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		history(s)
		older(t, s)
		if done, lies := sealAll(t, s); len(lies) > 0 || !slices.Equal(done, []Sealed{{"shop", 1, 9}}) {
			t.Fatalf("%+v, %+v", done, lies)
		}
		s.clean()
		s.held("shop", 10) // the keyed part begins
		s.clean()
		if done, lies := sealAll(t, s); len(done)+len(lies) > 0 {
			t.Errorf("again: %+v, %+v", done, lies)
		}
	})
}

func TestWhatWasSealedCannotBeChangedAnyMore(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		forge func(*testing.T, *gorm.DB)
		what  string
	}{
		"its amounts": {rebuild(0, 5), "is not the end of the history that was sealed"},
		"its sealing": {func(t *testing.T, db *gorm.DB) {
			must(t, db.Exec("UPDATE wallets SET sealing = substr(sealing, 1, 107) || x'00' WHERE business_id = 'shop'").Error)
		}, "nobody with the keys made"},
		"that it has one": {func(t *testing.T, db *gorm.DB) {
			must(t, db.Exec("UPDATE wallets SET sealing = NULL WHERE business_id = 'shop'").Error)
		}, "is not keyed"},
		"what comes after it, cut off": {func(t *testing.T, db *gorm.DB) {
			cutOff(t, db)
			rows := transfersOf(t, db)
			must(t, db.Exec("UPDATE wallets SET head = ? WHERE business_id = 'shop'", sql.RawBytes(rows[len(rows)-1].Head)).Error)
		}, "is not the end of the chain"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, storagetest.Open(t, storage.SQLite))
			history(s)
			older(t, s)
			sealAll(t, s)
			s.held("shop", 10)
			s.clean()
			c.forge(t, s.db.Gorm)
			audit, err := s.Verify(t.Context(), "shop", func(int64) {})
			if err != nil || len(audit.Lies) != 1 || !strings.Contains(audit.Lies[0].What, c.what) {
				t.Errorf("%+v, %v", audit.Lies, err)
			}
		})
	}
}

func TestAForgedHistoryOfAnOlderVersionIsNotSealed(t *testing.T) {
	t.Parallel()
	s := newShop(t, storagetest.Open(t, storage.SQLite))
	history(s)
	older(t, s)
	s.exec("UPDATE transfers SET amount = amount + 1 WHERE business_id = 'shop' AND seq = 1")
	if done, lies := sealAll(t, s); len(done) > 0 || len(lies) != 1 || lies[0].Row != "transfers shop/1" {
		t.Errorf("%+v, %+v", done, lies)
	}
}

func TestWhatAnOlderGatewayWroteBesideIsSealedToo(t *testing.T) {
	t.Parallel()
	s := newShop(t, storagetest.Open(t, storage.SQLite))
	history(s)
	rebuild(4, 0)(t, s.db.Gorm)
	audit, err := s.Verify(t.Context(), "shop", func(int64) {})
	if err != nil || len(audit.Lies) != 1 || !strings.Contains(audit.Lies[0].What, "seal chains") {
		t.Fatalf("%+v, %v", audit.Lies, err)
	}
	if done, lies := sealAll(t, s); len(lies) > 0 || !slices.Equal(done, []Sealed{{"shop", 5, 9}}) {
		t.Fatalf("%+v, %+v", done, lies)
	}
	s.held("shop", 10)
	s.clean()
}

func TestAChainGoesOnUnderANewerKey(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *shop) {
		keyring := storagetest.Keyring(t, s.db)
		s = newShop(t, s.db, func(o *Options) { o.Keys = keyring })
		history(s)
		before := keyring.ChainKey().ID()
		must(t, keyring.Rotate(t.Context()))
		if after := keyring.ChainKey().ID(); string(after) == string(before) {
			t.Fatalf("the key is %x as before", after)
		}
		s.held("shop", 10)
		s.clean()
	})
}
