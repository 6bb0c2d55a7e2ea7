package commands

import (
	"fmt"
	"io"
	"os"
	"time"

	"whoseline/models"
)

// progressEvery is how often progress is told where nobody watches a terminal.
const progressEvery = time.Second

// progress tells how far a long command is: over itself on a terminal, else in a line now and then.
type progress struct {
	out   io.Writer
	tty   bool
	now   func() time.Time
	last  time.Time
	shown bool
}

func (t *terminal) progress() *progress {
	p := &progress{out: t.Err, now: models.RealWorld().Now}
	if file, ok := t.Err.(*os.File); ok {
		info, err := file.Stat()
		p.tty = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	p.last = p.now()
	return p
}

func (p *progress) say(format string, args ...any) {
	switch {
	case p.tty:
		fmt.Fprintf(p.out, "\r"+format, args...)
		p.shown = true
	case p.now().Sub(p.last) >= progressEvery:
		fmt.Fprintf(p.out, format+"\n", args...)
		p.last = p.now()
	}
}

// end leaves the line that was written over.
func (p *progress) end() {
	if p.shown {
		fmt.Fprintln(p.out)
	}
}
