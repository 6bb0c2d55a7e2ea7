package providers_test

import (
	"context"
	"fmt"
	"strings"

	"whoseline/lookup"
	"whoseline/models"
	"whoseline/providers"
)

// The sandbox answers by the last digit of the number.
func ExampleRouter() {
	candidates, err := providers.Sources([]string{"sandbox"}, providers.Parts{})
	if err != nil {
		fmt.Println(err)
		return
	}
	router := providers.NewRouter(providers.RouterOptions{Candidates: candidates, Breakerless: true})
	for _, number := range []string{"08000000000", "08000000001", "08000000003"} {
		phone, _ := models.ParseNigerian(number)
		found := router.Owners(context.Background(), lookup.Question{Phone: phone})
		fmt.Println(found.Outcome, len(found.Owners), found.Attempts[0].Source)
	}
	// Output:
	// found 2 sandbox
	// not_found 0 sandbox
	// source_down 0 sandbox
}

// An operator's own owners come from a file. A line that cannot be used is named and left out.
func ExampleDirectory_Import() {
	directory := providers.NewDirectory(nowhere{}, glass{}, models.RealWorld().Now)
	file := "phone,full_name,dob\n08031234567,ABE KEMI,16-05-1990\n08031234568,OKORO JANE,16-13-1990\n080312345,ADA OBI,\n"
	result, err := directory.Import(context.Background(), strings.NewReader(file), providers.ImportOptions{
		Name:    "owners.csv",
		Lost:    func(line int, reason string) { fmt.Println("without its", reason, "in line", line) },
		BadLine: func(line int, reason string) { fmt.Println("line", line, reason) },
	})
	fmt.Println(result.Imported, result.Bad, err)
	// Output:
	// without its date_of_birth: not a date of birth in line 3
	// line 4 phone: not a Nigerian phone number
	// 2 1 <nil>
}

// nowhere is a store that forgets.
type nowhere struct{}

func (nowhere) Find(context.Context, []byte) ([][]byte, error) { return nil, nil }
func (nowhere) Add(_ context.Context, rows []providers.DirectoryRow) (added, changed int, err error) {
	return len(rows), 0, nil
}

// glass is a vault that hides nothing.
type glass struct{}

func (glass) Index(scope, text string) []byte              { return []byte(scope + text) }
func (glass) Seal(_ string, plain []byte) []byte           { return plain }
func (glass) Open(_ string, sealed []byte) ([]byte, error) { return sealed, nil }
