package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"whoseline/models"
)

// Copied is how many rows a table had.
type Copied struct {
	Table string `json:"table"`
	Rows  int64  `json:"rows"`
}

// Copy copies the whole of an SQLite database into an empty PostgreSQL database, in one transaction there. It succeeds
// as a whole, or leaves nothing and can be started again. Both must have the same, newest schema. Nobody may serve the
// source meanwhile. progress is called for each table. Errors: models.Conflict, models.Invalid.
func Copy(ctx context.Context, from, to *DB, progress func(Copied)) error {
	if from.Engine != SQLite || to.Engine != Postgres {
		return models.BadField("from", "copies go from sqlite:PATH to a configured postgres:// database")
	}
	if err := from.Occupy(); err != nil {
		return err
	}
	current, err := from.Current(ctx)
	if err != nil {
		return fmt.Errorf("read the source's migrations: %w", err)
	}
	if !current {
		return models.Fail(models.Conflict, "the source has an older schema: run `whoseline migrate` on it first")
	}
	read, err := from.handles[1].BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("read the source: %w", err)
	}
	defer func() { _ = read.Rollback() }()
	conn, err := to.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("reach the target: %w", err)
	}
	defer conn.Release()
	return hint(pgx.BeginFunc(ctx, conn, func(write pgx.Tx) error {
		c := copier{read: read, write: write, progress: progress}
		return c.all(ctx)
	}))
}

// copier copies within a transaction on each side.
type copier struct {
	read     *sql.Tx
	write    pgx.Tx
	progress func(Copied)
}

func (c copier) all(ctx context.Context) error {
	tables, err := texts(ctx, c.read, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose_%' ORDER BY name`)
	if err != nil {
		return fmt.Errorf("list the tables: %w", err)
	}
	for _, table := range tables { // before the first row: a long copy must not fail at the last table
		if err := c.mustBeEmpty(ctx, table); err != nil {
			return err
		}
	}
	for _, table := range tables {
		rows, err := c.table(ctx, table)
		if err != nil {
			return fmt.Errorf("copy %s: %w", table, err)
		}
		if c.progress != nil {
			c.progress(Copied{table, rows})
		}
	}
	return nil
}

// seeded are the tables of one row that migrations make.
const seeded = "one"

// mustBeEmpty refuses a target that is in use, and clears the rows that migrations made.
func (c copier) mustBeEmpty(ctx context.Context, table string) error {
	name := pgx.Identifier{table}.Sanitize()
	columns, err := c.columns(ctx, table)
	if err != nil {
		return err
	}
	if len(columns) == 0 {
		return fmt.Errorf("the target has no table %s", table)
	}
	if _, single := columns[seeded]; single {
		_, err := c.write.Exec(ctx, "DELETE FROM "+name)
		return err
	}
	var used bool
	if err := c.write.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM "+name+")").Scan(&used); err != nil {
		return fmt.Errorf("look into %s: %w", table, err)
	}
	if used {
		return models.Fail(models.Conflict, "the target is not empty: there are rows in "+table)
	}
	return nil
}

// columns gives a table's columns in the target, with their types.
func (c copier) columns(ctx context.Context, table string) (map[string]string, error) {
	rows, err := c.write.Query(ctx, `SELECT column_name::text, data_type::text FROM information_schema.columns
		WHERE table_schema = current_schema() AND table_name = $1`, table)
	if err != nil {
		return nil, fmt.Errorf("read the columns of %s: %w", table, err)
	}
	types := map[string]string{}
	var name, kind string
	_, err = pgx.ForEachRow(rows, []any{&name, &kind}, func() error { types[name] = kind; return nil })
	return types, err
}

func (c copier) table(ctx context.Context, table string) (int64, error) {
	names, err := texts(ctx, c.read, `SELECT name FROM pragma_table_info(?) ORDER BY cid`, table)
	if err != nil {
		return 0, err
	}
	types, err := c.columns(ctx, table)
	if err != nil {
		return 0, err
	}
	rows, err := c.read.QueryContext(ctx, `SELECT "`+strings.Join(names, `", "`)+`" FROM "`+table+`"`)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	n, err := c.write.CopyFrom(ctx, pgx.Identifier{table}, names, pgx.CopyFromFunc(func() ([]any, error) {
		if !rows.Next() {
			return nil, rows.Err()
		}
		return converted(rows, names, types)
	}))
	if err != nil {
		return 0, err
	}
	var there int64
	if err := c.read.QueryRowContext(ctx, `SELECT count(*) FROM "`+table+`"`).Scan(&there); err != nil {
		return 0, err
	}
	if there != n {
		return 0, fmt.Errorf("%d of %d rows were copied", n, there)
	}
	return n, nil
}

// converted reads a row and gives it with the types of the target: SQLite has no booleans, times or bytes of its own.
func converted(rows *sql.Rows, names []string, types map[string]string) ([]any, error) {
	values, into := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	if err := rows.Scan(into...); err != nil {
		return nil, err
	}
	for i, name := range names {
		var err error
		if values[i], err = as(types[name], values[i]); err != nil {
			return nil, fmt.Errorf("column %s: %w", name, err)
		}
	}
	return values, nil
}

// as gives a value of SQLite as one that PostgreSQL's type takes. What does not fit is told when it is written.
func as(kind string, value any) (any, error) {
	switch v := value.(type) {
	case int64:
		if kind == "boolean" {
			return v != 0, nil
		}
	case string:
		switch kind {
		case "bytea":
			return []byte(v), nil
		case "timestamp with time zone":
			return nil, errors.New("a time is not written as one")
		}
	case []byte:
		if kind != "bytea" {
			return string(v), nil
		}
	}
	if kind == "" {
		return nil, errors.New("the target does not have it")
	}
	return value, nil
}

func texts(ctx context.Context, tx *sql.Tx, query string, args ...any) (list []string, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		list = append(list, text)
	}
	return list, rows.Err()
}
