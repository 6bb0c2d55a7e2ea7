package directory

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// How much is given to the store at once: whichever is reached first. Progress is told at least every ten times
// batchRows lines, however few of them are new and good.
const (
	batchRows  = 1000
	batchBytes = 8 << 20
)

// ImportOptions say how a file of owners is read. Everything may be left empty.
type ImportOptions struct {
	Format   string                              // csv or jsonl; empty = by the name's ending, else by the first byte
	Name     string                              // of the file
	Size     int64                               // of the file in bytes, handed on to Progress; 0 = unknown
	Progress func(lines int, bytes, total int64) // called after each batch: lines and bytes read so far
	BadLine  func(line int, reason string)       // called for each line left out; reason names the field, never its value
	Lost     func(line int, reason string)       // called for each detail left out of an owner who is imported
}

// ImportResult counts the lines that hold an owner: Lines = Imported + Bad. Imported lines are in the directory now:
// Imported = Added + Changed + Left.
type ImportResult struct {
	Lines    int `json:"lines"`
	Imported int `json:"imported"`
	Bad      int `json:"bad"`

	Added   int `json:"added"`   // owners of numbers that had none
	Changed int `json:"changed"` // further owners, or the same ones with other details, of numbers that had some
	Left    int `json:"left"`    // owners that were there already, in the directory or further up in the file
	Lost    int `json:"lost"`    // details that were left out, such as a date of birth that is none
}

// Import reads a file of owners and adds them to the directory. Lines that cannot be used are reported and left out. It
// stops only for a file of another kind, for a reader or store that fails, or at the end of ctx. What was imported by
// then stays: importing the file again completes it and doubles nothing. It holds one batch in memory.
func (d *Directory) Import(ctx context.Context, r io.Reader, o ImportOptions) (ImportResult, error) {
	in := newLineReader(r)
	rows, err := rowsOf(in, o)
	if err != nil {
		return ImportResult{}, fmt.Errorf("import directory: %w", err)
	}
	i := importing{directory: d, options: o, in: in}
	if err := i.all(ctx, rows); err != nil {
		return i.result, fmt.Errorf("import directory: %w", err)
	}
	return i.result, nil
}

// rowReader gives the owners of a file one by one. Its error is a *fault for a line that cannot be used, after which
// the next one can be read; io.EOF at the end; anything else is final. line is where the row begins, from 1.
type rowReader interface {
	next() (r row, line int, err error)
}

func rowsOf(in *lineReader, o ImportOptions) (rowReader, error) {
	format := o.Format
	if format == "" {
		format = guess(in, strings.ToLower(o.Name))
	}
	if in.beginsWith("PK\x03\x04") {
		return nil, errors.New("it is a spreadsheet or an archive: save it as CSV")
	}
	switch format {
	case "csv":
		return newCSV(in)
	case "jsonl":
		return &jsonl{in: in}, nil
	default:
		return nil, fmt.Errorf("unknown format %q: csv or jsonl", o.Format)
	}
}

func guess(in *lineReader, name string) string {
	switch {
	case strings.HasSuffix(name, ".csv"):
		return "csv"
	case strings.HasSuffix(name, ".jsonl"), strings.HasSuffix(name, ".ndjson"):
		return "jsonl"
	case in.beginsWith("{"):
		return "jsonl"
	default:
		return "csv"
	}
}

// importing is one import under way.
type importing struct {
	directory *Directory
	options   ImportOptions
	in        *lineReader
	result    ImportResult

	batch   []Row
	present map[string]bool // the rows of the batch, by both hashes: a file that repeats itself costs one row
	good    int             // how many lines the batch stands for
	seen    int             // how many lines were read for it, bad ones included
	bytes   int             // how much it holds
}

func (i *importing) all(ctx context.Context, rows rowReader) error {
	i.present = make(map[string]bool, batchRows)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		r, line, err := rows.next()
		if err == nil {
			err = i.take(r, line)
		}
		var bad *fault
		switch {
		case err == io.EOF:
			return i.flush(ctx)
		case errors.As(err, &bad):
			i.leaveOut(line, bad)
		case err != nil:
			return err
		}
		if i.seen++; len(i.batch) >= batchRows || i.seen >= 10*batchRows || i.bytes >= batchBytes {
			if err := i.flush(ctx); err != nil {
				return err
			}
		}
	}
}

func (i *importing) take(r row, line int) error {
	phone, owner, lost, err := r.owner(i.directory.now())
	if err != nil {
		return err
	}
	for _, detail := range lost {
		i.result.Lost++
		if i.options.Lost != nil {
			i.options.Lost(line, detail.Error())
		}
	}
	made, err := i.directory.row(phone, owner)
	if err != nil {
		return err
	}
	i.good++
	if key := string(made.NumberIndex) + string(made.OwnerIndex); !i.present[key] {
		i.present[key] = true
		i.batch = append(i.batch, made)
		i.bytes += len(made.Sealed)
	}
	return nil
}

func (i *importing) leaveOut(line int, bad *fault) {
	i.result.Lines++
	i.result.Bad++
	if i.options.BadLine != nil {
		i.options.BadLine(line, bad.Error())
	}
}

func (i *importing) flush(ctx context.Context) error {
	if len(i.batch) > 0 {
		added, changed, err := i.directory.store.Add(ctx, i.batch)
		if err != nil {
			return err
		}
		i.result.Added += added
		i.result.Changed += changed
	}
	i.result.Lines += i.good
	i.result.Imported += i.good
	i.result.Left = i.result.Imported - i.result.Added - i.result.Changed
	clear(i.batch)
	clear(i.present)
	i.batch, i.good, i.seen, i.bytes = i.batch[:0], 0, 0, 0
	if i.options.Progress != nil {
		i.options.Progress(i.result.Lines, i.in.bytes, i.options.Size)
	}
	return nil
}
