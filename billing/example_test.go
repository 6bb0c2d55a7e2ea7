package billing_test

import (
	"fmt"

	"whoseline/billing"
	"whoseline/models"
)

func ExamplePriceDefaults_Prices() {
	prices := billing.PriceDefaults{Found: 5000, NotFound: 0, Advanced: 9000, AdvancedNotFound: billing.Same}.Prices()
	fmt.Println(prices.For(false, models.OutcomeFound), prices.For(true, models.OutcomeNotFound), prices.Max(true))
	// Output: 5000 0 9000
}
