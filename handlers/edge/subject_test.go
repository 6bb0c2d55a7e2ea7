package edge

import "testing"

func TestALanguageIsTheFirstOneThatTheCallerNames(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"": "", "ar": "ar", "ar-EG,ar;q=0.9,en": "ar-EG", "en;q=0.5": "en", " pt-BR , en": "pt-BR", ";": "", ",": "",
	} {
		if got := Preferred(header); got != want {
			t.Errorf("%q: %q", header, got)
		}
	}
}
