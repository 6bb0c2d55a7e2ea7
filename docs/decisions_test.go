package docs_test

import (
	"os"
	"strings"
	"testing"
)

func TestEachDecisionHasANumberOfItsOwn(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir("decisions")
	if err != nil || len(files) == 0 {
		t.Fatal(len(files), err)
	}
	last := ""
	for _, file := range files { // in the order of their names
		number, _, _ := strings.Cut(file.Name(), "-")
		text, err := os.ReadFile("decisions/" + file.Name())
		if err != nil || len(number) != 3 || number == last || !strings.HasPrefix(string(text), "# "+number+" ") {
			t.Errorf("%s has not a number of its own in name and title: %v", file.Name(), err)
		}
		last = number
	}
}
