package storage

import (
	"context"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Bounds of what a connection to PostgreSQL may make anybody wait. A network can fall silent without a word; then
// neither side learns that the other one is gone.
const (
	connectWithin = 5 * time.Second  // unless the URL says connect_timeout
	pongWithin    = 2 * time.Second  // an idle connection is asked for a sign of life before it is used again
	closeWithin   = 2 * time.Second  // a connection that was given up says goodbye
	unheardWithin = 20 * time.Second // the peer's machine acknowledges what was sent to it
)

// probing asks the peer's machine now and then whether it is still there.
var probing = net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}

// bound gives every wait on a connection an end. What a statement may take is up to its context.
func bound(config *pgxpool.Config) {
	conn := config.ConnConfig
	if conn.ConnectTimeout == 0 {
		conn.ConnectTimeout = connectWithin
	}
	config.PingTimeout = pongWithin
	conn.DialFunc = dialer{net.Dialer{KeepAliveConfig: probing, Control: hearOut}, conn.ConnectTimeout}.dial
	conn.AfterConnect = func(_ context.Context, made *pgconn.PgConn) error {
		return made.Conn().SetDeadline(time.Time{})
	}
}

var _ pgconn.DialFunc = dialer{}.dial

// dialer makes connections that must be of use within a time. AfterConnect lifts that bound; a request to cancel a
// statement, for which the driver makes a connection too, never comes so far and ends by it.
type dialer struct {
	net.Dialer
	within time.Duration
}

func (d dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return hasty{conn}, conn.SetDeadline(time.Now().Add(d.within))
}

// hasty shortens the deadlines that the driver sets. It sets one only to get rid of a connection, whose place in the
// pool stays taken until then.
type hasty struct{ net.Conn }

func (h hasty) SetDeadline(at time.Time) error {
	if soon := time.Now().Add(closeWithin); at.After(soon) {
		at = soon
	}
	return h.Conn.SetDeadline(at)
}
