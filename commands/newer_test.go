package commands_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// While a new release is rolled out, gateways of the old one serve on a database that has been migrated already.
func TestAGatewayServesOnBesideANewerSchema(t *testing.T) {
	t.Parallel()
	for _, pooled := range []string{"false", "true"} {
		t.Run("pooled "+pooled, func(t *testing.T) {
			t.Parallel()
			s := open(t, storage.Postgres, "CHANNELS__LIVE=outbox", "DATABASE__POOLED="+pooled)
			who := s.tenant(t, 100)
			g := s.inside(t)
			if faults := append(g.walk(who.token, "100"), g.walk(who.token, "101")...); len(faults) > 0 {
				t.Fatalf("before anything changed: %q", faults)
			}
			db := storagetest.OpenURL(t, s.url)
			var tables []string
			if err := db.Read.Raw("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").Scan(&tables).Error; err != nil {
				t.Fatal(err)
			}
			for _, table := range tables {
				if err := db.Gorm.Exec("ALTER TABLE " + table + " ADD COLUMN of_a_later_version text").Error; err != nil {
					t.Fatal(err)
				}
			}
			if faults := append(g.walk(who.token, "200"), g.walk(who.token, "201")...); len(faults) > 0 {
				t.Errorf("%d of %d tables changed: %q", len(tables), len(tables), faults)
			}
			if status := g.opsStatus("/readyz"); status != 200 {
				t.Errorf("ready: %d", status)
			}
			s.mustVerify(t)
		})
	}
}

func TestNobodyWaitsForAnEmbeddedDatabaseWithoutADeadline(t *testing.T) {
	t.Parallel()
	s := open(t, storage.SQLite, "CHANNELS__LIVE=outbox")
	who := s.tenant(t, 100)
	g := s.inside(t) // looks at every statement
	if faults := g.walk(who.token, "100"); len(faults) > 0 {
		t.Errorf("%q", faults)
	}
}

var (
	created = regexp.MustCompile(`(?i)CREATE TABLE (?:IF NOT EXISTS )?(\w+)`)
	starred = regexp.MustCompile(`(?i)\b(?:SELECT|RETURNING)\s+(?:DISTINCT\s+)?\*|\b(\w+)\.\*`)
	literal = regexp.MustCompile("(?s)`[^`]*`|\"(?:[^\"\\\\\n]|\\\\.)*\"")
)

// A statement that reads all columns fails when a column is added to the table that it was planned for. A part of a
// statement, which names its columns itself, may be read as a whole.
func TestNoStatementReadsAllColumnsOfATable(t *testing.T) {
	t.Parallel()
	tables := strings.Join(tableNames(t), "|")
	seen := 0
	err := fs.WalkDir(os.DirFS(".."), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
			strings.HasPrefix(path, "bench/") {
			return err
		}
		source, err := os.ReadFile("../" + path)
		for _, text := range literal.FindAllString(string(source), -1) {
			for _, found := range starred.FindAllStringSubmatch(text, -1) {
				seen++
				bound := regexp.MustCompile(`(?i)\b(?:` + tables + `)\s+(?:AS\s+)?` + found[1] + `\b`)
				if found[1] == "" || bound.MatchString(text) {
					t.Errorf("%s: %s in %s", path, found[0], text)
				}
			}
		}
		return err
	})
	if err != nil || seen == 0 {
		t.Errorf("looked at %d stars (%v)", seen, err)
	}
}

func tableNames(t *testing.T) (names []string) {
	t.Helper()
	files, err := fs.Glob(os.DirFS("../storage/migrations"), "*/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d migrations (%v)", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile("../storage/migrations/" + file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range created.FindAllStringSubmatch(string(text), -1) {
			names = append(names, found[1])
		}
	}
	return names
}
