//go:build linux

package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"

	"whoseline/access"
	"whoseline/app"
	"whoseline/billing"
	"whoseline/models"
	"whoseline/storage"
)

// funds is what each wallet starts with, in kobo: more than a benchmark can spend.
const funds = 1_000_000_000_000

// seed gives each of n businesses a live key and money, and returns their tokens. It goes through the gateway's own
// rooms rather than its commands, as a thousand starts of a program would take a minute.
func (g *gateway) seed(ctx context.Context, n int) (tokens []string, err error) {
	db, err := storage.Open(ctx, storage.Options{URL: g.url})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	world, log := models.RealWorld(), slog.New(slog.DiscardHandler)
	master, err := base64.StdEncoding.DecodeString(g.master)
	if err != nil {
		return nil, fmt.Errorf("read the master key: %w", err)
	}
	keyring, err := storage.OpenKeyring(ctx, db.Gorm, master, nil, world.Now)
	if err != nil {
		return nil, err
	}
	keys := access.NewKeys(access.Options{DB: db.Gorm, World: world, Begin: app.Begin(keyring), Log: log})
	businesses := access.NewBusinesses(keys)
	till := billing.Open(billing.Options{DB: db.Gorm, Read: db.Read, World: world, BatchMax: 1, QueueMax: 1, Keys: keyring, Log: log})
	defer till.Close()
	for i := range n {
		business, err := businesses.Create(ctx, access.NewBusiness{Name: fmt.Sprintf("Business %d", i+1)})
		if err != nil {
			return nil, fmt.Errorf("make a business: %w", err)
		}
		_, token, err := keys.Create(ctx, access.NewKey{BusinessID: business.ID, Name: "bench"})
		if err != nil {
			return nil, fmt.Errorf("make a key: %w", err)
		}
		if _, err := till.TopUp(ctx, business.ID, "bench", funds); err != nil {
			return nil, fmt.Errorf("fill a wallet: %w", err)
		}
		tokens = append(tokens, token)
	}
	return tokens, nil
}
