package vendor

import (
	"slices"
	"testing"
	"time"

	"whoseline/models"
)

// complete is an inquiry in which nothing is missing.
func complete() Inquiry {
	return Inquiry{
		Phone: models.PhoneFromE164("+2348031234567"), First: "Jane", Middle: "Ada", Last: "Okoro", Full: "Jane Ada Okoro",
		BirthDate: "1990-05-16", Reference: "r-1", MaxAgeHours: 240, TenureDate: "2020-01-01", SpecifiedDate: "2020-01-01",
		ConsentAt: noon, NoticeURL: "https://acme.example/privacy", NoticeLang: "en",
	}
}

// lacking takes one input out of an inquiry, by the name that definitions use.
var lacking = map[string]func(*Inquiry){
	"number": func(in *Inquiry) { in.Phone = models.Phone{} }, "national": func(in *Inquiry) { in.Phone = models.Phone{} },
	"digits": func(in *Inquiry) { in.Phone = models.Phone{} }, "e164": func(in *Inquiry) { in.Phone = models.Phone{} },
	"first": func(in *Inquiry) { in.First = "" }, "middle": func(in *Inquiry) { in.Middle = "" },
	"last": func(in *Inquiry) { in.Last = "" }, "full": func(in *Inquiry) { in.Full = "" },
	"dob": func(in *Inquiry) { in.BirthDate = "" }, "reference": func(in *Inquiry) { in.Reference = "" },
	"reference20": func(in *Inquiry) { in.Reference = "" }, "max_age_hours": func(in *Inquiry) { in.MaxAgeHours = 0 },
	"tenure_date": func(in *Inquiry) { in.TenureDate = "" }, "specified_date": func(in *Inquiry) { in.SpecifiedDate = "" },
	"consent": func(in *Inquiry) { in.ConsentAt = time.Time{} }, "consent_at": func(in *Inquiry) { in.ConsentAt = time.Time{} },
	"notice_url": func(in *Inquiry) { in.NoticeURL = "" }, "notice_language": func(in *Inquiry) { in.NoticeLang = "" },
}

func TestEveryInputIsKnownToBeGivenOrMissing(t *testing.T) {
	t.Parallel()
	for name, kind := range variables {
		if kind != inputVariable {
			continue
		}
		take, known := lacking[name]
		if !known || !complete().has(name) {
			t.Errorf("%s: not known to be given", name)
			continue
		}
		in := complete()
		if take(&in); in.has(name) {
			t.Errorf("%s: said to be given when it is missing", name)
		}
	}
	if complete().has("mothers_name") {
		t.Error("an input that nobody knows is said to be given")
	}
}

func TestNoVendorIsAskedWithoutWhatItsDefinitionNeeds(t *testing.T) {
	t.Parallel()
	checked := 0
	for _, d := range catalogue(t).sorted() {
		if _, ok := d.values(complete()); !ok {
			t.Errorf("%s is not asked although nothing is missing", d.ID)
		}
		for _, group := range d.Needs {
			in := complete()
			for _, name := range group {
				lacking[name](&in)
			}
			if _, ok := d.values(in); ok {
				t.Errorf("%s is asked without %v", d.ID, group)
			}
			checked++
		}
	}
	if checked < 10 {
		t.Errorf("%d needs were checked", checked)
	}
}

func TestA400IsAWrongNumberOnlyWhereARuleSaysSo(t *testing.T) {
	t.Parallel()
	for id, rows := range map[string]map[string]models.Outcome{
		"smile_v3": {
			`{"status": 400, "message": "consent is incomplete"}`:                    models.OutcomeBadPayload,
			`{"status": 400, "message": "country, id_type or id_number is invalid"}`: models.OutcomeInvalid,
		},
		"mtn_kyc_match": {
			`{"statusCode": "5001", "statusMessage": "isConsentVerified must be TRUE"}`: models.OutcomeBadPayload,
			`{"statusCode": "5000", "statusMessage": "Invalid MSISDN"}`:                 models.OutcomeInvalid,
		},
		"qoreid_nin_phone": {`{"message": "firstname and lastname are required"}`: models.OutcomeBadPayload},
		"youverify":        {`{"message": "mobile must be a valid phone number"}`: models.OutcomeInvalid, `{}`: models.OutcomeBadPayload},
	} {
		for body, want := range rows {
			if got := told(t, catalogue(t).all[id], 400, body); got.Outcome != want {
				t.Errorf("%s: %s is %s, want %s", id, body, got.Outcome, want)
			}
		}
	}
	for _, d := range catalogue(t).sorted() {
		bare := slices.ContainsFunc(d.Classify, func(c clause) bool {
			return c.Outcome == models.OutcomeInvalid && len(c.Path) == 0
		})
		if bare {
			t.Errorf("%s takes a status alone for a wrong number", d.ID)
		}
	}
}
