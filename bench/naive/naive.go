// Package naive is the design that the till is measured against: a paid lookup as it is usually written in Fiber and
// GORM, with a transaction to debit and a transaction to settle per request.
//
// It does the work of the real thing (one wallet change, one lookup inserted and updated, two ledger rows, durable
// before the answer; request and answer of the same size) and spares itself the rest: no sealing, no consent
// evidence, no breaker, no metrics, and keys in memory.
package naive

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-playground/validator/v10"
	"github.com/gofiber/fiber/v2"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// Path is where a lookup is asked for; SlowPath asks a source that takes SourceDelay.
const (
	Path     = "/v2/api/identity/ng/phone"
	SlowPath = "/slow/ng/phone"
)

// SourceDelay is how long the source behind SlowPath takes.
const SourceDelay = 50 * time.Millisecond

// poolSize is how many database connections the server opens, a usual setting.
const poolSize = 64

// Token is the API key of the n-th wallet, counted from 1.
func Token(n int) string { return fmt.Sprintf("sk_live_%024d", n) }

// Serve answers lookups on addr until ctx ends. The tables of the reference schema must be there, with a row for
// each of the given number of wallets. Sink is the URL that messages go to.
func Serve(ctx context.Context, addr, databaseURL, sink string, wallets int) error {
	db, err := gorm.Open(postgres.Open(databaseURL), &gorm.Config{Logger: logger.Discard})
	if err != nil {
		return fmt.Errorf("naive: open database: %w", err)
	}
	pool, err := db.DB()
	if err != nil {
		return fmt.Errorf("naive: database pool: %w", err)
	}
	defer func() { _ = pool.Close() }()
	pool.SetMaxOpenConns(poolSize)
	pool.SetMaxIdleConns(poolSize)

	h := &handler{
		db: db, check: validator.New(), keys: make(map[string]int64, wallets), sink: sink,
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: poolSize}},
	}
	for n := 1; n <= wallets; n++ {
		h.keys[Token(n)] = int64(n)
	}
	server := fiber.New(fiber.Config{DisableStartupMessage: true})
	server.Post(Path, h.phone(0))
	server.Post(SlowPath, h.phone(SourceDelay))
	server.Post(SendPath, h.sendCode)
	server.Post(VerifyPath, h.verifyCode)
	stopped := context.AfterFunc(ctx, func() { _ = server.ShutdownWithTimeout(time.Second) })
	defer stopped()
	return server.Listen(addr)
}

type handler struct {
	db     *gorm.DB
	check  *validator.Validate
	keys   map[string]int64
	sink   string
	client *http.Client
}

type request struct {
	Mobile   string         `json:"mobile" validate:"required,min=10,max=20"`
	Consent  *bool          `json:"isSubjectConsent" validate:"required"`
	Metadata map[string]any `json:"metadata"`
}

// phone is the handler; its source takes the given time.
func (h *handler) phone(delay time.Duration) fiber.Handler {
	return func(c *fiber.Ctx) error {
		wallet, ok := h.keys[c.Get("token")]
		if !ok {
			return c.Status(fiber.StatusForbidden).JSON(fiber.Map{"success": false, "message": "Permission denied"})
		}
		var body request
		if err := c.BodyParser(&body); err != nil {
			return c.Status(fiber.StatusBadRequest).JSON(fiber.Map{"success": false, "message": err.Error()})
		}
		if err := h.check.Struct(body); err != nil {
			return c.Status(fiber.StatusBadRequest).JSON(fiber.Map{"success": false, "message": err.Error()})
		}
		row, err := h.debit(wallet, body)
		if errors.Is(err, errPoor) {
			return c.Status(fiber.StatusPaymentRequired).JSON(fiber.Map{"success": false, "message": "Insufficient fund"})
		}
		if err != nil {
			return err
		}
		time.Sleep(delay)
		if err := h.settle(row); err != nil {
			return err
		}
		return c.JSON(envelope(row, body))
	}
}
