package storage

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
)

// staleTries is how often a statement is tried whose plan no longer fits the schema. Each connection has plans of its
// own, and mostly the one that has just failed comes first again, its plan forgotten.
const staleTries = 3

// stale tells whether a statement failed only because it was planned before the schema changed or on a connection that
// is no longer the same one. Nothing was done then.
func stale(err error) bool {
	told := (*pgconn.PgError)(nil)
	return errors.As(err, &told) && slices.Contains([]string{"0A000", "08P01", "26000"}, told.Code)
}

// steady is the pool for statements outside transactions. One that was planned for an older schema is tried again: a
// newer gateway may migrate the database while this one serves. In a transaction nothing can be repeated; what is
// written there names its columns, so that a column more does not matter to it.
type steady struct{ *sql.DB }

// GetDBConn gives GORM the pool itself.
func (s steady) GetDBConn() (*sql.DB, error) { return s.DB, nil }

// ExecContext runs a statement that returns nothing.
func (s steady) ExecContext(ctx context.Context, query string, args ...any) (result sql.Result, err error) {
	for range staleTries {
		if result, err = s.DB.ExecContext(ctx, query, args...); !stale(err) {
			break
		}
	}
	return result, err
}

// QueryContext runs a statement that returns rows.
func (s steady) QueryContext(ctx context.Context, query string, args ...any) (rows *sql.Rows, err error) {
	for range staleTries {
		if rows, err = s.DB.QueryContext(ctx, query, args...); !stale(err) {
			break
		}
	}
	return rows, err
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
