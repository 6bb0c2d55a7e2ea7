// Package config answers: what has the operator set?
//
// There is one struct. It starts from the defaults, a TOML file changes it, and environment variables named
// WHOSELINE_SECTION__KEY change it last. A key that the struct does not have is refused, so that a slip of the pen
// cannot pass for a setting.
package config

import "time"

// Config is everything that an operator can set. Each section belongs to the room that reads it.
type Config struct {
	HTTP        HTTP        `koanf:"http"`
	Ops         Ops         `koanf:"ops"`
	Database    Database    `koanf:"database"`
	Security    Security    `koanf:"security"`
	Providers   Providers   `koanf:"providers"`
	Channels    Channels    `koanf:"channels"`
	Routing     Routing     `koanf:"routing"`
	Billing     Billing     `koanf:"billing"`
	Limits      Limits      `koanf:"limits"`
	Batches     Batches     `koanf:"batches"`
	Payments    Payments    `koanf:"payments"`
	Idempotency Idempotency `koanf:"idempotency"`
	Webhooks    Webhooks    `koanf:"webhooks"`
	Faces       Faces       `koanf:"faces"`
	Possession  Possession  `koanf:"possession"`
	Console     Console     `koanf:"console"`
	Privacy     Privacy     `koanf:"privacy"`
	Tracing     Tracing     `koanf:"tracing"`
	Log         Log         `koanf:"log"`
}

// HTTP is the listener that callers reach.
type HTTP struct {
	Addr           string        `koanf:"addr" validate:"address"`
	BodyLimit      int           `koanf:"body_limit" validate:"min=1024,max=67108864"` // bytes
	HeaderTimeout  time.Duration `koanf:"header_timeout" validate:"gt=0,max=1h"`
	ReadTimeout    time.Duration `koanf:"read_timeout" validate:"gt=0,max=1h"` // of a body
	WriteTimeout   time.Duration `koanf:"write_timeout" validate:"gt=0,max=1h"`
	IdleTimeout    time.Duration `koanf:"idle_timeout" validate:"gt=0,max=1h"`
	Drain          time.Duration `koanf:"drain" validate:"min=0,max=1h"` // not ready, but serving, before it stops
	ShutdownGrace  time.Duration `koanf:"shutdown_grace" validate:"min=0,max=1h"`
	TrustedProxies []string      `koanf:"trusted_proxies" validate:"dive,cidr"` // whose forwarding headers are believed
	Docs           bool          `koanf:"docs"`                                 // serve the OpenAPI page

	// What may be under way at once.
	MaxConnections           int `koanf:"max_connections" validate:"min=16,max=1048576"`
	MaxConnectionsPerAddress int `koanf:"max_connections_per_address" validate:"min=1,max=1048576"`
	MaxRequests              int `koanf:"max_requests" validate:"min=1,max=1048576"`
	MaxBodyBytes             int `koanf:"max_body_bytes" validate:"min=1048576,max=17179869184"` // of all bodies together
}

// Ops is the listener for metrics, health and profiles.
type Ops struct {
	Addr  string   `koanf:"addr" validate:"address"`
	Hosts []string `koanf:"hosts" validate:"max=32"` // names with a dot by which it may be asked
}

// Database is where everything is kept.
type Database struct {
	URL      string `koanf:"url" validate:"database"` // postgres://… or sqlite:path
	MaxConns int    `koanf:"max_conns" validate:"min=2,max=1000"`
	Pooled   bool   `koanf:"pooled"`  // a pooler such as PgBouncer in transaction mode stands between
	Migrate  bool   `koanf:"migrate"` // bring the schema up to date at start
}

// Security holds the master key, under which every other key is sealed. Config.Master reads it.
type Security struct {
	MasterKey     Secret   `koanf:"master_key"`
	MasterKeyFile string   `koanf:"master_key_file"`
	PreviousKeys  []Secret `koanf:"previous_keys" validate:"max=16"` // retired master keys that still open old seals
}

// Providers says which sources answer and how long each may take.
type Providers struct {
	Live           []string      `koanf:"live" validate:"min=1,max=32,unique,dive,source"` // asked in this order
	AttemptTimeout time.Duration `koanf:"attempt_timeout" validate:"min=10ms,max=5m"`
	TotalTimeout   time.Duration `koanf:"total_timeout" validate:"min=10ms,max=5m"`
	MaxAttempts    int           `koanf:"max_attempts" validate:"min=1,max=32"`
	MaxInflight    int           `koanf:"max_inflight" validate:"min=1,max=65536"` // calls at once per source
	BulkheadWait   time.Duration `koanf:"bulkhead_wait" validate:"min=0,max=1m"`   // for a free place among them
	SandboxDelay   time.Duration `koanf:"sandbox_delay" validate:"min=0,max=1m"`   // how slow the sandbox source is, to try patience
	Definitions    string        `koanf:"definitions"`                             // a folder of definition files beside those built in

	// Vendor holds the operator's accounts, by the vendor's name in the definition files.
	Vendor map[string]Vendor `koanf:"vendor" validate:"max=64,dive,keys,source,endkeys"`
}

// Vendor is the operator's account with one vendor. A definition says which of these it needs.
type Vendor struct {
	Base           string `koanf:"base" validate:"omitempty,base"` // empty = the vendor's live system, "sandbox" = its own sandbox
	Secret         Secret `koanf:"secret"`                         // API key or client secret
	AppID          string `koanf:"app_id"`
	ClientID       string `koanf:"client_id"`
	PartnerID      string `koanf:"partner_id"`
	PrivateKeyFile string `koanf:"private_key_file"` // PEM, for private_key_jwt
	KeyID          string `koanf:"key_id"`           // under which the vendor knows that key
	TokenURL       string `koanf:"token_url" validate:"omitempty,endpoint"`
	WebhookSecret  Secret `koanf:"webhook_secret"` // signs what the vendor sends us; empty = Secret
	WebhookHash    string `koanf:"webhook_hash" validate:"omitempty,oneof=sha256 sha512"`
	CallbackURL    string `koanf:"callback_url" validate:"omitempty,endpoint"` // told to vendors that ask where to call back

	Cost         int64 `koanf:"cost" validate:"min=0"`          // kobo that an answer costs by contract; 0 = as the definition says
	CostAdvanced int64 `koanf:"cost_advanced" validate:"min=0"` // of the full record; 0 = as the definition says
	BalanceAlert int64 `koanf:"balance_alert" validate:"min=0"` // minor units; 0 = routing.balance_alert
	BalanceFloor int64 `koanf:"balance_floor" validate:"min=0"` // minor units; 0 = routing.balance_floor
}

// Billing holds the prices in kobo and the till's bounds. A price of Same follows another one.
type Billing struct {
	Price                 int64         `koanf:"price" validate:"min=0,max=1000000000000"`
	PriceNotFound         int64         `koanf:"price_not_found" validate:"min=-1,max=1000000000000"`
	PriceAdvanced         int64         `koanf:"price_advanced" validate:"min=-1,max=1000000000000"`
	PriceAdvancedNotFound int64         `koanf:"price_advanced_not_found" validate:"min=-1,max=1000000000000"`
	ApprovalAbove         int64         `koanf:"approval_above" validate:"min=0"`                  // kobo; a correction above waits for a second operator; 0 = none does
	PriceMessage          int64         `koanf:"price_message" validate:"min=0,max=1000000000000"` // of a code that a channel took
	HoldLease             time.Duration `koanf:"hold_lease" validate:"min=1s,max=24h"`             // a hold or a claim older than this was left by a crash
	SweepEvery            time.Duration `koanf:"sweep_every" validate:"min=100ms,max=1h"`
	QueueMax              int           `koanf:"queue_max" validate:"min=1,max=1048576"` // waiting operations; more are refused
}

// Same as a price stands for "the same as the price that this one follows".
const Same = -1

// Limits protect the gateway from its callers.
type Limits struct {
	PerKey      int `koanf:"per_key" validate:"min=0,max=1000000"`      // requests per second; 0 = none
	UnknownKeys int `koanf:"unknown_keys" validate:"min=0,max=1000000"` // keys that nobody has, per second and address; 0 = none
	Upstream    int `koanf:"upstream" validate:"min=1,max=1000000"`     // messages per second that one address may bring to /upstream
}

// Idempotency says how long an answer can be had again under the same idempotency key.
type Idempotency struct {
	Keep time.Duration `koanf:"keep" validate:"min=1m,max=720h"`
}

// Batches bounds the work on files of numbers, so that it leaves room for callers.
type Batches struct {
	Rate    int           `koanf:"rate" validate:"min=1,max=10000"`   // rows a second that a gateway asks
	Abreast int           `koanf:"abreast" validate:"min=1,max=1000"` // rows that it asks at the same time
	Keep    time.Duration `koanf:"keep" validate:"min=1h,max=8760h"`  // how long rows are kept after a batch has ended
}

// Payments says with which vendor businesses pay into their wallets.
type Payments struct {
	Vendor   string        `koanf:"vendor" validate:"omitempty,oneof=paystack flutterwave monnify"` // empty = with none
	Base     string        `koanf:"base" validate:"omitempty,endpoint"`                             // empty = its live system
	Key      string        `koanf:"key"`                                                            // Monnify's API key
	Secret   Secret        `koanf:"secret"`
	Word     Secret        `koanf:"word"`     // Flutterwave's secret hash
	Contract string        `koanf:"contract"` // Monnify's contract code
	Expires  time.Duration `koanf:"expires" validate:"min=5m,max=720h"`
	Least    int64         `koanf:"least" validate:"min=1"`         // kobo
	Most     int64         `koanf:"most" validate:"gtefield=Least"` // kobo
}

// Webhooks says where businesses may be told of events.
type Webhooks struct {
	AllowLoopback bool `koanf:"allow_loopback"` // endpoints on this machine too, for trying things out
}

// Tracing says who is told what requests waited for.
type Tracing struct {
	Collector string `koanf:"collector" validate:"omitempty,http_url"` // that speaks OTLP over HTTP; empty = nobody
	Percent   int    `koanf:"percent" validate:"min=1,max=100"`        // of the traces
}

// Log says what is written to standard error.
type Log struct {
	Level    string `koanf:"level" validate:"oneof=debug info warn error"`
	Requests string `koanf:"requests" validate:"oneof=none errors all"` // which requests leave a line
}

// Default is the configuration of an operator who has set nothing.
func Default() Config {
	return Config{
		HTTP: HTTP{
			Addr:          "127.0.0.1:8080",
			BodyLimit:     4 << 20,
			HeaderTimeout: 10 * time.Second,
			ReadTimeout:   30 * time.Second,
			WriteTimeout:  60 * time.Second,
			IdleTimeout:   120 * time.Second,
			Drain:         5 * time.Second,
			ShutdownGrace: 20 * time.Second,
			Docs:          true,

			MaxConnections: 8192, MaxConnectionsPerAddress: 1024, MaxRequests: 2048, MaxBodyBytes: 64 << 20,
		},
		Ops:      Ops{Addr: "127.0.0.1:9464"},
		Database: Database{URL: "sqlite:whoseline.db", MaxConns: 10, Migrate: true},
		Providers: Providers{
			Live:           []string{"directory"},
			AttemptTimeout: 4 * time.Second,
			TotalTimeout:   12 * time.Second,
			MaxAttempts:    3,
			MaxInflight:    64,
			BulkheadWait:   50 * time.Millisecond,
		},
		Channels: defaultChannels(),
		Routing:  defaultRouting(),
		Billing: Billing{
			Price: 5000, PriceNotFound: Same, PriceAdvanced: Same, PriceAdvancedNotFound: Same,
			HoldLease: time.Minute, SweepEvery: 15 * time.Second, QueueMax: 4096,
		},
		Batches:     Batches{Rate: 100, Abreast: 8, Keep: 30 * 24 * time.Hour},
		Payments:    Payments{Expires: 24 * time.Hour, Least: 10_000, Most: 1_000_000_000},
		Limits:      Limits{UnknownKeys: 20, Upstream: 50},
		Idempotency: Idempotency{Keep: 24 * time.Hour},
		Faces:       defaultFaces(),
		Possession:  defaultPossession(),
		Console:     defaultConsole(),
		Tracing:     Tracing{Percent: 100},
		Log:         Log{Level: "info", Requests: "errors"},
	}
}
