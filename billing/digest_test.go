package billing

import (
	"bytes"
	"crypto/sha256"
	"testing"
	"time"

	"whoseline/models"
)

func filled() *models.Lookup {
	return &models.Lookup{
		BusinessID: "b", ID: "id", KeyID: "k", Status: models.StatusFound, Reason: "r", Source: "s", Held: 5, Charged: 4,
		NumberIndex: []byte("n"), Tags: []byte("t"), DataKey: []byte("d"), Request: []byte("q"), Answer: []byte("a"),
		Purpose: "p", Notice: "o", Attempts: "m", RequestedAt: noon, AnsweredAt: noon, ModifiedAt: noon, ExpiresAt: noon,
	}
}

func TestEveryFieldThatMattersChangesItsDigest(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change           func(l *models.Lookup)
		opening, closing bool
	}{
		"business":  {func(l *models.Lookup) { l.BusinessID = "x" }, true, true},
		"id":        {func(l *models.Lookup) { l.ID = "x" }, true, true},
		"key":       {func(l *models.Lookup) { l.KeyID = "x" }, true, false},
		"sandbox":   {func(l *models.Lookup) { l.Sandbox = true }, true, false},
		"advanced":  {func(l *models.Lookup) { l.Advanced = true }, true, false},
		"purpose":   {func(l *models.Lookup) { l.Purpose = "x" }, true, false},
		"notice":    {func(l *models.Lookup) { l.Notice = "x" }, true, false},
		"number":    {func(l *models.Lookup) { l.NumberIndex = nil }, true, false},
		"tags":      {func(l *models.Lookup) { l.Tags = nil }, true, false},
		"request":   {func(l *models.Lookup) { l.Request = nil }, true, false},
		"held":      {func(l *models.Lookup) { l.Held++ }, true, false},
		"requested": {func(l *models.Lookup) { l.RequestedAt = noon.Add(time.Millisecond) }, true, false},
		"status":    {func(l *models.Lookup) { l.Status = models.StatusNotFound }, false, true},
		"reason":    {func(l *models.Lookup) { l.Reason = "" }, false, true},
		"source":    {func(l *models.Lookup) { l.Source = "" }, false, true},
		"attempts":  {func(l *models.Lookup) { l.Attempts = "" }, false, true},
		"answer":    {func(l *models.Lookup) { l.Answer = nil }, false, true},
		"charged":   {func(l *models.Lookup) { l.Charged = 0 }, false, true},
		"answered":  {func(l *models.Lookup) { l.AnsweredAt = time.Time{} }, false, true},
		"data key":  {func(l *models.Lookup) { l.DataKey = nil }, false, false},
		"modified":  {func(l *models.Lookup) { l.ModifiedAt = noon.Add(time.Hour) }, false, false},
		"expires":   {func(l *models.Lookup) { l.ExpiresAt = noon.Add(time.Hour) }, false, false},
	} {
		was, is := filled(), filled()
		c.change(is)
		if (opening(was) != opening(is)) != c.opening {
			t.Errorf("%s: the opening differs: %v", name, !c.opening)
		}
		if (closing(was) != closing(is)) != c.closing {
			t.Errorf("%s: the closing differs: %v", name, !c.closing)
		}
	}
}

func TestEveryFieldOfATransferChangesItsDigest(t *testing.T) {
	t.Parallel()
	was := models.Transfer{
		BusinessID: "b", Seq: 1, Kind: models.Hold, Reference: "r", Debit: models.Available, Credit: models.Held,
		Amount: 5, Evidence: []byte("e"), CreatedAt: noon,
	}
	for name, change := range map[string]func(t *models.Transfer){
		"business":  func(t *models.Transfer) { t.BusinessID = "x" },
		"kind":      func(t *models.Transfer) { t.Kind = models.Release },
		"reference": func(t *models.Transfer) { t.Reference = "" },
		"debit":     func(t *models.Transfer) { t.Debit = models.Revenue },
		"credit":    func(t *models.Transfer) { t.Credit = models.Revenue },
		"amount":    func(t *models.Transfer) { t.Amount = -5 },
		"evidence":  func(t *models.Transfer) { t.Evidence = nil },
		"time":      func(t *models.Transfer) { t.CreatedAt = noon.Add(-time.Millisecond) },
	} {
		is := was
		change(&is)
		if unkeyedDigest(&was) == unkeyedDigest(&is) {
			t.Errorf("%s does not count", name)
		}
	}
}

// oneRing has one key, the same for every database, so that tests can compare chains.
type oneRing struct{}

func (oneRing) ChainKey() models.ChainKey { return oneKey{} }

func (oneRing) ChainKeyOf(id []byte) (models.ChainKey, bool) {
	return oneKey{}, bytes.Equal(id, oneKey{}.ID())
}

func (oneRing) ChainStart(chain, owner string) []byte {
	start := oneKey{}.Sum("start of "+chain, []byte(owner))
	return start[:]
}

// oneKey is its key.
type oneKey struct{}

func (oneKey) ID() []byte { return []byte{0, 0, 0, 9} }

func (oneKey) Sum(chain string, data []byte) [32]byte {
	return sha256.Sum256(append([]byte("secret "+chain+" "), data...))
}

func TestALongTransferIsDigestedWhole(t *testing.T) {
	t.Parallel()
	long := models.Transfer{Reference: string(bytes.Repeat([]byte("r"), 400)), CreatedAt: noon}
	other := long
	other.Amount = 1
	if unkeyedDigest(&long) == unkeyedDigest(&other) {
		t.Error("the end was cut off")
	}
}

// FuzzDigestsOfFieldsThatRunTogether moves the border between neighbouring fields.
func FuzzDigestsOfFieldsThatRunTogether(f *testing.F) {
	f.Add("ab", "c", 1)
	f.Add("\x01a", "\x01\x00", 1)
	f.Add("", "x", 0)
	f.Add(string(bytes.Repeat([]byte("y"), 127)), "z", 126)
	f.Fuzz(func(t *testing.T, one, two string, cut int) {
		whole := one + two
		cut = min(max(cut, 0), len(whole))
		a, b := filled(), filled()
		a.Purpose, a.Notice, a.NumberIndex, a.Tags = one, two, []byte(one), []byte(two)
		b.Purpose, b.Notice, b.NumberIndex, b.Tags = whole[:cut], whole[cut:], []byte(whole[:cut]), []byte(whole[cut:])
		a.Reason, a.Source, b.Reason, b.Source = one, two, whole[:cut], whole[cut:]
		same := cut == len(one)
		if (opening(a) == opening(b)) != same || (closing(a) == closing(b)) != same {
			t.Errorf("%q and %q, cut at %d", one, two, cut)
		}
		x := models.Transfer{BusinessID: one, Reference: two, CreatedAt: noon}
		y := models.Transfer{BusinessID: whole[:cut], Reference: whole[cut:], CreatedAt: noon}
		if (unkeyedDigest(&x) == unkeyedDigest(&y)) != same {
			t.Errorf("transfers of %q and %q, cut at %d", one, two, cut)
		}
	})
}

func TestTheChainDependsOnEachLinkAndOnTheirOrder(t *testing.T) {
	t.Parallel()
	head, a, b := make([]byte, 32), [32]byte{1}, [32]byte{2}
	seen := map[string]string{}
	for name, h := range map[string][]byte{
		"a": link(head, a), "b": link(head, b), "a b": link(head, a, b), "b a": link(head, b, a),
		"a, then b": link(link(head, a), b), "from another head": link(b[:], a), "a twice": link(head, a, a),
	} {
		if twin, known := seen[string(h)]; known || len(h) != 32 {
			t.Errorf("%q is %q, %d bytes", name, twin, len(h))
		}
		seen[string(h)] = name
	}
}
