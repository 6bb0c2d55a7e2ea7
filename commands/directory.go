package commands

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/urfave/cli/v3"

	"whoseline/app"
	"whoseline/providers"
)

func (t *terminal) directory() *cli.Command {
	return &cli.Command{
		Name: "directory", Usage: "the operator's own owners, for the directory source",
		Commands: []*cli.Command{{
			Name: "import", Usage: "load owners from a file", ArgsUsage: "FILE",
			Description: "FILE is CSV with a header row, or JSON Lines; - is standard input. Known columns: phone (or mobile, number),\n" +
				"full_name, first_name, middle_name, last_name, date_of_birth (or dob), gender, nin, email, address_line, town,\n" +
				"lga, state, birth_state, birth_lga, birth_country, religion, image. Lines that cannot be used are reported by\n" +
				"number and left out; the exit code is then 1. Importing a file again adds nothing twice.",
			Flags:  []cli.Flag{&cli.StringFlag{Name: "format", Usage: "csv or jsonl (default: by the name or the first character)"}},
			Action: t.with(t.importDirectory),
		}},
	}
}

// maxBadLines is how many bad lines are named one by one.
const maxBadLines = 100

func (t *terminal) importDirectory(ctx context.Context, c *cli.Command, a *app.App) error {
	if c.Args().Len() != 1 {
		return usageError{errors.New("directory import takes one FILE")}
	}
	o := providers.ImportOptions{Format: c.String("format"), Name: c.Args().First()}
	if o.Format != "" && o.Format != "csv" && o.Format != "jsonl" {
		return usageError{fmt.Errorf("unknown format %q: csv or jsonl", o.Format)}
	}
	in := t.In
	if o.Name != "-" {
		file, err := os.Open(o.Name)
		if err != nil {
			return err
		}
		defer file.Close()
		if info, err := file.Stat(); err == nil {
			o.Size = info.Size()
		}
		in = file
	}
	bad := 0
	o.BadLine = func(line int, reason string) {
		if bad++; bad <= maxBadLines {
			fmt.Fprintf(t.Err, "line %d: %s\n", line, reason)
		}
	}
	o.Progress = func(lines int, read, total int64) {
		if total > 0 {
			fmt.Fprintf(t.Err, "\r%d lines, %d%%", lines, read*100/total)
		} else {
			fmt.Fprintf(t.Err, "\r%d lines", lines)
		}
	}
	result, err := a.Directory.Import(ctx, in, o)
	fmt.Fprintln(t.Err)
	if bad > maxBadLines {
		fmt.Fprintf(t.Err, "… and %d more bad lines\n", bad-maxBadLines)
	}
	if said := t.say(c, result, "Imported %d of %d lines; %d bad.", result.Imported, result.Lines, result.Bad); err == nil && said != nil {
		return said
	}
	if err == nil && result.Bad > 0 {
		return errSaid
	}
	return err
}
