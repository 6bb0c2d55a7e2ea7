package providers_test

import (
	"context"
	"fmt"

	"whoseline/lookup"
	"whoseline/models"
	"whoseline/providers"
)

// The sandbox answers by the last digit of the number.
func ExampleRouter() {
	candidates := []providers.Candidate{providers.NewSandbox(nil).Candidate(0)}
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
