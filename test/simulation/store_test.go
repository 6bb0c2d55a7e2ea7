package simulation

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// The store is the real SQLite, behind handles that wait, fail and die as the plan says. A transaction keeps its promises: what
// is rolled back was never there. All waits are above database/sql, and writers wait for each other here and not in SQLite: the
// bubble's clock stands still for whoever waits with a mutex locked.

// awayError is the store's own word for not being there.
type awayError struct{}

func (awayError) Error() string { return "the disk does not answer" }
func (awayError) Code() int     { return 10 } // SQLITE_IOERR

var (
	errDead   = errors.New("this gateway is dead")
	errOdd    = errors.New("something that no code knows")
	errUnsure = &models.Error{Code: models.Unknown, Message: "the outcome of the commit is not known"}
)

// between gives what stands between a gateway and its handles, the writer's first.
func (g *gateway) between() func(*sql.DB) gorm.ConnPool {
	writer := true
	return func(handle *sql.DB) gorm.ConnPool {
		made := &pool{handle, g, writer}
		writer = false
		return made
	}
}

type pool struct {
	*sql.DB
	g      *gateway
	writer bool
}

// GetDBConn lets GORM find the handle.
func (p *pool) GetDBConn() (*sql.DB, error) { return p.DB, nil }

// ExecContext is a statement that is a transaction of its own.
func (p *pool) ExecContext(ctx context.Context, query string, args ...any) (done sql.Result, err error) {
	err = p.g.statement(ctx, onWrite, func() error {
		if err := p.g.enter(ctx); err != nil {
			return err
		}
		defer p.g.leave()
		done, err = p.DB.ExecContext(ctx, query, args...)
		return err
	})
	return done, err
}

// QueryContext reads, or writes and gives what it has written.
func (p *pool) QueryContext(ctx context.Context, query string, args ...any) (found *sql.Rows, err error) {
	at := onRead
	if writes(query) {
		at = onWrite
	}
	err = p.g.statement(ctx, at, func() error {
		if at == onWrite {
			if err := p.g.enter(ctx); err != nil {
				return err
			}
			defer p.g.leave()
		}
		found, err = p.DB.QueryContext(ctx, query, args...) //nolint:rowserrcheck,sqlclosecheck // whoever reads them looks
		return err
	})
	if err != nil && found != nil {
		return nil, errors.Join(err, found.Close(), found.Err())
	}
	return found, err
}

// writes tells what a statement with rows does.
func writes(query string) bool { return !strings.HasPrefix(strings.TrimSpace(query), "SELECT") }

// BeginTx begins a transaction, once nobody else writes.
func (p *pool) BeginTx(ctx context.Context, o *sql.TxOptions) (gorm.ConnPool, error) {
	if _, err := p.g.await(ctx, onRead); err != nil {
		return nil, err
	}
	if err := p.g.enter(ctx); err != nil {
		return nil, err
	}
	made, err := p.DB.BeginTx(ctx, o)
	if err != nil {
		p.g.leave()
		return nil, err
	}
	return &tx{Tx: made, g: p.g, ctx: ctx}, nil
}

// statement does one, as the plan has it.
func (g *gateway) statement(ctx context.Context, at class, do func() error) error {
	f, err := g.await(ctx, at)
	if err != nil {
		return err
	}
	if f != nil && (f.what == refused || f.what == doubted) {
		return awayError{}
	}
	if f != nil && f.what == odd {
		return errOdd
	}
	if err := do(); err != nil {
		return err
	}
	return g.afterwards(f)
}

// afterwards is what a fault does when something has had its effect.
func (g *gateway) afterwards(f *fault) error {
	switch {
	case f == nil:
		return nil
	case f.what == after:
		g.crash()
		return errDead
	case f.what == lost:
		return awayError{}
	}
	return nil
}

// tx is a transaction. The store is its own until it ends.
type tx struct {
	*sql.Tx
	g     *gateway
	ctx   context.Context
	ended bool
	till  bool // it is the till's, who asks what became of a commit
	money bool // it moves money
}

func (t *tx) ExecContext(ctx context.Context, query string, args ...any) (done sql.Result, err error) {
	t.till = t.till || strings.HasPrefix(query, "INSERT INTO `lookups`") || strings.HasPrefix(query, "UPDATE `lookups` SET `answer`")
	t.money = t.money || strings.HasPrefix(query, "INSERT INTO `transfers`")
	err = t.g.statement(ctx, onWrite, func() error {
		done, err = t.Tx.ExecContext(ctx, query, args...)
		return err
	})
	return done, err
}

func (t *tx) QueryContext(ctx context.Context, query string, args ...any) (found *sql.Rows, err error) {
	at := onRead
	if writes(query) {
		at = onWrite
	}
	err = t.g.statement(ctx, at, func() error {
		found, err = t.Tx.QueryContext(ctx, query, args...) //nolint:rowserrcheck,sqlclosecheck // whoever reads them looks
		return err
	})
	if err != nil && found != nil {
		return nil, errors.Join(err, found.Close(), found.Err())
	}
	return found, err
}

// Commit makes the transaction true, or not, and tells the truth about it, or not.
func (t *tx) Commit() error {
	f, err := t.g.await(t.ctx, onCommit)
	if err != nil {
		return errors.Join(err, t.Rollback())
	}
	if f != nil && f.what != lost && f.what != after && f.what != stalled {
		return errors.Join(t.doubt(f), t.Rollback())
	}
	if err := t.Tx.Commit(); err != nil {
		return errors.Join(err, t.Rollback())
	}
	t.end()
	if t.money || t.till {
		t.g.world.committed()
	}
	if f != nil && f.what == lost {
		return t.doubt(f)
	}
	return t.g.afterwards(f)
}

// doubt is the error of a commit. Only the till can tell one whose outcome is unknown.
func (t *tx) doubt(f *fault) error {
	if t.till && f.what != refused {
		return errUnsure
	}
	return awayError{}
}

func (t *tx) end() {
	t.ended = true
	t.g.leave()
}

// Rollback undoes everything.
func (t *tx) Rollback() error {
	if t.ended {
		return nil
	}
	err := t.Tx.Rollback()
	t.end()
	return err
}

// enter waits until nobody else writes, as long as SQLite would.
func (g *gateway) enter(ctx context.Context) error {
	patience := time.NewTimer(10 * time.Second)
	defer patience.Stop()
	select {
	case g.world.writing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-g.dead:
		return errDead
	case <-patience.C:
		return awayError{}
	}
}

func (g *gateway) leave() { <-g.world.writing }
