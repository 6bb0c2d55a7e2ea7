package edge

import (
	"strings"
	"testing"

	"whoseline/models"
)

func FuzzCursor(f *testing.F) {
	for _, seed := range []string{"", "YbFWJgAAAAAAAAAF", "YbFWJgAAAAAAAAAF=", "YbFWJg", "????????????????", "YbFWJgAAAAAAAAA\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		id, err := Cursor(map[string]string{"cursor": text})
		if err != nil {
			if models.CodeOf(err) != models.Invalid {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		if text == "" && id == "" { // the first page
			return
		}
		breakless := strings.NewReplacer("\r", "", "\n", "").Replace(text) // the decoder does not mind line breaks
		if !models.IsID(id) || EncodeCursor(id) != breakless {
			t.Errorf("cursor %q is id %q, whose cursor is %q", text, id, EncodeCursor(id))
		}
	})
}
