package lookup

import (
	"testing"

	"whoseline/models"
)

func TestNamesAreComparedWithoutTheirMarksCaseAndSpaces(t *testing.T) {
	t.Parallel()
	full := func(name string) models.Owner { return models.Owner{FullName: name} }
	first := func(name string) models.Owner { return models.Owner{FirstName: name} }
	for _, c := range []struct {
		asked string
		owner models.Owner
		same  bool
	}{
		{"Ngozi", first("NGOZI"), true},
		{" ngozi ", first("Ngozi"), true},
		{"Ngozi", first("Ngosi"), false},
		{"Ọláìtán", first("OLAITAN"), true},
		{"Olaitan", first("Ọláìtán"), true},
		{"Zoë", first("ZOE"), true},
		{"O'Brien", first("OBRIEN"), true},
		{"O’Brien", first("O'Brien"), true},
		{"Mary-Jane", first("Mary Jane"), true},
		{"Mary Jane", first("Mary"), false},
		{"Mary", first("Mary Jane"), false},
		{"A.", first("A"), true},
		{"", first("Ngozi"), false},
		{"...", first("Ngozi"), false},
		{"Ngozi", models.Owner{}, false},
		{"Ngozi", full("OKAFOR NGOZI ADAEZE"), true},
		{"Okafor", full("OKAFOR NGOZI"), true},
		{"Adaeze Ngozi", full("OKAFOR NGOZI ADAEZE"), true},
		{"Ngo", full("OKAFOR NGOZI"), false},
		{"Ngozi", models.Owner{FirstName: "Adaeze", FullName: "Ngozi Adaeze"}, false}, // the source told which is first
		{"Ngozi", full(""), false},
	} {
		m := (&Record{
			Asked: models.Request{Validations: &models.Expected{FirstName: &c.asked}},
			Said:  models.Answer{Owners: []models.Owner{c.owner}},
		}).Match()
		if m.FirstName.Same() != c.same || m.FirstName.Value != c.asked || m.All() != c.same || m.LastName != nil || m.DateOfBirth != nil {
			t.Errorf("%q against %q %q: %v", c.asked, c.owner.FirstName, c.owner.FullName, m.FirstName.Same())
		}
	}
}

func TestDatesOfBirthAreReadDayBeforeMonth(t *testing.T) {
	t.Parallel()
	for asked, same := range map[string]bool{
		"1990-04-03": true, "03/04/1990": true, "03-04-1990": true, "03-Apr-1990": true, "3 Apr 1990": true,
		"1990-04-03T00:00:00Z": true, " 1990-04-03 ": true, "04/03/1990": false, "1990-03-04": false, "1990": false,
		"": false, "31/02/1990": false, "3/4/1990 or so": false,
	} {
		for born, known := range map[string]bool{"1990-04-03": true, "": false} {
			m := (&Record{
				Asked: models.Request{Validations: &models.Expected{DateOfBirth: &asked}},
				Said:  models.Answer{Owners: []models.Owner{{DateOfBirth: born}}},
			}).Match()
			if m.DateOfBirth.Same() != (same && known) {
				t.Errorf("%q against %q: %v", asked, born, m.DateOfBirth.Same())
			}
		}
	}
}

func TestAllFieldsMustBeTrueOfOneOwner(t *testing.T) {
	t.Parallel()
	a, b := models.Owner{FirstName: "Ngozi", LastName: "Okafor", DateOfBirth: "1990-04-23"}, models.Owner{FirstName: "Emeka", LastName: "Eze"}
	for name, c := range map[string]struct {
		owners              []models.Owner
		first, last         string
		sameFirst, sameLast bool
	}{
		"the first owner":             {[]models.Owner{a, b}, "Ngozi", "Okafor", true, true},
		"the second":                  {[]models.Owner{a, b}, "Emeka", "Eze", true, true},
		"a mixture is half a match":   {[]models.Owner{a, b}, "Ngozi", "Eze", true, false},
		"neither":                     {[]models.Owner{a, b}, "Ada", "Obi", false, false},
		"no owner at all":             {nil, "Ngozi", "Okafor", false, false},
		"the better one, though last": {[]models.Owner{{FirstName: "Ngozi"}, a}, "Ngozi", "Okafor", true, true},
	} {
		m := (&Record{
			Asked: models.Request{Validations: &models.Expected{FirstName: &c.first, LastName: &c.last}},
			Said:  models.Answer{Owners: c.owners},
		}).Match()
		if m.FirstName.Same() != c.sameFirst || m.LastName.Same() != c.sameLast || m.All() != (c.sameFirst && c.sameLast) {
			t.Errorf("%s: %v, %v", name, m.FirstName.Same(), m.LastName.Same())
		}
	}
	if m := (&Record{Said: models.Answer{Owners: []models.Owner{a}}}).Match(); m != nil {
		t.Errorf("nothing was asked: %+v", m)
	}
}
