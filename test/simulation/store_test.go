package simulation

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"strings"
	"time"

	"whoseline/models"
)

// The store is the real SQLite, behind connections that wait, fail and die as the plan says. A transaction keeps its promises:
// what is rolled back was never there. Writers wait for each other here and not in SQLite, whose waits the bubble's clock
// could not see through.

// awayError is the store's own word for not being there.
type awayError struct{}

func (awayError) Error() string { return "the disk does not answer" }
func (awayError) Code() int     { return 10 } // SQLITE_IOERR

var (
	errDead   = errors.New("this gateway is dead")
	errOdd    = errors.New("something that no code knows")
	errUnsure = &models.Error{Code: models.Unknown, Message: "the outcome of the commit is not known"}
)

// between gives what stands between a gateway and the store: its first connector is the writer's.
func (g *gateway) between() func(driver.Connector) driver.Connector {
	writer := true
	return func(real driver.Connector) driver.Connector {
		made := connector{real, g, writer}
		writer = false
		return made
	}
}

type connector struct {
	driver.Connector
	g      *gateway
	writer bool
}

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	made, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{realConn: made.(realConn), g: c.g, writer: c.writer}, nil
}

// realConn is what the driver's connections can do.
type realConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.NamedValueChecker
}

type conn struct {
	realConn
	g      *gateway
	writer bool
	open   bool // in a transaction
	till   bool // the transaction is the till's, who asks what became of a commit
	money  bool // the transaction moves money
}

func (c *conn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	if _, err := c.g.await(ctx, onRead); err != nil {
		return nil, err
	}
	if err := c.g.enter(ctx); err != nil {
		return nil, err
	}
	made, err := c.realConn.BeginTx(ctx, o)
	if err != nil {
		c.g.leave()
		return nil, err
	}
	c.open, c.till, c.money = true, false, false
	return &tx{made, c, ctx}, nil
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	f, err := c.g.await(ctx, onWrite)
	if err != nil {
		return nil, err
	}
	if !c.open {
		if err := c.g.enter(ctx); err != nil {
			return nil, err
		}
		defer c.g.leave()
	}
	c.till = c.till || strings.HasPrefix(query, "INSERT INTO `lookups`") || strings.HasPrefix(query, "UPDATE `lookups` SET `answer`")
	c.money = c.money || strings.HasPrefix(query, "INSERT INTO `transfers`")
	if err := c.harmed(f); err != nil {
		return nil, err
	}
	made, err := c.realConn.ExecContext(ctx, query, args)
	return made, c.g.afterwards(f, err)
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	at, writes := onRead, !strings.HasPrefix(strings.TrimSpace(query), "SELECT")
	if writes {
		at = onWrite
	}
	if underMutex(query) {
		return c.realConn.QueryContext(ctx, query, args)
	}
	f, err := c.g.await(ctx, at)
	if err != nil {
		return nil, err
	}
	locks := writes && c.writer && !c.open
	if locks {
		if err := c.g.enter(ctx); err != nil {
			return nil, err
		}
	}
	made, err := c.queryNow(ctx, f, query, args)
	if locks && err != nil {
		c.g.leave()
	}
	if err != nil {
		return nil, err
	}
	if locks {
		return &rows{made, c}, nil
	}
	return made, nil
}

func (c *conn) queryNow(ctx context.Context, f *fault, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := c.harmed(f); err != nil {
		return nil, err
	}
	made, err := c.realConn.QueryContext(ctx, query, args)
	if err == nil {
		if err = c.g.afterwards(f, nil); err != nil {
			drain(made)
		}
	}
	return made, err
}

// underMutex tells whether a gateway waits for a statement with a mutex locked. The bubble's clock stands still while somebody
// waits for a mutex, so such a statement takes no time and never fails.
func underMutex(query string) bool {
	return strings.Contains(query, "sealing_keys") || strings.Contains(query, "chain_keys")
}

// drain reads what a statement gives to its end, so that it has its effect.
func drain(r driver.Rows) {
	for at := make([]driver.Value, len(r.Columns())); r.Next(at) == nil; {
	}
	_ = r.Close()
}

// harmed is what a fault does before the statement.
func (c *conn) harmed(f *fault) error {
	switch {
	case f == nil:
		return nil
	case f.what == refused, f.what == doubted:
		return awayError{}
	case f.what == odd:
		return errOdd
	}
	return nil
}

// afterwards is what a fault does when the statement has had its effect.
func (g *gateway) afterwards(f *fault, err error) error {
	switch {
	case f == nil || err != nil:
		return err
	case f.what == after:
		g.crash()
		return errDead
	case f.what == lost:
		return awayError{}
	}
	return nil
}

// rows are of a statement that writes: it holds the store until they are read.
type rows struct {
	driver.Rows
	of *conn
}

func (r *rows) Close() error {
	for r.of != nil {
		if r.Rows.Next(make([]driver.Value, len(r.Columns()))) == io.EOF {
			break
		}
	}
	err := r.Rows.Close()
	if r.of != nil {
		r.of.g.leave()
		r.of = nil
	}
	return err
}

type tx struct {
	driver.Tx
	c   *conn
	ctx context.Context
}

// Commit makes the transaction true, or not, and tells the truth about it, or not.
func (t *tx) Commit() error {
	f, err := t.c.g.await(t.ctx, onCommit)
	if err != nil {
		return errors.Join(err, t.Rollback())
	}
	if f != nil && f.what != lost && f.what != after && f.what != stalled {
		return errors.Join(t.doubt(f), t.Rollback())
	}
	err = t.Tx.Commit()
	if err != nil {
		return errors.Join(err, t.Rollback())
	}
	t.end()
	if t.c.money {
		t.c.g.world.committed()
	}
	if f != nil && f.what == lost {
		return t.doubt(f)
	}
	return t.c.g.afterwards(f, nil)
}

// doubt is the error of a commit. Only the till can tell one whose outcome is unknown.
func (t *tx) doubt(f *fault) error {
	if t.c.till && f.what != refused {
		return errUnsure
	}
	return awayError{}
}

func (t *tx) end() {
	t.c.open = false
	t.c.g.leave()
}

func (t *tx) Rollback() error {
	if !t.c.open {
		return nil
	}
	err := t.Tx.Rollback()
	t.end()
	return err
}

// enter waits until no other connection writes, as long as SQLite would.
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
