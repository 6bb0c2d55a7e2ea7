package youverify

import (
	"testing"
	"time"

	"whoseline/lookup"
	"whoseline/models"
)

var sink []byte

func BenchmarkRenderOne(b *testing.B) {
	at := time.Date(2021, 12, 15, 0, 20, 53, 143e6, time.UTC)
	record := func(advanced bool, owner models.Owner) *lookup.Record {
		return &lookup.Record{
			Lookup: models.Lookup{
				BusinessID: "619b683ecb55a2a588f4b83c", ID: "61b934dfaab326675cdfaab3", Status: models.StatusFound, Advanced: advanced,
				RequestedAt: at, AnsweredAt: at, ModifiedAt: at,
			},
			Asked: models.Request{Phone: "+2348000000000", Metadata: []byte(`{"ref":"a"}`), Requester: models.Requester{ID: "k", FirstName: "API", LastName: "User"}},
			Said:  models.Answer{Owners: []models.Owner{owner}},
		}
	}
	for name, r := range map[string]*lookup.Record{
		"basic":    record(false, models.Owner{FullName: "EHICHIOYA FAMOUS PRIOR", DateOfBirth: "2000-01-01"}),
		"advanced": record(true, models.Owner{FirstName: "ADAEZE", LastName: "SAMPLE", DateOfBirth: "1992-07-14", Address: &models.Address{Town: "Ikeja"}}),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				sink = renderOne(r, "612ce40ab8919f39faf7ae49", successMessage)
			}
		})
	}
}

func BenchmarkPhoneQuery(b *testing.B) {
	for name, body := range map[string]string{
		"basic":    `{"mobile":"08000000000","isSubjectConsent":true}`,
		"metadata": `{"mobile":"08000000000","isSubjectConsent":true,"metadata":{"ref":"a","n":1.0},"validations":{"data":{"firstName":"A"}}}`,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			keys := [][]byte{[]byte("order-7731")}
			for b.Loop() {
				if _, err := phoneQuery([]byte(body), keys); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
