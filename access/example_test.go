package access_test

import (
	"fmt"
	"time"

	"whoseline/access"
	"whoseline/models"
)

func ExampleLimiter_Allow() {
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	limiter := access.NewLimiter(models.World{Now: func() time.Time { return noon }})
	for range 3 {
		d := limiter.Allow("a key's id", 2)
		fmt.Println(d.Allowed, d.Remaining, d.RetryAfter)
	}
	// Output:
	// true 1 0s
	// true 0 0s
	// false 0 500ms
}
