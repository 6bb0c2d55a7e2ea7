package storage

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// lookEvery is how often the server is asked whether it still works on a run that takes long.
const lookEvery = time.Second

// errKeepsOn is told to the driver, which cancels what a connection does before it gives the connection up.
var errKeepsOn = errors.New("a run is never cancelled")

// connect makes the pipeline's connection, under a name that the server lists.
func (p *Pipeline) connect(ctx context.Context, name string) (*pgx.Conn, error) {
	config, made := p.config.Copy(), new(atomic.Bool)
	if !p.pooled {
		config.RuntimeParams["application_name"] = name
	}
	dial := config.DialFunc
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		if made.Load() {
			return nil, errKeepsOn
		}
		return dial(ctx, network, address)
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	made.Store(true)
	return conn, err
}

// outwait waits on for a run whose context has ended, and gives it up when the server no longer works on it: the answer is
// lost then.
func (p *Pipeline) outwait(waiting context.Context, giveUp func()) {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for p.working(waiting) {
		select {
		case <-waiting.Done():
			return
		case <-p.ending:
			giveUp()
			return
		case <-look.C:
		}
	}
	giveUp()
}

// working asks, on another connection, whether the server works on what this one has sent. No answer counts as no.
func (p *Pipeline) working(ctx context.Context) (yes bool) {
	ctx, cancel := context.WithTimeout(ctx, pongWithin)
	defer cancel()
	err := p.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_stat_activity
		WHERE application_name = $1 AND state = 'active' AND pid <> pg_backend_pid())`, p.name).Scan(&yes)
	return err == nil && yes
}
