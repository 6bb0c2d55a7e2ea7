// Package app answers: how is the gateway put together, and what does it do beside answering? Nothing else builds anything.
package app

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"
	"gorm.io/gorm"

	"whoseline/access"
	"whoseline/audit"
	"whoseline/batches"
	"whoseline/billing"
	"whoseline/config"
	"whoseline/handlers/edge"
	"whoseline/lookup"
	"whoseline/models"
	"whoseline/payments"
	"whoseline/possession"
	"whoseline/providers"
	"whoseline/providers/channel"
	"whoseline/providers/directory"
	"whoseline/providers/vendor"
	"whoseline/settings"
	"whoseline/staff"
	"whoseline/storage"
	"whoseline/traces"
	"whoseline/webhooks"
)

// Options is what a gateway is made of. Tests script the world.
type Options struct {
	Config    config.Config
	World     models.World  // zero = the machine's clock and chance
	RequestID func() string // nil = ids of the world
	NewCode   func() string // six digits; nil = codes that nobody can foresee
	Log       *slog.Logger

	Machine func() time.Time       // the machine's clock, which the database's corrects unless there is a World; nil = time.Now
	Undated func(statement string) // see storage.Options

	Far     http.RoundTripper                  // what vendors, channels and receivers are reached over; nil = the network
	Between func(handle *sql.DB) gorm.ConnPool // see storage.Options
	Catalog *vendor.Catalog                    // definitions that were read already; nil = as the configuration says
	Lived   func(state, event string)          // see lookup.Options
}

// App is a whole gateway: what commands call, and the two sides that it serves. Close it.
type App struct {
	Config     config.Config
	World      models.World
	Operator   settings.Operator // what holds for businesses that have chosen nothing else
	HTTP       *fiber.App
	HTTP2      http.Handler
	Bounds     *edge.Bounds
	Ops        http.Handler
	DB         *storage.DB
	Keyring    *storage.Keyring
	Keys       *access.Keys
	Businesses *access.Businesses
	Partners   *access.Partners
	Issuers    *access.Issuers
	Subjects   *access.Subjects
	Users      *staff.Users
	Operators  *staff.Users // the operator's own people, of access.OperatorTrail
	Trail      *audit.Trail
	Till       *billing.Till
	Lookups    *lookup.Service
	Possession *possession.Service
	TestInbox  possession.TestInbox
	Channels   *channel.Router
	Webhooks   *webhooks.Service
	Batches    *batches.Service
	Payments   *payments.Service
	Directory  *directory.Directory
	Live       *providers.Router
	Later      *vendor.Later

	clock     *clock // nil: the world is scripted
	options   Options
	catalog   *vendor.Catalog // the definitions in force
	log       *slog.Logger
	registry  *prometheus.Registry
	metrics   *providers.Metrics
	traces    *traces.Tracer // nil: nobody wants them
	pipelines []*storage.Pipeline
	published *publishedKeys
	draining  atomic.Bool
	work      sync.WaitGroup // what runs beside the requests
	stop      context.CancelFunc
}

// New opens the database, brings it up to date if the configuration says so, and builds everything. Nothing listens and
// nothing runs in the background yet: see Run.
func New(ctx context.Context, o Options) (a *App, err error) {
	a = &App{Config: o.Config, Operator: operatorSettings(o.Config), log: o.Log, options: o, registry: prometheus.NewRegistry()}
	if o.World.Now == nil {
		a.clock = newClock(o.Machine)
		o.World = models.WorldBy(a.clock.now)
	}
	a.World = o.World
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if err := a.open(ctx, o); err != nil {
		return a, err
	}
	if a.traces, err = openTraces(ctx, o); err != nil {
		return a, err
	}
	if err := a.build(ctx); err != nil {
		return a, err
	}
	if err := a.buildPossession(o); err != nil {
		return a, err
	}
	a.Lookups.ConfirmBy(confirmer{a.Possession})
	return a, a.buildEdge(o)
}

// open readies the database and the keys that seal what is in it.
func (a *App) open(ctx context.Context, o Options) (err error) {
	if a.DB, err = OpenDatabase(ctx, o); err != nil {
		return err
	}
	if a.Config.Database.Migrate {
		if _, err := a.DB.Migrate(ctx); err != nil {
			return fmt.Errorf("bring the database up to date: %w", err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, openWithin) // migrations have taken what they need
	defer cancel()
	if err := a.clock.follow(ctx, a.DB); err != nil {
		return fmt.Errorf("read the database's clock: %w", err)
	}
	if current, err := a.DB.Current(ctx); err != nil || !current {
		return errors.Join(err, errors.New("the database is not up to date: run `whoseline migrate`"))
	}
	a.Keyring, err = OpenKeyring(ctx, a.Config, a.DB, a.World)
	return err
}

// openWithin bounds the opening of a database.
const openWithin = time.Minute

// OpenDatabase opens the database that a configuration names, as it is: it may have to be brought up to date.
func OpenDatabase(ctx context.Context, o Options) (*storage.DB, error) {
	ctx, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	c := o.Config.Database
	return storage.Open(ctx, storage.Options{
		URL: c.URL, MaxConns: c.MaxConns, Pooled: c.Pooled, Now: o.World.Now, Log: o.Log, Undated: o.Undated,
		Between: o.Between,
	})
}

// OpenKeyring reads the keys under which personal data is sealed, and makes the first ones where there are none.
func OpenKeyring(ctx context.Context, c config.Config, db *storage.DB, world models.World) (*storage.Keyring, error) {
	master, err := c.Master()
	if err != nil {
		return nil, err
	}
	previous, err := c.Previous()
	if err != nil {
		return nil, err
	}
	return storage.OpenKeyring(ctx, db.Gorm, master, previous, world.Now)
}

// committers is how many of the till's committers share the wallets on PostgreSQL.
const committers = 2

// tillBatch is how many operations one commit carries. More only lets the first ones wait longer.
const tillBatch = 256

// build makes the rooms.
func (a *App) build(ctx context.Context) error {
	c := a.Config
	a.Trail = audit.New(a.DB.Gorm, a.DB.Read, a.World, a.Keyring)
	a.Keys = access.NewKeys(access.Options{
		DB: a.DB.Gorm, Read: a.DB.Read, World: a.World, DefaultRate: c.Limits.PerKey, Settings: a.Operator, Trail: a.Trail, Log: a.log,
		Begin: Begin(a.Keyring),
		Answers: func(ctx context.Context, businessID string, since time.Time) (billing.Volume, error) {
			return a.Lookups.Answers(ctx, businessID, since)
		},
		Price: billing.PriceDefaults{
			Found: c.Billing.Price, NotFound: c.Billing.PriceNotFound,
			Advanced: c.Billing.PriceAdvanced, AdvancedNotFound: c.Billing.PriceAdvancedNotFound, Message: c.Billing.PriceMessage,
		},
	})
	a.Businesses = access.NewBusinesses(a.Keys)
	a.buildSubjects()
	a.buildStaff()
	a.Webhooks = webhooks.New(webhooks.Options{
		DB: a.DB.Gorm, Read: a.DB.Read, Vault: a.Keyring, World: a.World, AllowLoopback: c.Webhooks.AllowLoopback, Traces: a.traces, Log: a.log,
		Far: a.options.Far,
	})
	if err := a.buildTill(ctx); err != nil {
		return err
	}
	sandbox, err := a.sources()
	if err != nil {
		return err
	}
	a.Lookups = lookup.New(lookup.Options{
		DB: a.DB.Gorm, Read: a.DB.Read, Till: a.Till, Vault: a.Keyring, World: a.World, Live: a.Live, Sandbox: sandbox,
		Lease: c.Billing.HoldLease, KeyLife: c.Idempotency.Keep, Witness: witness{a}, Traces: a.traces, Log: a.log, Lived: a.options.Lived,
		Outage: lookup.Outage{Webhooks: a.Webhooks, Payload: a.completed, Promises: a.Later},
	})
	a.buildBatches()
	if err := a.buildPayments(); err != nil {
		return err
	}
	return a.beginChains(ctx)
}

// buildTill opens the till, with its own connections on PostgreSQL.
func (a *App) buildTill(ctx context.Context) error {
	c := a.Config
	till := billing.Options{
		DB: a.DB.Gorm, Read: a.DB.Read, World: a.World, BatchMax: tillBatch, QueueMax: c.Billing.QueueMax, Keys: a.Keyring, Vault: a.Keyring, Log: a.log,
		Outbox: billing.Outbox{
			Statement: webhooks.EnqueueStatement, Columns: webhooks.EnqueueColumns, Write: webhooks.Enqueue,
		},
	}
	for range committers {
		if a.DB.Engine != storage.Postgres {
			break
		}
		p, err := a.DB.Pipeline(ctx)
		if err != nil {
			return fmt.Errorf("open the till's connection: %w", err)
		}
		a.pipelines = append(a.pipelines, p)
		till.Pipelines = append(till.Pipelines, p)
	}
	a.Till = billing.Open(till)
	return nil
}

// Close finishes what is under way and lets go of everything, in the order in which one thing needs the other.
func (a *App) Close() error {
	if a.stop != nil {
		a.stop()
	}
	a.work.Wait()
	if a.Possession != nil {
		a.Possession.Close()
	}
	if a.Users != nil {
		a.Users.Close()
		a.Operators.Close()
	}
	if a.Till != nil {
		a.Till.Close()
	}
	var errs []error
	if a.Live != nil {
		errs = append(errs, a.Live.Close())
	}
	if a.published != nil {
		a.published.over.CloseIdleConnections()
	}
	if a.Channels != nil {
		errs = append(errs, a.Channels.Close())
	}
	for _, p := range a.pipelines {
		errs = append(errs, p.Close())
	}
	if a.DB != nil {
		errs = append(errs, a.DB.Close())
	}
	a.closeTraces()
	return errors.Join(errs...)
}
