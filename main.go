// Whoseline tells whose phone number it is, and whether this person holds it. See README.md.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"whoseline/commands"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := commands.Main(ctx, os.Args, commands.IO{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Environ: os.Environ()})
	stop()
	os.Exit(code)
}
