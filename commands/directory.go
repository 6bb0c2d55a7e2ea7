package commands

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/urfave/cli/v3"

	"whoseline/app"
	"whoseline/providers/directory"
)

func (t *terminal) directory() *cli.Command {
	return &cli.Command{
		Name: "directory", Usage: "the operator's own owners, for the directory source",
		Commands: []*cli.Command{{
			Name: "import", Usage: "load owners from a file", ArgsUsage: "FILE",
			Description: "FILE is CSV with a header row, or JSON Lines; - is standard input. Known columns: phone (or mobile, msisdn,\n" +
				"number), full_name, first_name, middle_name, last_name, date_of_birth (or dob), gender, nin, email, address_line,\n" +
				"town, lga, state, birth_state, birth_lga, birth_country, religion, image. Fields are separated by commas,\n" +
				"semicolons, tabs or bars. Lines that cannot be used are reported by number and left out; the exit code is then 1,\n" +
				"as it is when nothing was imported. A detail that cannot be used, such as a date, is reported, and its owner\n" +
				"imported without it. Importing a file again adds nothing twice.",
			Flags:  []cli.Flag{&cli.StringFlag{Name: "format", Usage: "csv or jsonl (default: by the name or the first character)"}},
			Action: t.with(t.importDirectory),
		}},
	}
}

// maxBadLines is how many bad lines are named one by one.
const maxBadLines = 100

// naming tells of the first lines, one by one.
func (t *terminal) naming(form string) func(line int, reason string) {
	told := 0
	return func(line int, reason string) {
		if told++; told <= maxBadLines {
			fmt.Fprintf(t.Err, form, line, reason)
		}
	}
}

func (t *terminal) importDirectory(ctx context.Context, c *cli.Command, a *app.App) error {
	if c.Args().Len() != 1 {
		return usageError{errors.New("directory import takes one FILE")}
	}
	o := directory.ImportOptions{
		Format: c.String("format"), Name: c.Args().First(),
		BadLine: t.naming("line %d: %s\n"), Lost: t.naming("line %d: %s: imported without it\n"),
	}
	if o.Format != "" && o.Format != "csv" && o.Format != "jsonl" {
		return usageError{fmt.Errorf("unknown format %q: csv or jsonl", o.Format)}
	}
	result, err := t.importOwners(ctx, a, o)
	if result.Bad > maxBadLines {
		fmt.Fprintf(t.Err, "… and %d more bad lines\n", result.Bad-maxBadLines)
	}
	if result.Lost > maxBadLines {
		fmt.Fprintf(t.Err, "… and %d more details left out\n", result.Lost-maxBadLines)
	}
	said := t.say(c, result, "Imported %d of %d lines: %d added, %d changed, %d left as they were; %d bad.",
		result.Imported, result.Lines, result.Added, result.Changed, result.Left, result.Bad)
	if err != nil || said != nil {
		return errors.Join(err, said)
	}
	if result.Imported == 0 {
		return errors.New("no owner was imported")
	}
	if result.Bad > 0 {
		return errSaid
	}
	return nil
}

// importOwners reads the file, or standard input for -, and shows how far it is.
func (t *terminal) importOwners(ctx context.Context, a *app.App, o directory.ImportOptions) (result directory.ImportResult, err error) {
	in := t.In
	if o.Name != "-" {
		file, err := os.Open(o.Name)
		if err != nil {
			return result, err
		}
		defer file.Close()
		if info, err := file.Stat(); err == nil {
			o.Size = info.Size()
		}
		in = file
	}
	p := t.progress()
	defer p.end()
	o.Progress = func(lines int, read, total int64) {
		if total > 0 {
			p.say("%d lines, %d%%", lines, read*100/total)
		} else {
			p.say("%d lines", lines)
		}
	}
	return a.Directory.Import(ctx, in, o)
}
