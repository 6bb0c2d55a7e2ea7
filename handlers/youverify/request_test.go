package youverify

import (
	"strings"
	"testing"

	"whoseline/models"
)

func TestLevelsAreCountedOutsideOfStringsOnly(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		`{}`: 1, `{"a":[]}`: 2, `{"a":1,"b":{"c":[[]]}}`: 4, `{"[[[":"{{{"}`: 1, `{"\"[":"\\","a":[]}`: 2, `{"a\\":[{}]}`: 3,
		`{"a":[],"b":[],"c":[]}`: 2, `1`: 0, "{\"é\\u005b\":[]}": 2,
		strings.Repeat("[", 33) + strings.Repeat("]", 33): 33,
	} {
		if got := levels([]byte(text)); got != want {
			t.Errorf("%s has %d levels, want %d", text, got, want)
		}
	}
}

func TestOfARepeatedNameTheLastOneCounts(t *testing.T) {
	t.Parallel()
	body := `{"mobile":1,"isSubjectConsent":true,"mobile":"08000000001","\u0069sSubjectConsent":false,"metadata":1,"metadata":{"a":1,"a":2}}`
	q, err := phoneQuery([]byte(body), nil)
	if err != nil {
		t.Fatal(err)
	}
	if q.Phone.National() != "08000000001" || q.Consent.Refusal != "isSubjectConsent must be true" || string(q.Metadata) != `{"a":1,"a":2}` {
		t.Errorf("%+v, metadata %s", q, q.Metadata)
	}
}

func TestWhatIsNotAskedStaysEmpty(t *testing.T) {
	t.Parallel()
	q, err := phoneQuery([]byte(`{"mobile":"08000000001","isSubjectConsent":true,"unknown":{"x":[1]},"Mobile":"x"}`), nil)
	if err != nil || q.Metadata != nil || q.Expected != nil || q.Advanced || q.IdempotencyKey != "" {
		t.Errorf("%+v, %v", q, err)
	}
}

func TestTheKeyWithoutItsQuotesIsTheSameKey(t *testing.T) {
	t.Parallel()
	for sent, want := range map[string]string{
		"abc": "abc", `"abc"`: "abc", `""abc""`: `"abc"`, `"`: `"`, `"a`: `"a`, strings.Repeat("é", 255): strings.Repeat("é", 255),
		`"` + strings.Repeat("k", 255) + `"`: strings.Repeat("k", 255),
	} {
		if got, err := idempotencyKey([][]byte{[]byte(sent)}); err != nil || got != want {
			t.Errorf("%s: %q, %v", sent, got, err)
		}
	}
	for _, sent := range [][][]byte{{nil}, {[]byte(`""`)}, {[]byte(strings.Repeat("é", 256))}, {[]byte("a\xff")}, {[]byte("a"), []byte("a")}} {
		if got, err := idempotencyKey(sent); models.CodeOf(err) != models.Invalid {
			t.Errorf("%q: %q, %v", sent, got, err)
		}
	}
}
