package storage

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// staleTries is how often a statement with a stale plan is tried. Each connection has plans of its own. Mostly the next
// try gets the connection that has just failed, which has forgotten its plan.
const staleTries = 3

// stale tells whether a statement failed only because its plan is older than the schema, or because its connection was
// replaced. Nothing was done then.
func stale(err error) bool {
	told := (*pgconn.PgError)(nil)
	return errors.As(err, &told) && slices.Contains([]string{"0A000", "08P01", "26000"}, told.Code)
}

// steady is the pool for statements outside transactions. It repeats a statement whose plan is older than the schema: a
// newer gateway may migrate the database while this one serves. Statements in a transaction cannot be repeated. Those
// that write name their columns, so a new column does not matter to them.
type steady struct {
	*sql.DB
	now    func() time.Time
	unsure *atomic.Int64 // how many commits did not wait for their standbys
}

// GetDBConn gives GORM the pool itself.
func (s steady) GetDBConn() (*sql.DB, error) { return s.DB, nil }

// ExecContext runs a statement that returns nothing. After models.Unknown nobody knows whether it was done.
func (s steady) ExecContext(ctx context.Context, query string, args ...any) (result sql.Result, err error) {
	before := s.unsure.Load()
	for range staleTries {
		if result, err = s.DB.ExecContext(ctx, query, args...); !stale(err) {
			break
		}
	}
	if err == nil && s.unsure.Load() != before {
		return result, unknown(errUnreplicated)
	}
	return result, unanswered(query, err)
}

// unanswered tells of a statement that writes and whose answer is lost: it may have been done.
func unanswered(query string, err error) error {
	verb, _, _ := strings.Cut(strings.TrimSpace(query), " ")
	if !slices.Contains([]string{"INSERT", "UPDATE", "DELETE"}, strings.ToUpper(verb)) || !lostAnswer(err) {
		return err
	}
	return unknown(err)
}

// lostAnswer tells whether an error leaves open what became of what was sent.
func lostAnswer(err error) bool {
	told, connect := (*pgconn.PgError)(nil), (*pgconn.ConnectError)(nil)
	switch {
	case err == nil, refused(err), pgconn.SafeToRetry(err), errors.As(err, &connect):
		return false
	case errors.As(err, &told):
		return true
	}
	return pgconn.Timeout(err) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, new(net.Error))
}

// QueryContext runs a statement that returns rows.
func (s steady) QueryContext(ctx context.Context, query string, args ...any) (rows *sql.Rows, err error) {
	for range staleTries {
		if rows, err = s.DB.QueryContext(ctx, query, args...); !stale(err) {
			break
		}
	}
	return rows, unanswered(query, err)
}

// QueryRowContext runs a statement that returns a row.
func (s steady) QueryRowContext(ctx context.Context, query string, args ...any) (row *sql.Row) {
	for range staleTries {
		if row = s.DB.QueryRowContext(ctx, query, args...); !stale(row.Err()) {
			break
		}
	}
	return row
}
