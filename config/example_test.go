package config_test

import (
	"fmt"

	"whoseline/config"
)

func ExampleLoad() {
	environ := []string{"WHOSELINE_BILLING__PRICE=-1", "WHOSELINE_LOG__LEVEL=loud"}
	_, err := config.Load("whoseline.example.toml", environ)
	fmt.Println(err)
	// Output:
	// billing.price must be at least 0
	// log.level must be one of debug, info, warn, error
}
