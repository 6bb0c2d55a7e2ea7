package storage

import (
	"context"
	"database/sql"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"

	"whoseline/models"
)

func openPostgres(ctx context.Context, options Options) (*DB, error) {
	config, err := pgxpool.ParseConfig(options.URL)
	if err != nil {
		// The parser's own words may quote the password.
		return nil, models.BadField("database.url", "is not a PostgreSQL URL")
	}
	config.MaxConns = 16
	if options.MaxConns > 0 {
		// A migration needs two behind PgBouncer.
		config.MaxConns = int32(min(max(options.MaxConns, 2), 10_000))
	}
	prepareConnections(config.ConnConfig, options.Pooled)
	bound(config)
	unsure := new(atomic.Int64)
	config.ConnConfig.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		if unreplicated(n) {
			unsure.Add(1)
		}
	}
	config.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		keepTimes(conn.TypeMap())
		return nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open the pool: %w", err)
	}
	handle := stdlib.OpenDBFromPool(pool)
	handle.SetMaxIdleConns(0)
	db := &DB{Engine: Postgres, options: options, handles: []*sql.DB{handle}, pool: pool}
	db.Gorm, err = gorm.Open(postgresDialect{&postgres.Dialector{Config: &postgres.Config{Conn: steady{handle, options.Now, unsure}}}}, options.config())
	if err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("open gorm: %w", err)
	}
	db.Read = db.Gorm
	return db, options.watch(db.Gorm)
}

func prepareConnections(config *pgx.ConnConfig, pooled bool) {
	config.RuntimeParams["timezone"] = "UTC"
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "whoseline"
	}
	if !pooled {
		// PostgreSQL releases a gateway's locks when the network falls silent in the middle of a transaction.
		config.RuntimeParams["idle_in_transaction_session_timeout"] = "60000"
		return
	}
	// A statement prepared on one server connection does not exist on the next one.
	config.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
}

// keepTimes makes a connection's times come back in UTC and writes a zero time as NULL.
func keepTimes(types *pgtype.Map) {
	codec := timeCodec{&pgtype.TimestamptzCodec{ScanLocation: time.UTC}}
	element := &pgtype.Type{Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: codec}
	types.RegisterType(element)
	types.RegisterType(&pgtype.Type{
		Name: "_timestamptz", OID: pgtype.TimestamptzArrayOID, Codec: &pgtype.ArrayCodec{ElementType: element},
	})
}

type timeCodec struct{ *pgtype.TimestamptzCodec }

func (c timeCodec) PlanEncode(types *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	plan := c.TimestamptzCodec.PlanEncode(types, oid, format, value)
	if plan == nil {
		return nil
	}
	return zeroIsNull{plan}
}

type zeroIsNull struct{ plan pgtype.EncodePlan }

func (z zeroIsNull) Encode(value any, buf []byte) ([]byte, error) {
	if valuer, ok := value.(pgtype.TimestamptzValuer); ok {
		at, err := valuer.TimestamptzValue()
		if err == nil && at.InfinityModifier == pgtype.Finite && at.Time.IsZero() {
			return nil, nil
		}
	}
	return z.plan.Encode(value, buf)
}
