package storage

import (
	"context"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Bounds of the waits on a connection to PostgreSQL. A network can fall silent; then neither side learns that the other
// one is gone.
const (
	connectWithin = 5 * time.Second  // unless the URL says connect_timeout
	pongWithin    = 2 * time.Second  // an idle connection is asked for a sign of life before it is used again
	closeWithin   = 2 * time.Second  // a connection that was given up says goodbye
	unheardWithin = 20 * time.Second // the peer's machine acknowledges what was sent to it
)

// probing asks the peer's machine from time to time whether it is still there.
var probing = net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}

// bound limits every wait on a connection. The context of a statement limits the statement.
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

// dialer makes connections that must be ready within a time. AfterConnect lifts that bound. A request to cancel a
// statement also uses a connection of the driver; it never gets that far, and so keeps the bound.
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

// hasty shortens the deadlines that the driver sets. The driver sets one only to close a connection, whose place in the
// pool is taken until then.
type hasty struct{ net.Conn }

func (h hasty) SetDeadline(at time.Time) error {
	if soon := time.Now().Add(closeWithin); at.After(soon) {
		at = soon
	}
	return h.Conn.SetDeadline(at)
}
