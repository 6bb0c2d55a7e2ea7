package access

import (
	"context"

	"gorm.io/gorm"

	"whoseline/models"
	"whoseline/settings"
)

// Businesses keeps the tenants and what they pay.
type Businesses struct {
	keys *Keys
}

// NewBusinesses shares the database and the memory of keys. A change to a business therefore reaches its callers.
func NewBusinesses(keys *Keys) *Businesses { return &Businesses{keys: keys} }

// NewBusiness asks for a business. ID may be chosen (1 to 64 letters, digits, - and _) or left to us.
type NewBusiness struct {
	ID       string
	ParentID string // an existing business, or empty
	Name     string // 1 to 200 characters
	Settings settings.Choices
}

// BusinessCreated is what the audit trail of a business begins with.
const BusinessCreated = "business.created"

// Create makes a business with an empty wallet in naira. A taken id is a Conflict, an unknown parent NotFound.
func (b *Businesses) Create(ctx context.Context, n NewBusiness) (Business, error) {
	made := Business{
		ID: n.ID, ParentID: n.ParentID, Name: n.Name, Settings: n.Settings, CreatedAt: b.keys.now(),
	}
	if made.ID == "" {
		made.ID = b.keys.world.NewID()
	}
	if err := checkBusiness(made); err != nil {
		return Business{}, err
	}
	err := b.keys.change(ctx, "create business", func(tx *gorm.DB) error {
		if made.ParentID != "" {
			if _, err := parentByID(tx, made.ParentID); err != nil {
				return err
			}
		}
		if err := insertBusiness(tx, made); err != nil {
			return err
		}
		if err := b.keys.begin(tx, made.ID); err != nil {
			return err
		}
		return b.keys.noteBusiness(tx, BusinessCreated, made)
	})
	if err != nil {
		return Business{}, err
	}
	return made, nil
}

func checkBusiness(b Business) error {
	if err := models.CheckID(b.ID); err != nil {
		return err
	}
	if b.ID == OperatorTrail {
		return models.BadField("id", "the id _operator is taken")
	}
	if err := models.CheckName("name", b.Name); err != nil {
		return err
	}
	return settings.Check(b.Settings)
}

// Get gives one business, or NotFound.
func (b *Businesses) Get(ctx context.Context, id string) (Business, error) {
	found, err := b.keys.store.business(ctx, id)
	if err != nil {
		return Business{}, models.FaultIn("read business", err)
	}
	return found, nil
}

// List gives a page of all businesses and the id to go on after, which is empty on the last page.
func (b *Businesses) List(ctx context.Context, p models.Page) (list []Business, next string, err error) {
	list, more, err := b.keys.store.businesses(ctx, p)
	if err != nil {
		return nil, "", models.FaultIn("list businesses", err)
	}
	if more {
		next = list[len(list)-1].ID
	}
	return list, next, nil
}

// SetSettings replaces a business's settings.
func (b *Businesses) SetSettings(ctx context.Context, id string, s settings.Choices) error {
	if err := settings.Check(s); err != nil {
		return err
	}
	return b.keys.change(ctx, "set settings", func(tx *gorm.DB) error {
		changed, err := businessByID(tx, id)
		if err != nil {
			return err
		}
		if err := updateSettings(tx, id, s); err != nil {
			return err
		}
		changed.Settings = s
		return b.keys.noteBusiness(tx, "business.settings_changed", changed)
	})
}
