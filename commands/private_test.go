package commands

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v3"
)

// harmless are flags whose names sound like secrets or numbers of people, and are neither.
var harmless = map[string]string{
	"whoseline key revoke --key": "an id", "whoseline operator key revoke --key": "an id", "whoseline cap set --key": "an id", "whoseline batch create --key": "an id", "whoseline key rotate --key": "an id",
	"whoseline bill import --to": "a day", "whoseline wallet refund --to": "a time", "whoseline evidence --to": "a day", "whoseline evidence --key": "an id", "whoseline receipt verify --key": "a file",
	"whoseline report margin --to": "a day", "whoseline upstream-sim --token-life": "a time",
}

// TestWhatIsSecretOrPersonalNeedNotBeAnArgument: whoever adds such a flag gives it a file too.
func TestWhatIsSecretOrPersonalNeedNotBeAnArgument(t *testing.T) {
	t.Parallel()
	seen := 0
	var walk func(path string, c *cli.Command)
	walk = func(path string, c *cli.Command) {
		var names []string
		for _, f := range c.Flags {
			names = append(names, f.Names()[0])
		}
		for _, f := range c.Flags {
			name := f.Names()[0]
			_, takesText := f.(*cli.StringFlag)
			if !takesText || !sounds(name) || harmless[path+" --"+name] != "" {
				continue
			}
			if seen++; !slices.Contains(names, name+"-file") {
				t.Errorf("%s --%s is an argument only", path, name)
			}
		}
		for _, below := range c.Commands {
			walk(path+" "+below.Name, below)
		}
	}
	walk("whoseline", newCommand(IO{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}))
	if seen < 8 {
		t.Errorf("only %d flags were looked at", seen)
	}
}

// sounds tells whether a flag's name is that of a secret or of a person's number.
func sounds(name string) bool {
	if strings.HasSuffix(name, "-file") {
		return false
	}
	return name == "to" || name == "try" || slices.ContainsFunc(
		[]string{"password", "secret", "key", "token", "code", "number", "phone", "mobile", "pin"},
		func(part string) bool { return slices.Contains(strings.Split(name, "-"), part) })
}

// TestProgressIsWrittenOverOnlyOnATerminal: a log gets whole lines, one a second at most.
func TestProgressIsWrittenOverOnlyOnATerminal(t *testing.T) {
	t.Parallel()
	out := &bytes.Buffer{}
	now := time.Now()
	p := (&terminal{IO: IO{Err: out}}).progress()
	p.last, p.now = now, func() time.Time { return now }
	for n := range 7 {
		p.say("%d rows", n)
		now = now.Add(400 * time.Millisecond)
	}
	p.end()
	if got := out.String(); got != "3 rows\n6 rows\n" {
		t.Errorf("%q", got)
	}
	out.Reset()
	p.tty = true
	p.say("%d rows", 1)
	p.end()
	if got := out.String(); got != "\r1 rows\n" {
		t.Errorf("%q", got)
	}
}
