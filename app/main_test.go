package app

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain looks for goroutines that the tests left behind. Those of Fiber's server end by themselves, seconds later.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"),
	)
}
