package commands

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"
)

// Every user of a machine can read its command lines, and the shell keeps them. So one rule holds for all commands: a secret is
// read from a file or from standard input only. What tells of a person may be an argument, with a warning, or come the same way.

// fileFlag names where a value is read from that should not be an argument.
func fileFlag(name, what string, aliases ...string) cli.Flag {
	for i := range aliases {
		aliases[i] += "-file"
	}
	return &cli.StringFlag{Name: name + "-file", Aliases: aliases, Usage: "read " + what + " from the first line of `FILE`; - is standard input"}
}

// personal are the two flags of a value that tells of a person.
func personal(name, usage string, aliases ...string) []cli.Flag {
	plain := &cli.StringFlag{Name: name, Aliases: slices.Clone(aliases), Usage: usage + "; others can read an argument"}
	return []cli.Flag{plain, fileFlag(name, "it", aliases...)}
}

// secret are the flags of a value that opens something. The plain one exists only to say where the value belongs.
func secret(name, what string) []cli.Flag {
	return []cli.Flag{&cli.StringFlag{Name: name, Hidden: true}, fileFlag(name, what)}
}

// readPersonal gives the value of personal flags, and warns when it was an argument. It must be given.
func (t *terminal) readPersonal(c *cli.Command, name string) (string, error) {
	if c.IsSet(name) == c.IsSet(name+"-file") {
		return "", usageError{fmt.Errorf("give either --%[1]s-file FILE, where - is standard input, or --%[1]s", name)}
	}
	if !c.IsSet(name) {
		return t.readLine(c, name)
	}
	fmt.Fprintf(t.Err, "whoseline: other users can read --%[1]s in the process list, and the shell keeps it; --%[1]s-file avoids both\n", name)
	return c.String(name), nil
}

// readSecret gives the value of secret flags. It must be given, and not as an argument.
func (t *terminal) readSecret(c *cli.Command, name string) (string, error) {
	if c.IsSet(name) {
		return "", usageError{fmt.Errorf("--%[1]s is not taken as an argument: other users can read it in the process list, and the shell keeps it. "+
			"Make another secret, and give it by --%[1]s-file FILE, where - is standard input", name)}
	}
	if !c.IsSet(name + "-file") {
		return "", usageError{fmt.Errorf("give --%s-file FILE, where - is standard input", name)}
	}
	return t.readLine(c, name)
}

// readLine reads the file that a flag names, or the next line of standard input.
func (t *terminal) readLine(c *cli.Command, name string) (string, error) {
	path := c.String(name + "-file")
	if path == "-" {
		return t.typed()
	}
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("--%s-file: %w", name, err)
	}
	defer file.Close()
	return firstLine(bufio.NewReaderSize(file, maxTyped))
}

// maxTyped is more than the longest line that is typed takes.
const maxTyped = 4096

// typed gives the next line of standard input. Two flags may read a line each, in the order in which help lists them.
func (t *terminal) typed() (string, error) {
	if t.lines == nil {
		t.lines = bufio.NewReaderSize(t.In, maxTyped)
	}
	return firstLine(t.lines)
}

func firstLine(from *bufio.Reader) (string, error) {
	line, err := from.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return "", errors.New("the line is too long")
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return "", errors.New("the line could not be read")
	}
	return strings.TrimRight(string(line), "\r\n"), nil
}
