package access

import (
	"context"
	"time"

	"gorm.io/gorm"

	"whoseline/audit"
	"whoseline/billing"
	"whoseline/models"
)

// NewKey asks for a key.
type NewKey struct {
	BusinessID  string
	Name        string // at most 200 characters
	Sandbox     bool
	Requester   *models.Requester // nil: "API User" under the key's id
	Rate        int               // requests per second; 0 = the configured default
	AllowedIPs  []string          // address blocks or addresses; none = any
	Scopes      []Scope           // what it may do; none = everything
	Purposes    []string          // the only ones that it may look up for; none = all
	VerdictOnly bool              // its answers name nobody
	ExpiresAt   time.Time         // zero = never
	Caps        []billing.Cap     // what it may spend; its owner is filled in
	Token       string            // a token made elsewhere, 16 to 200 visible ASCII characters; empty: we make one
}

// Create makes a key and gives its token, which is kept nowhere: show it once. An unknown business is NotFound, a
// token that is in use a Conflict.
func (k *Keys) Create(ctx context.Context, n NewKey) (key models.Key, token string, err error) {
	if token = n.Token; token == "" {
		token = mint(n.Sandbox)
	}
	id := k.world.NewID()
	if key, err = newKey(n, id, token, k.now()); err != nil {
		return models.Key{}, "", err
	}
	caps, err := capsOfKey(key, n.Caps)
	if err != nil {
		return models.Key{}, "", err
	}
	err = k.change(ctx, "create key", func(tx *gorm.DB) error {
		business, err := businessByID(tx, n.BusinessID)
		if err != nil {
			return err
		}
		if err := insertKey(tx, key); err != nil {
			return err
		}
		for _, c := range caps {
			if err := k.setCap(tx, business, c); err != nil {
				return err
			}
		}
		return k.trail.NoteWith(tx, audit.Event{
			BusinessID: key.BusinessID, Action: "key.created", Target: id, Detail: audit.Details(map[string]any{"sandbox": key.Sandbox}),
			Rows: []audit.Row{keyRow(key)},
		})
	})
	if err != nil {
		return models.Key{}, "", err
	}
	return key, token, nil
}

// Find gives one key of a business. Another business's key is NotFound, like one that never was.
func (k *Keys) Find(ctx context.Context, businessID, id string) (models.Key, error) {
	found, err := k.store.key(ctx, businessID, id)
	if err != nil {
		return models.Key{}, models.FaultIn("read key", err)
	}
	return found, nil
}

// List gives a page of a business's keys, dead ones included, and the id to go on after, which is empty on the last
// page.
func (k *Keys) List(ctx context.Context, businessID string, p models.Page) (list []models.Key, next string, err error) {
	list, more, err := k.store.keysOf(ctx, businessID, p)
	if err != nil {
		return nil, "", models.FaultIn("list keys", err)
	}
	if more {
		next = list[len(list)-1].ID
	}
	return list, next, nil
}

// Revoke closes the door to a key, here at once and in other processes within a second or so. Revoking again changes
// nothing. It takes any business's key: ask Find first on behalf of a business.
func (k *Keys) Revoke(ctx context.Context, id string) error {
	return k.change(ctx, "revoke key", func(tx *gorm.DB) error {
		key, err := keyByID(tx, id)
		if err != nil || !key.RevokedAt.IsZero() {
			return err
		}
		key.RevokedAt = k.now()
		if err := setKeyTime(tx, id, "revoked_at", key.RevokedAt); err != nil {
			return err
		}
		return k.trail.NoteWith(tx, audit.Event{BusinessID: key.BusinessID, Action: "key.revoked", Target: id, Rows: []audit.Row{keyRow(key)}})
	})
}

// Rotate makes a key's successor and gives its token. The old token still works for the overlap, at most 90 days.
// Conflict means that the key is dead or has a successor. It takes any business's key, as Revoke does.
func (k *Keys) Rotate(ctx context.Context, id string, overlap time.Duration) (next models.Key, token string, err error) {
	if overlap < 0 || overlap > maxOverlap {
		return models.Key{}, "", models.BadField("overlap", "overlap must be 0 to 90 days")
	}
	now := k.now()
	err = k.change(ctx, "rotate key", func(tx *gorm.DB) error {
		old, err := lockKey(tx, id)
		if err != nil {
			return err
		}
		if err := rotatable(old, now); err != nil {
			return err
		}
		token = mint(old.Sandbox)
		next = successor(old, k.world.NewID(), token, now)
		old.ExpiresAt = now.Add(overlap.Truncate(time.Microsecond))
		if err := setKeyTime(tx, id, "expires_at", old.ExpiresAt); err != nil {
			return err
		}
		if err := insertKey(tx, next); err != nil {
			return err
		}
		caps, err := billing.InheritCaps(tx, old.BusinessID, old.ID, next.ID)
		if err != nil {
			return err
		}
		rows := []audit.Row{keyRow(old), keyRow(next)}
		for _, c := range caps {
			rows = append(rows, capRow(c))
		}
		return k.trail.NoteWith(tx, audit.Event{
			BusinessID: old.BusinessID, Action: "key.rotated", Target: id,
			Detail: audit.Details(map[string]any{"successor": next.ID, "overlapSeconds": int64(overlap.Seconds())}),
			Rows:   rows,
		})
	})
	if err != nil {
		return models.Key{}, "", err
	}
	return next, token, nil
}
