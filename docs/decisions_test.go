package docs_test

import (
	"fmt"
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
	for i, file := range files { // in the order of their names
		number := fmt.Sprintf("%03d", i+1)
		text, err := os.ReadFile("decisions/" + file.Name())
		if err != nil || !strings.HasPrefix(file.Name(), number+"-") || !strings.HasPrefix(string(text), "# "+number+" ") {
			t.Errorf("%s is not decision %s in name and title: %v", file.Name(), number, err)
		}
	}
}
