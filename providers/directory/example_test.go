package directory_test

import (
	"context"
	"fmt"
	"strings"

	"whoseline/models"
	"whoseline/providers/directory"
)

// An operator's own owners come from a file. A line that cannot be used is named and left out.
func ExampleDirectory_Import() {
	own := directory.New(nowhere{}, glass{}, models.RealWorld().Now)
	file := "phone,full_name,dob\n08031234567,ABE KEMI,16-05-1990\n08031234568,OKORO JANE,16-13-1990\n"
	result, err := own.Import(context.Background(), strings.NewReader(file), directory.ImportOptions{
		Name:    "owners.csv",
		BadLine: func(line int, reason string) { fmt.Println("line", line, reason) },
	})
	fmt.Println(result.Imported, result.Bad, err)
	// Output:
	// line 3 date_of_birth: not a date of birth
	// 1 1 <nil>
}

// nowhere is a store that forgets.
type nowhere struct{}

func (nowhere) Find(context.Context, []byte) ([][]byte, error) { return nil, nil }
func (nowhere) Add(context.Context, []directory.Row) error     { return nil }

// glass is a vault that hides nothing.
type glass struct{}

func (glass) Index(scope, text string) []byte              { return []byte(scope + text) }
func (glass) Seal(_ string, plain []byte) []byte           { return plain }
func (glass) Open(_ string, sealed []byte) ([]byte, error) { return sealed, nil }
