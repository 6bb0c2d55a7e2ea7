package directory

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"whoseline/lookup"
	"whoseline/models"
	"whoseline/providers"
)

// shelf is a store in memory.
type shelf struct {
	mu    sync.Mutex
	rows  map[string][]Row
	calls []int // rows of each Add
	err   error
	wait  bool // Find waits until its context ends
}

func (s *shelf) Find(ctx context.Context, index []byte) (sealed [][]byte, err error) {
	if s.wait {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rows[string(index)] {
		sealed = append(sealed, r.Sealed)
	}
	return sealed, s.err
}

func (s *shelf) Add(_ context.Context, rows []Row) (added, changed int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return 0, 0, s.err
	}
	if s.rows == nil {
		s.rows = map[string][]Row{}
	}
	s.calls = append(s.calls, len(rows))
	for _, r := range rows {
		there := s.rows[string(r.NumberIndex)]
		same := func(o Row) bool { return bytes.Equal(o.OwnerIndex, r.OwnerIndex) }
		switch {
		case slices.ContainsFunc(there, same):
			continue
		case len(there) > 0:
			changed++
		default:
			added++
		}
		s.rows[string(r.NumberIndex)] = append(there, r)
	}
	return added, changed, nil
}

func (s *shelf) size() (n int) {
	for _, rows := range s.rows {
		n += len(rows)
	}
	return n
}

// box is a vault that hides nothing but keeps the contract: what was sealed under one aad opens under no other.
type box struct{}

func (box) Index(scope, text string) []byte {
	sum := sha256.Sum256([]byte(scope + "\x00" + text))
	return sum[:]
}

func (box) Seal(aad string, plain []byte) []byte { return append([]byte(aad+"|"), plain...) }

func (box) Open(aad string, sealed []byte) ([]byte, error) {
	plain, ok := bytes.CutPrefix(sealed, []byte(aad+"|"))
	if !ok {
		return nil, errors.New("sealed under another number")
	}
	return plain, nil
}

var today = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func newDirectory(s Store) *Directory {
	return New(s, box{}, func() time.Time { return today })
}

func TestWhatWasImportedIsFoundInAFixedOrder(t *testing.T) {
	t.Parallel()
	d := newDirectory(&shelf{})
	file := "phone,full_name,dob\n08031234567,ZUBAIRU ALI,1990-05-16\n+2348031234567,ABE KEMI,1991-01-02\n" +
		"8031234567,ABE KEMI,1990-01-02\n08031234568,OTHER ONE,\n"
	if _, err := d.Import(t.Context(), strings.NewReader(file), ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	want := lookup.Finding{Outcome: models.OutcomeFound, Owners: []models.Owner{
		{FullName: "ABE KEMI", DateOfBirth: "1990-01-02"},
		{FullName: "ABE KEMI", DateOfBirth: "1991-01-02"},
		{FullName: "ZUBAIRU ALI", DateOfBirth: "1990-05-16"},
	}}
	if diff := cmp.Diff(want, d.Owners(t.Context(), question(t, "08031234567"))); diff != "" {
		t.Error(diff)
	}
	if got := d.Owners(t.Context(), question(t, "08031234569")); got.Outcome != models.OutcomeNotFound {
		t.Errorf("an unknown number: %s", got.Outcome)
	}
}

func TestAFailingStoreIsAProviderThatIsDown(t *testing.T) {
	t.Parallel()
	got := newDirectory(&shelf{err: errors.New("away")}).Owners(t.Context(), question(t, "08031234567"))
	if got.Outcome != models.OutcomeProviderDown || got.Err == nil {
		t.Errorf("%s: %v", got.Outcome, got.Err)
	}
}

func TestASlowStoreIsATimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := newDirectory(&shelf{wait: true}).Candidate()
		slow.Limits.Timeout = time.Second
		r := providers.NewRouter(providers.RouterOptions{Candidates: []providers.Candidate{slow}, Total: 3 * time.Second, Attempts: 1})
		if got := r.Owners(t.Context(), question(t, "08031234567")); got.Outcome != models.OutcomeTimeout {
			t.Errorf("outcome %s", got.Outcome)
		}
	})
}

func TestARowMovedToAnotherNumberDoesNotOpen(t *testing.T) {
	t.Parallel()
	store := &shelf{}
	d := newDirectory(store)
	_, err := d.Import(t.Context(), strings.NewReader("phone,full_name\n08031234567,ABE KEMI\n"), ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	theirs, _ := d.address(question(t, "08031234567").Phone)
	mine, _ := d.address(question(t, "08031234568").Phone)
	store.rows[string(mine)] = store.rows[string(theirs)]
	got := d.Owners(t.Context(), question(t, "08031234568"))
	if got.Outcome != models.OutcomeBadPayload || got.Owners != nil {
		t.Errorf("%s", got.Outcome)
	}
}

func TestOnePersonsRowsUnderTwoNumbersLookUnrelated(t *testing.T) {
	t.Parallel()
	d := newDirectory(&shelf{})
	owner := models.Owner{FullName: "ABE KEMI"}
	a, _ := d.row(question(t, "08031234567").Phone, owner)
	b, _ := d.row(question(t, "08031234568").Phone, owner)
	if bytes.Equal(a.OwnerIndex, b.OwnerIndex) {
		t.Error("equal hashes")
	}
}
