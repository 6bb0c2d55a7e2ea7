package commands

import (
	"bufio"
	"encoding/json"
	"fmt"

	"github.com/urfave/cli/v3"
)

// terminal is where commands speak.
type terminal struct {
	IO
	lines *bufio.Reader // what was read of In so far, for typed
}

// say answers with v as a line of JSON if that was asked for, and with text otherwise.
func (t *terminal) say(c *cli.Command, v any, text string, args ...any) error {
	if c.Bool("json") {
		return t.sayJSON(v)
	}
	_, err := fmt.Fprintf(t.Out, text+"\n", args...)
	return err
}

func (t *terminal) sayJSON(v any) error {
	enc := json.NewEncoder(t.Out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// row is one line of a list: a value with --json, a text without.
type row struct {
	view any
	text string
}

// sayAll lists something, one a line. err is the error of reading the list.
func sayAll[T any](t *terminal, c *cli.Command, list []T, err error, show func(T) row) error {
	for _, one := range list {
		if err != nil {
			break
		}
		r := show(one)
		err = t.say(c, r.view, "%s", r.text)
	}
	return err
}

// pageSize is how many rows a list asks for at once.
const pageSize = 100

// sayPages is sayAll of what comes a page at a time. read gives the rows after an id, and the id to go on after.
func sayPages[T any](t *terminal, c *cli.Command, read func(after string) ([]T, string, error), show func(T) row) error {
	for after := ""; ; {
		list, next, err := read(after)
		if err := sayAll(t, c, list, err, show); err != nil || next == "" {
			return err
		}
		after = next
	}
}
