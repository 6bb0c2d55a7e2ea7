package views_test

import (
	"testing"

	"whoseline/views"
)

func TestNoCellOfAStatementIsAFormula(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"=1+1": "'=1+1", "+x": "'+x", "-x": "'-x", "@SUM": "'@SUM", "\tx": "'\tx", "bank-4411": "bank-4411", "": "",
	} {
		if got := views.Cell(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
