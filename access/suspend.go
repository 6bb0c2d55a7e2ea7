package access

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// Suspend has a business's callers refused: its keys with NotPermitted, its clients of dialects as if they were none. Here it is felt at once,
// in other gateways within a second or so. What is under way ends as it would. A suspended business keeps its first reason.
func (b *Businesses) Suspend(ctx context.Context, id, reason string) error {
	if err := models.CheckName("reason", reason); err != nil {
		return err
	}
	return b.setSuspended(ctx, id, b.keys.now(), reason)
}

// Resume has a suspended business's callers served again.
func (b *Businesses) Resume(ctx context.Context, id string) error {
	return b.setSuspended(ctx, id, time.Time{}, "")
}

func (b *Businesses) setSuspended(ctx context.Context, id string, at time.Time, reason string) error {
	return b.keys.change(ctx, "suspend or resume a business", func(tx *gorm.DB) error {
		found, err := businessByID(tx, id)
		if err != nil || found.Suspended() == !at.IsZero() {
			return err
		}
		found.SuspendedAt, found.SuspendedFor = at, reason
		if err := updateSuspended(tx, found); err != nil {
			return err
		}
		action := "business.resumed"
		if found.Suspended() {
			action = "business.suspended"
		}
		return b.keys.noteBusiness(tx, action, found)
	})
}

// Search gives a page of the businesses whose name or id has a text in it, as List does.
func (b *Businesses) Search(ctx context.Context, text string, p models.Page) (list []Business, next string, err error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return b.List(ctx, p)
	}
	if err := models.CheckName("search", text); err != nil {
		return nil, "", err
	}
	list, more, err := b.keys.store.businessesLike(ctx, text, p)
	if err != nil {
		return nil, "", models.FaultIn("search businesses", err)
	}
	if more {
		next = list[len(list)-1].ID
	}
	return list, next, nil
}
