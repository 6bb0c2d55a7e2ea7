package lookup

import (
	"strconv"
	"testing"
	"unicode/utf8"

	"whoseline/models"
)

func TestANameIsComparedByItsWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Dr. Ngozi  Okafor-Eze": "NGOZI OKAFOR EZE", "Alhaji Ɗanladi ’Yar’Adua": "DANLADI YARADUA", "Ọláìtán": "OLAITAN",
		"Chief": "CHIEF", "Mr Sir": "MR SIR", "Straße Müller": "STRASSE MULLER", "ʼyan O'Brien": "YAN OBRIEN",
		"": "", "...": "", "ﬁfi ２": "FIFI 2",
	} {
		got := ""
		for i, word := range names(text) {
			if i > 0 {
				got += " "
			}
			got += word
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// The values of Jaro and Winkler's own examples.
func TestWordsAreMeasuredAsJaroAndWinklerDo(t *testing.T) {
	t.Parallel()
	for pair, want := range map[[2]string]float64{
		{"MARTHA", "MARHTA"}: 0.961, {"DWAYNE", "DUANE"}: 0.840, {"DIXON", "DICKSONX"}: 0.813, {"ABROMS", "ABRAMS"}: 0.922,
		{"A", "A"}: 1, {"A", "B"}: 0, {"", "A"}: 0, {"", ""}: 0,
	} {
		if got := jaroWinkler(pair[0], pair[1]); got < want-0.0005 || got > want+0.0005 {
			t.Errorf("%v: %.4f, want %.3f", pair, got, want)
		}
	}
}

func TestNamesThatArePersonsOwnAreNearAndOthersAreNot(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b        string
		least, most int
	}{
		{"Ngozi Okafor", "OKAFOR NGOZI", 99, 99},
		{"Oluwa Seun", "Oluwaseun", 100, 100},
		{"OKAFOR NGOZI", "OKAFOR NGOZI ADAEZE", 85, 95},
		{"Mohammed Sani", "Muhammad Sani", 85, 95},
		{"NGOZI OKAFOR", "NGOSI OKAFOR", 90, 98},
		{"NGOZI OKAFOR", "EMEKA OKAFOR", 45, 80},
		{"NGOZI OKAFOR", "EMEKA EZE", 0, 50},
		{"", "EMEKA EZE", 0, 0},
		{"", "", 0, 0},
	} {
		got := similarity(names(c.a), names(c.b))
		if got < c.least || got > c.most {
			t.Errorf("%q and %q: %d, want %d to %d", c.a, c.b, got, c.least, c.most)
		}
	}
}

func TestEachFieldHasAVerdictAndAScore(t *testing.T) {
	t.Parallel()
	first, last, born := "Ngosi", "Okafor", "1990-04-23"
	for name, c := range map[string]struct {
		record Record
		want   string // verdict and score of first name, last name, date of birth
	}{
		"by field":     {saying(models.Owner{FirstName: "Ngozi", LastName: "OKAFOR", DateOfBirth: "1990-04-23"}), "false 91 true 100 true 100"},
		"by full name": {saying(models.Owner{FullName: "OKAFOR NGOZI ADAEZE", DateOfBirth: "1991-01-01"}), "false 91 true 100 false 0"},
		"no date":      {saying(models.Owner{FullName: "OKAFOR NGOZI"}), "false 91 true 100 not_available -"},
		"no name":      {saying(models.Owner{DateOfBirth: "1990-04-23"}), "not_available - not_available - true 100"},
		"parted":       {saying(models.Owner{FullName: "OKA FOR NGOSI"}), "true 100 true 100 not_available -"},
		"nobody":       {Record{Lookup: models.Lookup{Status: models.StatusNotFound}}, "false 0 false 0 false 0"},
		"no answer":    {Record{Lookup: models.Lookup{Status: models.StatusFailed}}, "not_available - not_available - not_available -"},
	} {
		c.record.Asked.Validations = &models.Expected{FirstName: &first, LastName: &last, DateOfBirth: &born}
		m := c.record.Match()
		if got := written(m.FirstName) + " " + written(m.LastName) + " " + written(m.DateOfBirth); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func saying(owners ...models.Owner) Record {
	return Record{Lookup: models.Lookup{Status: models.StatusFound}, Said: models.Answer{Owners: owners}}
}

func written(c *Compared) string {
	if c.Score == nil {
		return string(c.Verdict) + " -"
	}
	return string(c.Verdict) + " " + strconv.Itoa(*c.Score)
}

func FuzzSimilarity(f *testing.F) {
	f.Add("Ngozi Okafor", "OKAFOR NGOZI ADAEZE")
	f.Add("Ọláìtán O'Brien-Smith", "\xff\u0301")
	f.Add("", "Mr Dr")
	f.Fuzz(func(t *testing.T, one, other string) {
		a, b := names(one), names(other)
		there, back := similarity(a, b), similarity(b, a)
		if there != back || there < 0 || there > 100 {
			t.Errorf("%q and %q: %d there, %d back", one, other, there, back)
		}
		if len(a) > 0 && (similarity(a, a) != 100 || nearness(a, a) != 100) {
			t.Errorf("%q is not like itself", one)
		}
		if near := nearness(a, b); near < 0 || near > 100 || (near == 100) != contains(a, b) {
			t.Errorf("%q in %q: %d", other, one, near)
		}
		for _, word := range append(a, b...) {
			if !utf8.ValidString(word) || word == "" {
				t.Errorf("the word %q", word)
			}
		}
	})
}
