package storage

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Pipeline runs several statements in one round trip as one transaction. It has a PostgreSQL connection of its own,
// whose plans suit statements that unnest arrays. One Run waits for the other.
type Pipeline struct {
	config   *pgx.ConnConfig
	pool     *pgxpool.Pool // asked whether the server still works on a run
	now      func() time.Time
	pooled   bool
	settings string        // behind PgBouncer: what makes the settings, for one transaction
	turn     chan struct{} // holds a token while somebody runs
	ending   chan struct{} // is closed when no run is waited for any longer

	conn   *pgx.Conn // nil = to be connected
	name   string    // of this connection, by which the server's list of sessions has it
	unsure bool      // the server did not wait for its standbys
	used   time.Time
	closed bool
	known  map[string]*pgconn.StatementDescription // by SQL text, on this connection
	steps  []*pgconn.StatementDescription
	wire   wire
}

// rowFunc reads the current row of a statement, counted from 0; scan copies its columns.
type rowFunc = func(statement int, scan func(dest ...any) error) error

var errClosed = errors.New("the pipeline is closed")

// Pipeline connects a pipeline, which the caller closes. There is none on SQLite.
func (db *DB) Pipeline(ctx context.Context) (*Pipeline, error) {
	if db.pool == nil {
		return nil, errors.New("only PostgreSQL has pipelines")
	}
	pipeline := &Pipeline{
		config: db.pool.Config().ConnConfig, pool: db.pool, pooled: db.options.Pooled, now: db.options.Now,
		turn: make(chan struct{}, 1), ending: make(chan struct{}),
	}
	pipeline.config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { pipeline.unsure = pipeline.unsure || unreplicated(n) }
	settings := [][2]string{
		{"statement_timeout", strconv.FormatInt(db.options.StatementTimeout.Milliseconds(), 10)},
		{"enable_seqscan", "off"},
		{"enable_hashjoin", "off"},
		{"enable_mergejoin", "off"},
		{"plan_cache_mode", "force_generic_plan"},
		{"jit", "off"}, // compiling would cost more than such a statement takes
	}
	for _, setting := range settings {
		pipeline.settings += "set_config('" + setting[0] + "', '" + setting[1] + "', true), "
		if !pipeline.pooled {
			pipeline.config.RuntimeParams[setting[0]] = setting[1]
		}
	}
	if err := pipeline.ready(ctx); err != nil {
		return nil, fmt.Errorf("connect a pipeline: %w", hint(err))
	}
	return pipeline, nil
}

// Run executes the statements, each with its own arguments, and calls row for every row that they return. row must not
// call Run. Slices of string, int64, bool, []byte, time.Time and *time.Time become arrays; a nil []byte, a nil
// *time.Time and a zero time are NULL in them.
//
// An error of code unknown_outcome means one of two things. Nobody can tell whether the transaction was committed, or
// it was committed and row failed: the rows have to be read. After every other error it was certainly not committed.
// conflict is a unique constraint, whose name is in Field, or a NULL in a column that has none, with Field
// table.column. busy is a deadlock: try again. unavailable is a database that is away or full, also for everything
// else. After a lost connection, the next Run makes a new one. The caller's context should have a deadline.
func (p *Pipeline) Run(ctx context.Context, statements []string, args [][]any, row rowFunc) error {
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return fmt.Errorf("wait for the pipeline: %w", ctx.Err())
	}
	err := p.once(ctx, statements, args, row)
	if stale(err) { // nothing was done, and the connection with its old plans is gone
		err = p.once(ctx, statements, args, row)
	}
	return err
}

func (p *Pipeline) once(ctx context.Context, statements []string, args [][]any, row rowFunc) error {
	if err := p.ready(ctx); err != nil {
		if errors.Is(err, errClosed) {
			return err
		}
		return unavailable(fmt.Errorf("connect the pipeline: %w", err))
	}
	lead, err := p.describe(ctx, statements)
	if err != nil {
		return p.unprepared(err)
	}
	err = p.exchange(ctx, args, lead, row)
	p.dropIfStale(err)
	p.settle()
	return classify(err)
}

// unprepared classifies a failure before any statement was run.
func (p *Pipeline) unprepared(err error) error {
	p.dropIfStale(err)
	if away(err) {
		p.drop()
		return unavailable(fmt.Errorf("prepare: %w", err))
	}
	return fmt.Errorf("prepare: %w", hint(err))
}

// Close ends the connection, after the run that may be under way. One whose commit does not come back is given up.
func (p *Pipeline) Close() error {
	patience := time.NewTimer(closeWithin)
	defer patience.Stop()
	select {
	case p.turn <- struct{}{}:
	case <-patience.C:
		close(p.ending)
		p.turn <- struct{}{}
	}
	defer func() { <-p.turn }()
	p.closed = true
	p.drop()
	return nil
}

// ready gives a working connection. It tests one that has been idle first: a request on a dead connection would have an
// unknown outcome without need.
func (p *Pipeline) ready(ctx context.Context) error {
	if p.closed {
		return errClosed
	}
	if p.conn != nil && p.now().Sub(p.used) > time.Second {
		if err := p.conn.PgConn().CheckConn(); err != nil { //nolint:staticcheck // Ping would cost a round trip
			p.drop()
		}
	}
	if p.conn != nil && !p.conn.IsClosed() {
		return ctx.Err()
	}
	name := "whoseline till " + rand.Text()
	conn, err := p.connect(ctx, name)
	if err != nil {
		return err
	}
	keepTimes(conn.TypeMap())
	p.name, p.conn, p.used, p.wire.types = name, conn, p.now(), conn.TypeMap()
	p.known = map[string]*pgconn.StatementDescription{}
	return nil
}

// describe lists the steps of the transaction and prepares those that this connection has not seen yet. The
// statements start at the step that it returns.
func (p *Pipeline) describe(ctx context.Context, statements []string) (lead int, err error) {
	p.steps = p.steps[:0]
	var before, after []string
	if p.pooled {
		before, after = []string{"BEGIN", "SELECT " + p.settings + "set_config('application_name', '" + p.name + "', true)"}, []string{"COMMIT"}
	} else if len(statements) > 1 {
		// One statement is a transaction by itself. Several would be one too, by PostgreSQL's implicit block, but a
		// distributed engine needs to be told that more is to come.
		before, after = []string{"BEGIN"}, []string{"COMMIT"}
	}
	for _, part := range [][]string{before, statements, after} {
		for _, text := range part {
			step, err := p.prepare(ctx, text)
			if err != nil {
				return 0, err
			}
			p.steps = append(p.steps, step)
		}
	}
	return len(before), nil
}

func (p *Pipeline) prepare(ctx context.Context, text string) (*pgconn.StatementDescription, error) {
	if step, ok := p.known[text]; ok {
		return step, nil
	}
	name := "" // behind PgBouncer: only the description is kept, and the text is sent every time
	if !p.pooled {
		name = "w" + strconv.Itoa(len(p.known))
	}
	step, err := p.conn.PgConn().Prepare(ctx, name, text, nil)
	if err != nil {
		return nil, err
	}
	p.known[text] = step
	return step, nil
}

func (p *Pipeline) drop() {
	if p.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = p.conn.Close(ctx) // whatever it says, the connection is gone
	p.conn = nil
}
