package app_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"whoseline/app"
)

// TestMain lets this program be `whoseline` too, for the scripts.
func TestMain(m *testing.M) {
	testscript.Main(tidy{m}, map[string]func(){"whoseline": func() {
		os.Exit(app.Main(context.Background(), os.Args, app.IO{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Environ: os.Environ()}))
	}})
}

// tidy runs the tests, removes the program that they built and looks for goroutines that they left behind.
type tidy struct{ *testing.M }

func (t tidy) Run() int {
	code := t.M.Run()
	if err := os.RemoveAll(binaryFolder); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	const library = "github.com/valyala/fasthttp." // its clock never ends; a sweeper of its workers sleeps on for ten seconds
	clock, sweeper := goleak.IgnoreAnyFunction(library+"updateServerDate.func1"), goleak.IgnoreAnyFunction(library+"(*workerPool).Start.func2")
	if err := goleak.Find(clock, sweeper); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	return code
}
