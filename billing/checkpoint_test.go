package billing

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"whoseline/models"
)

func TestAPathLeadsFromEveryLeafOfEverySizeOfTreeToItsRoot(t *testing.T) {
	t.Parallel()
	for size := int64(1); size < 40; size++ {
		leaf := func(i int64) hash { return leafHash(fmt.Append(nil, i)) }
		between := func(from, to int64) (hash, error) {
			var part tree
			for i := from; i < to; i++ {
				part.add(leaf(i))
			}
			return part.root(), nil
		}
		root, _ := between(0, size)
		for i := range size {
			path, _ := pathOf(i, size, between)
			if got, err := climb(leaf(i), i, size, path); err != nil || got != root {
				t.Errorf("leaf %d of %d: %v", i, size, err)
			}
			if got, err := climb(leaf(i), (i+1)%size, size, path); size > 1 && err == nil && got == root {
				t.Errorf("leaf %d of %d stands elsewhere too", i, size)
			}
		}
	}
}

// openVault seals nothing, but knows what it sealed for what.
type openVault struct{}

func (openVault) Seal(aad string, plain []byte) []byte { return append([]byte(aad+"\x00"), plain...) }

func (openVault) Open(aad string, sealed []byte) ([]byte, error) {
	plain, ok := strings.CutPrefix(string(sealed), aad+"\x00")
	if !ok {
		return nil, os.ErrPermission
	}
	return []byte(plain), nil
}

// signed is a shop with a lookup of shop 3 in its second checkpoint of three, after which the key was rotated.
func signed(s *shop) (lookup *models.Lookup) {
	s.t.Helper()
	s.vault = openVault{}
	publish := func(order CheckpointOrder, number int64) {
		s.t.Helper()
		if c, err := s.Checkpoint(s.t.Context(), order); err != nil || c == nil || c.Number != number {
			s.t.Fatalf("checkpoint %d: %+v, %v", number, c, err)
		}
	}
	for i := range 5 {
		s.wallet(fmt.Sprint("shop", i), 1000)
	}
	publish(CheckpointOrder{}, 1)
	for i := range 6 {
		l := s.held("shop3", 50)
		if i == 4 {
			lookup = l
		}
		if _, err := s.settle(l, models.StatusFound, 50); err != nil {
			s.t.Fatal(err)
		}
	}
	s.held("shop1", 50)
	if c, err := s.Checkpoint(s.t.Context(), CheckpointOrder{}); c != nil || err != nil {
		s.t.Errorf("two on one day: %+v, %v", c, err)
	}
	if _, err := s.ProofFor(s.t.Context(), "shop3", lookup.ID); models.CodeOf(err) != models.Conflict {
		s.t.Errorf("before its checkpoint: %v", err)
	}
	publish(CheckpointOrder{Rotate: true}, 2)
	s.held("shop3", 50)
	publish(CheckpointOrder{Now: true}, 3)
	return lookup
}

func TestAReceiptProvesWithoutUsThatALookupIsInTheBooks(t *testing.T) {
	engines(t, func(t *testing.T, s *shop) {
		l := signed(s)
		p, err := s.ProofFor(t.Context(), "shop3", l.ID)
		if err != nil {
			t.Fatal(err)
		}
		content, _ := json.Marshal(p)
		got, err := CheckProof(content, nil)
		if err != nil || got.Reference != l.ID || got.Amount != 50 || got.Kind != string(models.Capture) || got.Checkpoint != 2 {
			t.Fatalf("%+v, %v", got, err)
		}
		file := filepath.Join(t.TempDir(), "receipt.json")
		script := func(content []byte) (string, error) {
			if err := os.WriteFile(file, content, 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command("python3", "../docs/verify_receipt.py", file, got.Fingerprint).CombinedOutput()
			return string(out), err
		}
		if out, err := script(content); err != nil || !strings.HasPrefix(out, "true: capture of 50 kobo for "+l.ID) {
			t.Errorf("the script: %v, %s", err, out)
		}
		for what, forge := range map[string]func(*Proof){
			"another amount":   func(p *Proof) { p.Transfer.Amount++ },
			"another lookup":   func(p *Proof) { p.Transfer.Reference = newID() },
			"another entry":    func(p *Proof) { p.Transfer.Entry++ },
			"another business": func(p *Proof) { p.Transfer.BusinessID = "shop1" },
			"a shorter path":   func(p *Proof) { p.Wallet.Path = p.Wallet.Path[1:] },
			"another text":     func(p *Proof) { p.Checkpoint.Text = strings.Replace(p.Checkpoint.Text, "number 2", "number 3", 1) },
			"another size":     func(p *Proof) { p.Checkpoint.Size++ },
			"another key":      func(p *Proof) { p.PublicKey = p.Checkpoint.Signature[:44] },
		} {
			forged := p
			forge(&forged)
			content, _ := json.Marshal(forged)
			if _, err := CheckProof(content, nil); models.CodeOf(err) != models.Invalid {
				t.Errorf("%s: %v", what, err)
			}
			if _, err := script(content); err == nil {
				t.Errorf("the script takes %s", what)
			}
		}
		if _, err := CheckProof(content, make([]byte, 32)); models.CodeOf(err) != models.Invalid {
			t.Errorf("a key that signed nothing: %v", err)
		}
		list, more, err := s.Checkpoints(t.Context(), "shop3", 0, 2)
		if err != nil || len(list) != 2 || !more || list[0].Number != 3 || list[0].KeyID == list[1].KeyID || list[0].KeyID != Fingerprint(list[1].NextKey) {
			t.Errorf("%+v, %t, %v", list, more, err)
		}
	})
}

func TestEachPartOfAPaymentHasAReceipt(t *testing.T) {
	engines(t, func(t *testing.T, s *shop) {
		s.vault = openVault{}
		under := func(credited int64) string { return fmt.Sprint("wl-1+", credited) }
		s.wallet("shop", 10)
		for _, of := range []struct{ before, amount int64 }{{0, 100}, {100, 250}} {
			if _, err := s.TopUp(t.Context(), "shop", under(of.before), of.amount); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.ProofOfTopUp(t.Context(), "shop", 1, under); models.CodeOf(err) != models.Conflict {
			t.Errorf("before a checkpoint: %v", err)
		}
		if _, err := s.Checkpoint(t.Context(), CheckpointOrder{}); err != nil {
			t.Fatal(err)
		}
		for part, amount := range map[int]int64{1: 100, 2: 250} {
			p, err := s.ProofOfTopUp(t.Context(), "shop", part, under)
			if err != nil {
				t.Fatal(err)
			}
			content, _ := json.Marshal(p)
			if got, err := CheckProof(content, nil); err != nil || got.Amount != amount || got.Kind != string(models.TopUp) {
				t.Errorf("part %d: %+v, %v", part, got, err)
			}
		}
		for part, code := range map[int]models.Code{0: models.Invalid, 3: models.NotFound, MaxParts + 1: models.Invalid} {
			if _, err := s.ProofOfTopUp(t.Context(), "shop", part, under); models.CodeOf(err) != code {
				t.Errorf("part %d: %v", part, err)
			}
		}
		if _, err := s.ProofOfTopUp(t.Context(), "other", 1, under); models.CodeOf(err) != models.NotFound {
			t.Errorf("another business: %v", err)
		}
	})
}

func TestVerifyNamesAForgedCheckpoint(t *testing.T) {
	engines(t, func(t *testing.T, s *shop) {
		signed(s)
		first := func() string {
			t.Helper()
			n, lies, err := s.VerifyCheckpoints(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(lies) == 0 {
				return fmt.Sprint(n)
			}
			return lies[0].Row + " " + lies[0].What
		}
		if got := first(); got != "3" {
			t.Fatal(got)
		}
		for forge, want := range map[string]string{
			"UPDATE checkpoints SET size = size + 1 WHERE number = 2":                                           "checkpoints 2 was changed",
			"UPDATE checkpoints SET root = previous WHERE number = 3":                                           "checkpoints 3 was changed",
			"UPDATE checkpoints SET next_key = NULL WHERE number = 2":                                           "checkpoints 2 was changed",
			"DELETE FROM checkpoints WHERE number = 2":                                                          "checkpoints 3 follows another one",
			"UPDATE checkpoint_leaves SET last_entry = last_entry - 1 WHERE number = 2 AND business_id='shop3'": "checkpoints 2 is not of its leaves",
			"UPDATE checkpoint_leaves SET path = book WHERE number = 3":                                         "checkpoints 3 is not of its leaves",
			"DELETE FROM checkpoint_leaves WHERE number = 3":                                                    "checkpoints 3 is not of its leaves",
			"UPDATE transfers SET amount = 60 WHERE business_id = 'shop3' AND seq = 4":                          "checkpoint_leaves shop3/2 was signed for other transfers",
			"DELETE FROM transfers WHERE business_id = 'shop3' AND seq = 14":                                    "checkpoint_leaves shop3/3 transfer shop3/14 is missing",
			"UPDATE checkpoint_keys SET sealed = public":                                                        "checkpoints 1 is signed by a key that is not ours",
		} {
			undone := s.db.Gorm
			tx := undone.Begin()
			s.primary = tx
			if done := tx.Exec(forge); done.Error != nil || done.RowsAffected == 0 {
				t.Fatalf("%s: %v", forge, done.Error)
			}
			if got := first(); !strings.HasPrefix(got, want) {
				t.Errorf("%s: %s", forge, got)
			}
			tx.Rollback()
			s.primary = undone
		}
		s.clock.pass(24 * time.Hour)
		s.held("shop0", 10)
		if c, err := s.Checkpoint(t.Context(), CheckpointOrder{}); err != nil || c.Number != 4 || first() != "4" {
			t.Errorf("the next day: %+v, %v", c, err)
		}
	})
}
