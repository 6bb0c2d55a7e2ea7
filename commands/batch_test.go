package commands_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"whoseline/models"
	"whoseline/storage/storagetest"
	"whoseline/test/wait"
)

// TestABatchSurvivesTheDeathOfItsGateways kills the gateway that works on a batch, again and again. Another one takes it over. At the end
// every row was asked, and charged for once.
func TestABatchSurvivesTheDeathOfItsGateways(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		const rows = 300
		s := open(t, engine, hasty("BATCHES__RATE=400")...)
		who := s.tenant(t, 2*rows)
		file := filepath.Join(t.TempDir(), "numbers.csv")
		text := "number,metadata.ref\n" + strings.Repeat("08000000000,x\n", rows)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		id := s.answer(t, "batch", "create", file, "--business", who.id, "--key", who.keyID, "--consent")["id"].(string)
		show := func() map[string]any { return s.answer(t, "batch", "show", "--business", who.id, "--batch", id) }
		done := func() float64 { return rows - show()["waiting"].(float64) }
		for at := float64(1); at < rows/2; at = done() + 20 {
			g := s.serve(t)
			wait.Until(t, "some more rows are asked", func() bool { return done() >= at })
			g.kill()
			s.freeBatch(t, id)
		}
		s.serve(t)
		wait.Until(t, "the batch is done", func() bool { return show()["state"] == "done" })
		if v := show(); v["found"].(float64) != rows || v["spent"].(float64) != rows*price {
			t.Errorf("%v", v)
		}
		if paid := references(t, storagetest.OpenURL(t, s.url), who.id, models.Capture); len(paid) != rows {
			t.Errorf("%d lookups were paid", len(paid))
		}
		if w := s.wallet(t, who.id); w.Available != rows*price || w.Held != 0 {
			t.Errorf("wallet: %+v", w)
		}
		s.mustVerify(t)
	})
}

// freeBatch lets the lease of a dead gateway's end now, for which everybody else would wait a minute.
func (s *site) freeBatch(t *testing.T, id string) {
	t.Helper()
	done := storagetest.OpenURL(t, s.url).Gorm.Exec("UPDATE batches SET lease_until = created_at WHERE id = ?", id)
	if done.Error != nil {
		t.Fatal(fmt.Errorf("free the batch: %w", done.Error))
	}
}
