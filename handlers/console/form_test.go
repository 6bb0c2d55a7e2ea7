package console

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"whoseline/handlers/edge"
	"whoseline/handlers/edge/edgetest"
	"whoseline/models"
)

func TestSigningInLeadsBackToPagesOfTheConsoleOnly(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"/console/lookups": "/console/lookups", "/console/lookups/61b934dfaab326675cdfaab3": "/console/lookups/61b934dfaab326675cdfaab3",
		"": "/console", "/console": "/console", "/": "/console", "/v1/wallet": "/console", "/console/sign-in": "/console",
		"//evil.example/console/": "/console", "https://evil.example/console/x": "/console", "/console/../v1": "/console",
		`/console/\evil.example`: "/console", "/console//evil.example": "/console", "/console/%2e%2e/x": "/console",
		"/console/x\r\nSet-Cookie:a": "/console", "/console/x?next=//evil": "/console/x", "/console/lookups?status=found&from=2026-11-30": "/console/lookups?status=found&from=2026-11-30",
		"/console?env=sandbox": "/console?env=sandbox", "/console/x?a=<b>": "/console/x", "/consoleevil/x": "/console",
		"/console/" + strings.Repeat("a", 1000): "/console",
	} {
		if got := returnPath(text); got != want {
			t.Errorf("%q leads to %q, want %q", text, got, want)
		}
	}
}

func FuzzConsoleReturnPath(f *testing.F) {
	for _, seed := range []string{"/console/lookups", "//evil.example", `/\evil.example`, "/console/../..//evil", "/console/%0d%0a", "javascript:alert(1)"} {
		f.Add(seed)
	}
	base, _ := url.Parse("https://gateway.example/console/sign-in")
	f.Fuzz(func(t *testing.T, text string) {
		got := returnPath(text)
		to, err := base.Parse(got)
		if err != nil || to.Host != base.Host || to.Scheme != base.Scheme || to.User != nil || !edge.Below(to.Path, root) {
			t.Errorf("%q leads to %q", text, got)
		}
	})
}

func FuzzConsoleForm(f *testing.F) {
	for _, seed := range []string{
		"env=live&status=found&from=2026-01-01&to=2026-01-31&phone=08000000000&member=ref&equals=7&kind=json&before=YbkzuPqrMmdc36qz&check=agreed&source=x&key=61b934dfaab326675cdfaab3&product=basic",
		"phone=+234%20800", "a=%zz", "a=1;b=2", "member=&equals=x", "kind=json&member=a&equals={", "from=2026-02-31", strings.Repeat("&", 40), "%00=1",
	} {
		f.Add(seed)
	}
	k := &console{Edge: edgetest.New(edge.Options{World: models.RealWorld()}), Options: Options{Sources: func() []edge.SourceStatus { return nil }}}
	f.Fuzz(func(t *testing.T, body string) {
		form, err := readForm("application/x-www-form-urlencoded; charset=utf-8", []byte(body))
		if err != nil {
			edgetest.Refused(t, err)
			return
		}
		s, err := k.search(filters{form, time.UTC})
		if err != nil {
			edgetest.Refused(t, err)
			return
		}
		if s.Limit != pageSize || len(s.Metadata) > 1 || s.BusinessID != "" {
			t.Errorf("%q: %+v", body, s)
		}
		if form.Get("phone") != "" && s.Phone.IsZero() || s.From.IsZero() && s.Phone.IsZero() && form.Get("all") == "" && (s.Status != "" || s.Metadata != nil) {
			t.Errorf("%q searches everything: %+v", body, s)
		}
		k.viewFilters(filters{form, time.UTC}, nil, nil)
	})
}

func TestFormsOfOtherKindsAreRefused(t *testing.T) {
	t.Parallel()
	for kind, code := range map[string]models.Code{
		"application/json": models.UnsupportedMediaType, "multipart/form-data; boundary=x": models.UnsupportedMediaType, "": models.UnsupportedMediaType,
		"APPLICATION/x-www-form-urlencoded ; charset=UTF-8": "",
	} {
		if _, err := readForm(kind, []byte("a=1")); models.CodeOf(err) != code {
			t.Errorf("%q: %v", kind, err)
		}
	}
}

func TestTheMachineItselfIsTold(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"localhost": true, "localhost:8080": true, "127.0.0.1:80": true, "127.8.0.1": true, "[::1]:8080": true, "LOCALHOST": true,
		"gateway.example": false, "192.168.1.4:8080": false, "localhost.evil.example": false, "": false, "127.0.0.1.evil.example": false,
	} {
		if onThisMachine(host) != want {
			t.Errorf("%q: %t", host, !want)
		}
	}
}

func TestAVeilHidesWhatIsPersonal(t *testing.T) {
	t.Parallel()
	v, bare := veil(true), veil(false)
	phone, err := models.ParseNigerian("08031234567")
	if err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]string{
		v.phone(phone): "080• ••• •567", bare.phone(phone): "+234 803 123 4567",
		v.phone(models.PhoneFromE164("+447700900123")): "+•••••23", v.phone(models.Phone{}): "Erased",
		v.words("ada  Lovelace-King"): "a••••• L•••••", bare.words("ada"): "ada", v.words("Øyvind"): "Ø•••••",
		v.all("1970-01-01"): "•••••", v.all(""): "",
		fmt.Sprint(v.metadata([]byte(`{"a":1,"b":{}}`), []string{"b"})): "[{ b {} false} { Other members 1, masked false}]",
		fmt.Sprint(bare.metadata([]byte(`{"a":1}`), nil)):               "[{ a 1 false}]",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestAnOwnerBehindTheVeilTellsNothing(t *testing.T) {
	t.Parallel()
	o := models.Owner{
		FullName: "Okafor Ngozi", FirstName: "Ngozi", MiddleName: "Chioma", LastName: "Okafor", DateOfBirth: "1970-01-01", Gender: "female",
		NIN: "20100000000", Email: "ngozi@mail.example", Image: "data:image/png;base64,AAAA", BirthState: "Anambra", BirthLGA: "Awka",
		Birthplace: "Nigeria", Religion: "none", Address: &models.Address{Town: "Enugu", LGA: "North", State: "Enugu State", Line: "1 Main Road"},
	}
	fields := veil(true).owner(o, true, &models.Disagreement{Fields: []string{"dateOfBirth"}})
	for _, f := range fields {
		for _, secret := range []string{"kafor", "gozi", "hioma", "1970", "female", "2010", "@", "AAAA", "Anambra", "Awka", "Nigeria", "none", "Enugu", "North", "Main"} {
			if strings.Contains(f.Value, secret) {
				t.Errorf("%s: %q", f.Label, f.Value)
			}
		}
		if f.Differs != (f.Name == "dateOfBirth") {
			t.Errorf("%s differs: %t", f.Label, f.Differs)
		}
	}
	if len(fields) != 12 {
		t.Errorf("%d fields", len(fields))
	}
	if basic := veil(false).owner(o, false, nil); len(basic) != 2 {
		t.Errorf("what the basic lookup gives: %v", basic)
	}
}
