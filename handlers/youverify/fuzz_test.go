package youverify

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"whoseline/handlers/edge"
	"whoseline/handlers/edge/edgetest"
	"whoseline/lookup"
	"whoseline/models"
)

func FuzzPhoneBody(f *testing.F) {
	for _, seed := range []string{
		`{"mobile":"08000000000","isSubjectConsent":true}`,
		`{"mobile":"+234 803 123 4567","isSubjectConsent":false,"advanceSearch":true}`,
		`{"mobile":"08000000000","isSubjectConsent":true,"metadata":{ "z":1.0, "u":"\u00e9<&>é", "10":[1e3,{}], "n":"\u0000" }}`,
		`{"mobile":"08000000000","isSubjectConsent":true,"validations":{"data":{"firstName":"A","dateOfBirth":"1988-04-04"}}}`,
		`{"mobile":"08000000000","isSubjectConsent":true,"consent":{"purpose":"p","notice":{"url":"u","version":"1","language":"en"}}}`,
		`{"metadata":{},"metadata":[]}`, `[]`, `{`, "{\"mobile\":\"\xff\"}", ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		q, err := phoneQuery(body, nil)
		if err != nil {
			edgetest.Refused(t, err)
			return
		}
		var sent map[string]json.RawMessage
		if err := json.Unmarshal(body, &sent); err != nil {
			t.Fatalf("accepted what is no JSON object: %v", err)
		}
		if given := string(sent["isSubjectConsent"]) == "true"; given != (q.Consent.Refusal == "") {
			t.Errorf("consent %s: %q", sent["isSubjectConsent"], q.Consent.Refusal)
		}
		faithful(t, sent["metadata"], q)
	})
}

// faithful fails the test unless the answer to a query is JSON that repeats the metadata byte for byte, but for space.
func faithful(t *testing.T, sent json.RawMessage, q lookup.Query) {
	t.Helper()
	want := bytes.NewBufferString("{}")
	if sent != nil {
		want.Reset()
		if err := json.Compact(want, sent); err != nil {
			t.Fatal(err)
		}
	}
	r := &lookup.Record{Asked: models.Request{Phone: q.Phone.E164(), Metadata: q.Metadata, Validations: q.Expected}}
	body := renderOne(r, "", successMessage)
	var answer struct {
		Data struct {
			Metadata json.RawMessage `json:"metadata"`
			IDNumber string          `json:"idNumber"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	if !bytes.Equal(answer.Data.Metadata, want.Bytes()) {
		t.Errorf("metadata %s comes back as %s", sent, answer.Data.Metadata)
	}
	if again, err := models.ParseNigerian(answer.Data.IDNumber); err != nil || again != q.Phone {
		t.Errorf("number %q: %v", answer.Data.IDNumber, err)
	}
}

func FuzzIdempotencyKey(f *testing.F) {
	for _, seed := range []string{"k-1", `"k-1"`, `""`, `"`, "a\x00b", "\xff", strings.Repeat("é", 256)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		key, err := idempotencyKey([][]byte{sent})
		if err != nil {
			edgetest.Refused(t, err)
			return
		}
		if n := utf8.RuneCountInString(key); n < 1 || n > maxKey || !utf8.ValidString(key) || strings.ContainsRune(key, 0) {
			t.Errorf("%q is taken as %q", sent, key)
		}
		if again, err := idempotencyKey([][]byte{[]byte(`"` + key + `"`)}); err != nil || again != key {
			t.Errorf("quoted, %q is %q: %v", key, again, err)
		}
	})
}

func FuzzSearchBody(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `{"limit":1,"cursor":"YbFWJgAAAAAAAAAF","status":"found","type":"phone","from":"2021-12-15","to":"2021-12-16T00:00:00Z"}`,
		`{"mobile":"+2348000000000","metadata":{"ref":"a","n":1.0}}`, `{"limit":1e1}`, `{"limit":-0}`, `{"cursor":null}`, `{"metadata":{"a":1,"a":2}}`, `[`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := bodySearch(body)
		if err != nil {
			edgetest.Refused(t, err)
			return
		}
		if s.Limit < 1 || s.Limit > edge.MaxLimit || len(s.Metadata) > maxWanted || s.Before != "" && !models.IsID(s.Before) {
			t.Errorf("%+v", s)
		}
		for name, value := range s.Metadata {
			if !json.Valid(value) {
				t.Errorf("%q: %s", name, value)
			}
		}
	})
}
