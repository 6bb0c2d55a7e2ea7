package app

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"whoseline/audit"
	"whoseline/billing"
	"whoseline/models"
)

// chainSealed is what the audit trail says of a history that was written without a key and then sealed.
const chainSealed = "chain.sealed"

// SealChains seals what older versions have written without a key, of one business or of all, and tells of it in the audit
// trails. look only says what it would seal; upgrade is of the upgrade itself. See billing.Till.SealChains for what it believes.
func (a *App) SealChains(ctx context.Context, businessID string, look, upgrade bool) ([]billing.Sealed, []billing.Lie, error) {
	return a.Till.SealChains(ctx, billing.Sealer{BusinessID: businessID, Look: look, Upgrade: upgrade, Told: func(tx *gorm.DB, s billing.Sealed) error {
		return a.Trail.NoteWith(tx, audit.Event{
			BusinessID: s.BusinessID, Action: chainSealed, Target: s.BusinessID,
			Detail: fmt.Sprintf(`{"from":%d,"through":%d}`, s.From, s.Through),
		})
	}})
}

// sealingWithin bounds the sealing of all histories at an upgrade.
const sealingWithin = 4 * time.Hour

// beginChains seals all histories at the moment of the upgrade to keyed chains, and at no other: later, a history without
// keys may have been forged.
func (a *App) beginChains(ctx context.Context) error {
	if !a.Keyring.BeginsChains() {
		return nil
	}
	ctx, cancel := context.WithTimeout(audit.By(ctx, audit.Operator), sealingWithin)
	defer cancel()
	done, lies, err := a.SealChains(ctx, "", false, true)
	if err != nil {
		return fmt.Errorf("seal what older versions have written: %w", err)
	}
	for _, l := range lies {
		a.log.Error("upgrade: a history does not follow from itself and was not sealed", "business", l.BusinessID, "row", l.Row, "what", l.What)
	}
	if _, err := a.SealConsents(ctx, "", false, true); err != nil {
		return fmt.Errorf("seal what older versions have written: %w", err)
	}
	if len(done) > 0 {
		a.log.Info("upgrade: sealed the history that older versions have written", "businesses", len(done))
	}
	return nil
}

// SealConsents links the consent events that older versions have written, of one business or of all, and gives how many there
// were. look only counts them; upgrade is of the upgrade itself, where businesses get their chains.
func (a *App) SealConsents(ctx context.Context, businessID string, look, upgrade bool) (linked int, err error) {
	err = a.eachBusiness(ctx, businessID, func(id string) error {
		n, err := a.Lookups.SealConsents(ctx, id, upgrade, look)
		linked += n
		return err
	})
	return linked, err
}

// eachBusiness does something for one business, or for all when businessID is empty.
func (a *App) eachBusiness(ctx context.Context, businessID string, do func(id string) error) error {
	if businessID != "" {
		return do(businessID)
	}
	for after := ""; ; {
		list, next, err := a.Businesses.List(ctx, models.Page{After: after, Limit: 100})
		if err != nil {
			return err
		}
		for _, b := range list {
			if err := do(b.ID); err != nil {
				return err
			}
		}
		if after = next; next == "" {
			return nil
		}
	}
}
