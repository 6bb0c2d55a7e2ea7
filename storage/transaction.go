package storage

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"

	"whoseline/models"
)

// outcomeWithin bounds asking what became of a transaction.
const outcomeWithin = 10 * time.Second

// errUnreplicated is of a commit that stands on the primary and perhaps nowhere else: somebody cancelled its wait.
var errUnreplicated = errors.New("the commit did not wait for its standbys")

// unreplicated tells whether a notice is PostgreSQL's word for such a commit. Its text may be in any language.
func unreplicated(n *pgconn.Notice) bool { return n.Routine == "SyncRepWaitForLSN" }

// transaction is one whose end is known. Its last statement writes a token, by which the outcome can be found where the
// answer to its commit is lost. Also one that only reads writes its token, so that whatever it saw is as durable as itself
// when it has been committed: the log of the database is one.
type transaction struct {
	*sql.Tx
	over  context.Context //nolint:containedctx // that of the transaction: the commit has no other
	on    steady
	token string
}

// BeginTx begins a transaction for GORM.
func (s steady) BeginTx(ctx context.Context, options *sql.TxOptions) (gorm.ConnPool, error) {
	tx, err := s.DB.BeginTx(ctx, options)
	if err != nil {
		return nil, err
	}
	return &transaction{tx, ctx, s, fmt.Sprintf("%010x%s", s.now().Unix(), rand.Text())}, nil
}

// Commit ends the transaction. After models.Unknown nobody knows whether it was committed; after every other error it was
// not, and never will be.
func (t *transaction) Commit() error {
	if _, err := t.ExecContext(t.over, "INSERT INTO commits (token) VALUES ($1)", t.token); err != nil {
		return err
	}
	before := t.on.unsure.Load()
	err := t.Tx.Commit()
	if err == nil && t.on.unsure.Load() != before {
		err = errUnreplicated
	}
	if err == nil || refused(err) || errors.Is(err, sql.ErrTxDone) || errors.Is(err, pgx.ErrTxCommitRollback) {
		return err
	}
	return t.find(err)
}

// refused tells whether the server says that a transaction failed, and keeps the connection: nothing was done then.
func refused(err error) bool {
	told := (*pgconn.PgError)(nil)
	return errors.As(err, &told) && told.SeverityUnlocalized == "ERROR"
}

// find asks what became of the transaction until it is known.
func (t *transaction) find(lost error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.over), outcomeWithin)
	defer cancel()
	for wait := 10 * time.Millisecond; ctx.Err() == nil; wait = min(2*wait, time.Second) {
		committed, err := t.ask(ctx)
		switch {
		case err == nil && committed:
			return nil
		case err == nil:
			return unavailable(fmt.Errorf("it was not committed: %w", lost))
		}
		pause(ctx, wait)
	}
	return unknown(lost)
}

func pause(ctx context.Context, span time.Duration) {
	timer := time.NewTimer(span)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// ask tells whether the transaction was committed. It tries to take the token first, which waits for the transaction if
// that is still alive. Once the token is taken the transaction cannot be committed any more. The answer is as durable as a
// commit, because it is one.
func (t *transaction) ask(ctx context.Context) (committed bool, err error) {
	before := t.on.unsure.Load()
	tx, err := t.on.DB.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer func() { _ = tx.Rollback() }() // of one that was committed it does nothing
	if _, err := tx.ExecContext(ctx, "INSERT INTO commits (token, lost) VALUES ($1, true) ON CONFLICT DO NOTHING", t.token); err != nil {
		return false, err
	}
	if err := tx.QueryRowContext(ctx, "SELECT NOT lost FROM commits WHERE token = $1", t.token).Scan(&committed); err != nil {
		return false, err
	}
	if _, err := tx.ExecContext(ctx, "SELECT pg_logical_emit_message(true, 'whoseline', '')"); err != nil {
		return false, err
	}
	if err := tx.Commit(); err != nil {
		return false, err
	}
	if t.on.unsure.Load() != before {
		return false, errUnreplicated
	}
	return committed, nil
}

// unknown is the error of what may have been done or not.
func unknown(err error) error {
	return &models.Error{Code: models.Unknown, Message: "the outcome is not known yet", RetryAfter: comeBack, Err: hint(err)}
}

// keepTokens is far longer than anybody asks what became of a transaction.
const keepTokens = time.Hour

// ForgetTokens clears away the tokens of transactions that ended long ago.
func (db *DB) ForgetTokens(ctx context.Context) error {
	if db.Engine != Postgres {
		return nil
	}
	old := fmt.Sprintf("%010x", db.options.Now().Add(-keepTokens).Unix())
	if err := db.Gorm.WithContext(ctx).Exec("DELETE FROM commits WHERE token < ?", old).Error; err != nil {
		return fmt.Errorf("forget the tokens of transactions: %w", err)
	}
	return nil
}
