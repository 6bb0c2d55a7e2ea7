package models_test

import (
	"strings"
	"testing"

	"whoseline/models"
)

func TestAReferenceIsOneVisibleLine(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"a", "user/7 \u00e9", "bank-4411", strings.Repeat("\u00e9", 200), "\u0430\u0434\u0430", " "} {
		if err := models.CheckReference("ref", good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "a\tb", "a\nb", "a\rb", "a\x00b", "a\x7fb", "a\u0085b", "a\u2028b", "a\u2029b", "a\u200bb", "\u202eada", "\ufeffada",
		"a\ufffdb", "a\xffb", strings.Repeat("a", 201),
	} {
		if err := models.CheckReference("ref", bad); models.CodeOf(err) != models.Invalid {
			t.Errorf("%q is taken: %v", bad, err)
		}
	}
}
