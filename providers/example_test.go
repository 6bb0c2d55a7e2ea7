package providers_test

import (
	"context"
	"fmt"
	"time"

	"whoseline/lookup"
	"whoseline/models"
	"whoseline/providers"
)

// The sandbox answers by the last digit of the number.
func ExampleRouter() {
	sandbox := providers.NewSandbox(nil).Candidate(0)
	sandbox.Limits.Timeout = time.Second
	router := providers.NewRouter(providers.RouterOptions{
		Candidates: []providers.Candidate{sandbox}, Total: 3 * time.Second, Attempts: 3, Breakerless: true,
	})
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
