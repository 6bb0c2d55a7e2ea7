package storage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"whoseline/models"
)

// rowError is a failure of the caller's row function; the transaction went on without it.
type rowError struct{ cause error }

func (e rowError) Error() string { return "read a row: " + e.cause.Error() }
func (e rowError) Unwrap() error { return e.cause }

// unsent is a failure before anything was sent.
type unsent struct{ error }

func (e unsent) Unwrap() error { return e.error }

// exchange sends all steps at once and reads their answers.
func (p *Pipeline) exchange(ctx context.Context, args [][]any, lead int, row rowFunc) (err error) {
	waiting, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	defer context.AfterFunc(ctx, func() { p.outwait(waiting, giveUp) })()
	p.unsure = false
	pipeline := p.conn.PgConn().StartPipeline(waiting)
	finished := false
	defer func() {
		if !finished { // row panicked, or the arguments could not be sent
			p.drop()
		}
	}()
	for i, step := range p.steps {
		var values []any
		if n := i - lead; n >= 0 && n < len(args) {
			values = args[n]
		}
		if err := p.send(pipeline, step, values); err != nil {
			return unsent{fmt.Errorf("statement %d: %w", i-lead, err)}
		}
	}
	err = pipeline.Sync()
	if err == nil {
		err = p.receive(pipeline, lead, row)
	}
	finished = true
	if failed := pipeline.Close(); failed != nil && (err == nil || errors.As(err, new(rowError))) {
		err = failed
	}
	if err == nil && p.unsure {
		err = errUnreplicated
	}
	p.used = p.now()
	return err
}

func (p *Pipeline) send(pipeline *pgconn.Pipeline, step *pgconn.StatementDescription, args []any) error {
	if err := p.wire.encode(step, args); err != nil {
		return err
	}
	if p.pooled {
		pipeline.SendQueryParams(step.SQL, p.wire.values, step.ParamOIDs, p.wire.formats, p.wire.resultFormats(step))
		return nil
	}
	pipeline.SendQueryStatement(step, p.wire.values, p.wire.formats, p.wire.resultFormats(step))
	return nil
}

func (p *Pipeline) receive(pipeline *pgconn.Pipeline, lead int, row rowFunc) error {
	var failed error
	for i := range p.steps {
		result, err := pipeline.GetResults()
		if err != nil {
			return err
		}
		reader, ok := result.(*pgconn.ResultReader)
		if !ok {
			return fmt.Errorf("expected a result, got %T", result)
		}
		scan := func(dest ...any) error { return p.scan(reader, dest) }
		for reader.NextRow() {
			if failed == nil && i >= lead && row != nil {
				failed = row(i-lead, scan)
			}
		}
		if _, err := reader.Close(); err != nil {
			return err
		}
	}
	if _, err := pipeline.GetResults(); err != nil { // the end of the transaction
		return err
	}
	if failed != nil {
		return rowError{failed}
	}
	return nil
}

func (p *Pipeline) scan(reader *pgconn.ResultReader, dest []any) error {
	values, fields := reader.Values(), reader.FieldDescriptions()
	if len(dest) != len(values) {
		return fmt.Errorf("%d columns into %d places", len(values), len(dest))
	}
	for i, place := range dest {
		if err := p.wire.types.Scan(fields[i].DataTypeOID, fields[i].Format, values[i], place); err != nil {
			return fmt.Errorf("column %d: %w", i, err)
		}
	}
	return nil
}

// settle ends a transaction that a failure has left open.
func (p *Pipeline) settle() {
	if p.conn == nil || p.conn.IsClosed() || p.conn.PgConn().TxStatus() == 'I' {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := p.conn.PgConn().Exec(ctx, "ROLLBACK").Close(); err != nil {
		p.drop()
	}
}

// dropIfStale closes a connection whose prepared statements no longer fit the schema.
func (p *Pipeline) dropIfStale(err error) {
	if stale(err) {
		p.drop()
	}
}

// classify separates errors after which the transaction was certainly rolled back from those with an unknown outcome.
// An error that the server reports while it keeps the connection rolls back, and so does one before anything was sent.
func classify(err error) error {
	var told *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.As(err, new(rowError)):
		return &models.Error{Code: models.Unknown, Err: err}
	case errors.As(err, new(unsent)):
		return fmt.Errorf("send: %w", err)
	case pgconn.SafeToRetry(err):
		return unavailable(fmt.Errorf("send: %w", err))
	case !errors.As(err, &told), told.SeverityUnlocalized == "FATAL", told.SeverityUnlocalized == "PANIC":
		return &models.Error{Code: models.Unknown, Err: err}
	case told.Code == "23505":
		return &models.Error{Code: models.Conflict, Field: told.ConstraintName, Err: err}
	case told.Code == "23502":
		return &models.Error{Code: models.Conflict, Field: told.TableName + "." + told.ColumnName, Err: err}
	case told.Code == "40001", told.Code == "40P01": // somebody else's transaction was preferred
		return &models.Error{Code: models.Busy, Err: err}
	case away(err):
		return unavailable(err)
	}
	return fmt.Errorf("run: %w", hint(err))
}
