package vendor

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whoseline/models"
	"whoseline/providers/gate"
)

const everyField = `
every:
  vendor: every
  mode: owner
  source: nimc
  auth: {kind: none}
  request: {method: POST, path: /ask}
  classify:
    - {http: [200], path: code, in: ["00", "true", "7"], outcome: found}
    - {http: [200], present: void, outcome: not_found}
    - {http: [403], path: code, in: ["1"], outcome: wallet_empty, billed: false}
    - {path: code, match: "(?i)away$", outcome: source_down}
  owners: people
  fields: &fields {full: full, first: [f, first], middle: m, last: l, dob: born, gender: sex, nin: nin, phone: phone, email: mail,
    id_type: type, id_number: id, photo: photo, town: at.town, line: at.line, birth_state: from}
  single: *fields
  nin_id_types: [NIN]
  nulls: ["N/A"]
  dob_layouts: ["20060102", "01.02.06"]
  ref: ref
`

func told(t *testing.T, d *definition, status int, body string) Reading {
	t.Helper()
	in := asked
	in.Photo = true
	return d.read(gate.Reply{Status: status, Header: http.Header{}, Body: []byte(body)}, in, noon)
}

func TestWhatAnAnswerHoldsIsCleaned(t *testing.T) {
	t.Parallel()
	d := defined(t, everyField)
	for body, want := range map[string]Person{
		`{"code":"00","l":" Doe ","f":"","first":"Jane","m":null}`:            {Owner: models.Owner{FullName: "DOE JANE", FirstName: "Jane", LastName: "Doe"}},
		`{"code":"00","full":"Jane  N/A","l":"N/A"}`:                          {Owner: models.Owner{FullName: "JANE N/A"}},
		`{"code":true,"full":"J","born":"19870131"}`:                          {Owner: models.Owner{FullName: "J", DateOfBirth: "1987-01-31"}},
		`{"code":7,"full":"J","born":"02.01.45"}`:                             {Owner: models.Owner{FullName: "J", DateOfBirth: "1945-02-01"}},
		`{"code":"00","full":"J","born":"07-Jul-45"}`:                         {Owner: models.Owner{FullName: "J", DateOfBirth: "1945-07-07"}},
		`{"code":"00","full":"J","born":"31-31-31"}`:                          {Owner: models.Owner{FullName: "J"}},
		`{"code":"00","full":"J","sex":"OTHER","nin":"123"}`:                  {Owner: models.Owner{FullName: "J"}},
		`{"code":"00","full":"J","type":"NIN","id":"12345678901"}`:            {Owner: models.Owner{FullName: "J", NIN: "12345678901"}, IDType: "NIN", IDNumber: "12345678901"},
		`{"code":"00","full":"J","type":"BVN","id":"12345678901"}`:            {Owner: models.Owner{FullName: "J"}, IDType: "BVN", IDNumber: "12345678901"},
		`{"code":"00","full":"J","phone":"0803 123 4567"}`:                    {Owner: models.Owner{FullName: "J"}, Phone: "+2348031234567"},
		`{"code":"00","full":"J","phone":"+34629255833"}`:                     {Owner: models.Owner{FullName: "J"}, Phone: "+34629255833"},
		`{"code":"00","full":"J","phone":"23481222222222"}`:                   {Owner: models.Owner{FullName: "J"}},
		`{"code":"00","full":"J","photo":"https://x/y.jpg"}`:                  {Owner: models.Owner{FullName: "J"}},
		`{"code":"00","full":"J","photo":"/9j/4AAQSkZJRg=="}`:                 {Owner: models.Owner{FullName: "J", Image: "data:image/jpg;base64,/9j/4AAQSkZJRg=="}},
		`{"code":"00","full":"J","photo":"data:image/x;base64,iVBORw0KGgo="}`: {Owner: models.Owner{FullName: "J", Image: "data:image/png;base64,iVBORw0KGgo="}},
		`{"code":"00","full":"J","mail":["a"],"at":{"town":"Ikeja"}}`:         {Owner: models.Owner{FullName: "J", Address: &models.Address{Town: "Ikeja"}}},
		`{"code":"00","people":[],"full":"J"}`:                                {Owner: models.Owner{FullName: "J"}},
		`{"code":"00","people":[{"l":""},{"full":"K"}],"full":"J"}`:           {Owner: models.Owner{FullName: "K"}},
		`{"code":"00","full":"J","from":"` + strings.Repeat("x", 600) + `"}`:  {Owner: models.Owner{FullName: "J"}},
		`{"code":"00","full":"J\u0000K","l":"D"}`:                             {Owner: models.Owner{FullName: "D", LastName: "D"}},
	} {
		got := told(t, d, 200, body)
		if got.Outcome != models.OutcomeFound {
			t.Errorf("%s: %s %v", body, got.Outcome, got.Err)
		} else if diff := cmp.Diff([]Person{want}, got.Owners); diff != "" {
			t.Errorf("%s: %s", body, diff)
		}
	}
}

func TestTheFirstRuleThatFitsWinsAndThenTheTail(t *testing.T) {
	t.Parallel()
	d := defined(t, everyField)
	for _, c := range []struct {
		status int
		body   string
		want   models.Outcome
	}{
		{200, `{"code":"00"}`, models.OutcomeBadPayload},
		{200, `{"code":0,"full":"J"}`, models.OutcomeBadPayload}, // the number is not the text "00"
		{200, `{"void":null}`, models.OutcomeNotFound},
		{200, `{"void":false}`, models.OutcomeNotFound},
		{404, `{"void":null}`, models.OutcomeBadPayload},
		{403, `{"code":1}`, models.OutcomeWalletEmpty},
		{403, `{"code":2}`, models.OutcomeCredentials},
		{418, `{"code":"gone AWAY"}`, models.OutcomeSourceDown},
		{500, `{"code":"gone AWAY"`, models.OutcomeProviderDown}, // not valid JSON: no rule
		{400, ``, models.OutcomeBadPayload},
		{401, ``, models.OutcomeCredentials},
		{402, ``, models.OutcomeWalletEmpty},
		{405, ``, models.OutcomeBadPayload},
		{408, ``, models.OutcomeProviderDown},
		{413, ``, models.OutcomeBadPayload},
		{415, ``, models.OutcomeBadPayload},
		{422, ``, models.OutcomeBadPayload},
		{424, ``, models.OutcomeSourceDown},
		{429, ``, models.OutcomeRateLimited},
		{501, ``, models.OutcomeProviderDown},
		{504, ``, models.OutcomeProviderDown},
		{505, ``, models.OutcomeBadPayload},
		{204, ``, models.OutcomeBadPayload},
		{302, ``, models.OutcomeBadPayload},
	} {
		got := told(t, d, c.status, c.body)
		if got.Outcome != c.want || got.HTTP != c.status {
			t.Errorf("%d %s: %s, want %s", c.status, c.body, got.Outcome, c.want)
		}
	}
	if got := told(t, d, 403, `{"code":1}`); got.Billed == nil || *got.Billed {
		t.Error("not known to be free")
	}
}

func TestAnAnswerCannotHoldACrowd(t *testing.T) {
	t.Parallel()
	people := strings.Repeat(`{"full":"J"},`, maxOwners)
	d := defined(t, everyField)
	if got := told(t, d, 200, `{"code":"00","people":[`+people[:len(people)-1]+`]}`); got.Outcome != models.OutcomeFound || len(got.Owners) != maxOwners {
		t.Errorf("%s, %d owners", got.Outcome, len(got.Owners))
	}
	if got := told(t, d, 200, `{"code":"00","people":[`+people+`{"full":"J"}]}`); got.Outcome != models.OutcomeBadPayload || got.Owners != nil {
		t.Errorf("%s, %d owners", got.Outcome, len(got.Owners))
	}
}

func TestAReferenceThatCannotStandInALogIsDropped(t *testing.T) {
	t.Parallel()
	d := defined(t, everyField)
	for ref, want := range map[string]string{`"a-1"`: "a-1", `12`: "12", `"a b"`: "", `"a\nb"`: "", `"` + strings.Repeat("x", 129) + `"`: ""} {
		if got := told(t, d, 200, `{"code":"00","full":"J","ref":`+ref+`}`); got.Ref != want {
			t.Errorf("%s: %q", ref, got.Ref)
		}
	}
}

func TestTheNamesOfDroppedFieldsAreKept(t *testing.T) {
	t.Parallel()
	got := told(t, defined(t, everyField), 200, `{"code":"00","full":"J","born":"soon","sex":"x","nin":"1","phone":"2"}`)
	if diff := cmp.Diff([]string{"dob", "gender", "phone", "nin"}, got.Dropped); diff != "" {
		t.Error(diff)
	}
}

func TestRetryAfterIsReadInSecondsAndAsADate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"": 0, "3": 3 * time.Second, "-1": 0, "soon": 0, "99999999": 24 * time.Hour,
		noon.Add(time.Minute).Format(http.TimeFormat): time.Minute, noon.Add(-time.Minute).Format(http.TimeFormat): 0,
	} {
		if got := gate.RetryAfter(http.Header{"Retry-After": {text}}, noon); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
