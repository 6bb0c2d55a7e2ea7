package access

import (
	"context"

	"gorm.io/gorm"

	"whoseline/audit"
	"whoseline/billing"
	"whoseline/models"
)

// SetCap sets, changes or (without bounds) takes away what a business or a key of it may spend in a period. Gateways that know the
// business hear of its first cap within a second or so. Errors: models.Invalid, NotFound.
func (b *Businesses) SetCap(ctx context.Context, c billing.Cap) error {
	if err := billing.CheckCap(c); err != nil {
		return err
	}
	return b.keys.change(ctx, "set a cap", func(tx *gorm.DB) error {
		business, err := businessByID(tx, c.BusinessID)
		if err != nil {
			return err
		}
		if c.Owner != "" {
			if _, err := ownKey(tx, c.BusinessID, c.Owner); err != nil {
				return err
			}
		}
		return b.keys.setCap(tx, business, c)
	})
}

func (k *Keys) setCap(tx *gorm.DB, b Business, c billing.Cap) error {
	if err := billing.SetCap(tx, c, k.now(), b.Settings.Location()); err != nil {
		return err
	}
	told := map[string]any{"period": c.Period}
	if c.Money != nil {
		told["money"] = *c.Money
	}
	if c.Lookups != nil {
		told["lookups"] = *c.Lookups
	}
	target := c.Owner
	if target == "" {
		target = b.ID
	}
	return k.trail.NoteWith(tx, audit.Event{
		BusinessID: b.ID, Action: "cap.set", Target: target, Detail: audit.Details(told), Rows: []audit.Row{capRow(c)},
	})
}

// capsOfKey checks the caps of a new key, and makes them its own.
func capsOfKey(key models.Key, caps []billing.Cap) ([]billing.Cap, error) {
	own := make([]billing.Cap, len(caps))
	for i, c := range caps {
		c.BusinessID, c.Owner = key.BusinessID, key.ID
		if own[i] = c; key.Sandbox {
			return nil, models.BadField("caps", "a sandbox key spends nothing and has no caps")
		}
		if err := billing.CheckCap(c); err != nil {
			return nil, err
		}
	}
	return own, nil
}
