// Whoseline tells whose phone number it is, and whether this person holds it. See README.md.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"whoseline/app"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := app.Main(ctx, os.Args, app.IO{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Environ: os.Environ()})
	stop()
	os.Exit(code)
}
