package storage

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/glebarez/sqlite"
	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/driver/postgres"

	"whoseline/models"
)

// comeBack is the wait that is advised after the database was away.
const comeBack = 5 * time.Second

// postgresDialect and sqliteDialect distinguish a database that is away or full from a fault of ours.
type (
	postgresDialect struct{ *postgres.Dialector }
	sqliteDialect   struct{ *sqlite.Dialector }
)

// Translate gives an error of code unavailable when the database can serve nobody right now.
func (d postgresDialect) Translate(err error) error {
	if told := (*models.Error)(nil); errors.As(err, &told) { // it has been judged
		return err
	}
	if away(err) {
		return unavailable(err)
	}
	return hint(d.Dialector.Translate(err))
}

// Translate gives an error of code unavailable when the database can serve nobody right now.
func (d sqliteDialect) Translate(err error) error {
	if away(err) {
		return unavailable(err)
	}
	return d.Dialector.Translate(err)
}

func unavailable(err error) error {
	return &models.Error{
		Code: models.Unavailable, Message: "the service is not available right now", RetryAfter: comeBack, Err: hint(err),
	}
}

// away tells whether an error means that the database cannot be reached, cannot write, or does not answer in time.
func away(err error) bool {
	var (
		told      *pgconn.PgError
		connect   *pgconn.ConnectError
		network   net.Error
		embedded  interface{ Code() int }
		withinSQL = errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone)
	)
	switch {
	case err == nil:
		return false
	case errors.As(err, &told):
		return refusesAll(told)
	case errors.As(err, &embedded):
		return sqliteAway[embedded.Code()&0xff]
	}
	return withinSQL || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &connect) || errors.As(err, &network) ||
		pgconn.SafeToRetry(err)
}

// refusesAll tells whether PostgreSQL refuses every statement now, not just this one.
func refusesAll(told *pgconn.PgError) bool {
	switch told.Code {
	case "08P01": // a protocol violation is a plan that no longer fits
		return false
	case "57014", "55P03", // it did not get what it waited for in time
		"25006", // a standby, after a failover
		"57P01", "57P02", "57P03", "57P05",
		"58030": // input or output
		return true
	}
	return strings.HasPrefix(told.Code, "53") || strings.HasPrefix(told.Code, "08")
}

// sqliteAway are SQLite's primary result codes of a file that cannot be written or read now.
var sqliteAway = map[int]bool{
	5:  true, // busy
	6:  true, // locked
	8:  true, // read-only
	10: true, // input or output
	13: true, // full
	14: true, // cannot be opened
}

// hint says what to do about errors that come from a pooler of which the configuration says nothing.
func hint(err error) error {
	told := (*pgconn.PgError)(nil)
	if !errors.As(err, &told) {
		return err
	}
	if !slices.Contains([]string{"26000", "42P05", "08P01"}, told.Code) {
		return err
	}
	return fmt.Errorf("%w (if PgBouncer or another pooler stands in front of PostgreSQL, let it pool transactions, and set database.pooled = true)", err)
}
