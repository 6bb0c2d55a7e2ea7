package app

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"whoseline/access"
	"whoseline/audit"
	"whoseline/billing"
	"whoseline/models"
)

// SealChains seals what older versions have written without a key, of one business or of all, and tells of it in the audit
// trails. look only says what it would seal; upgrade is of the upgrade itself. See billing.Till.SealChains for what it believes.
func (a *App) SealChains(ctx context.Context, businessID string, look, upgrade bool) ([]billing.Sealed, []billing.Lie, error) {
	return a.Till.SealChains(ctx, billing.Sealer{BusinessID: businessID, Look: look, Upgrade: upgrade, Told: func(tx *gorm.DB, s billing.Sealed) error {
		return a.Trail.NoteWith(tx, audit.Event{
			BusinessID: s.BusinessID, Action: audit.Sealed, Target: s.BusinessID,
			Detail: fmt.Sprintf(`{"from":%d,"through":%d}`, s.From, s.Through),
		})
	}})
}

// sealingWithin bounds the sealing of all histories at an upgrade.
const sealingWithin = 4 * time.Hour

// beginChains seals histories at the moment of the upgrade to keyed chains, and at no other: later, a history without keys may
// have been forged.
func (a *App) beginChains(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(audit.By(ctx, audit.Operator), sealingWithin)
	defer cancel()
	if err := a.beginKeyed(ctx); err != nil {
		return fmt.Errorf("seal what older versions have written: %w", err)
	}
	if err := a.beginFree(ctx); err != nil {
		return fmt.Errorf("take over what older versions have written: %w", err)
	}
	return nil
}

// beginKeyed seals the transfers and consents of versions before 0.2.
func (a *App) beginKeyed(ctx context.Context) error {
	if !a.Keyring.BeginsChains() {
		return nil
	}
	done, lies, err := a.SealChains(ctx, "", false, true)
	if err != nil {
		return err
	}
	for _, l := range lies {
		a.log.Error("upgrade: a history does not follow from itself and was not sealed", "business", l.BusinessID, "row", l.Row, "what", l.What)
	}
	if _, err := a.SealConsents(ctx, "", false, true); err != nil {
		return err
	}
	if len(done) > 0 {
		a.log.Info("upgrade: sealed the history that older versions have written", "businesses", len(done))
	}
	return nil
}

// chainBegun is what the audit trail says once of a business whose free lookups and rows were taken over at the upgrade.
const chainBegun = "chain.begun"

// beginFree takes over the free lookups, keys, prices, settings and staff of businesses that version 0.2 or an older one has made.
// It happens once for each: a business whose trail tells of it, or of how it was made, and which still looks as if it had not
// happened, was tampered with. It is left as it is, and verify names it.
func (a *App) beginFree(ctx context.Context) error {
	ids, err := a.Till.Unbegun(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := a.beginFreeOf(ctx, id); err != nil {
			return fmt.Errorf("business %s: %w", id, err)
		}
	}
	if len(ids) > 0 {
		a.log.Info("upgrade: took over the free lookups and the rows that older versions have written", "businesses", len(ids))
	}
	return nil
}

func (a *App) beginFreeOf(ctx context.Context, id string) error {
	for _, action := range []string{chainBegun, access.BusinessCreated} {
		told, err := a.Trail.Tells(ctx, id, action)
		if err != nil {
			return err
		}
		if told {
			a.log.Error("upgrade: the chain of free lookups was taken away and is not begun anew", "business", id)
			return nil
		}
	}
	if _, err := a.Trail.SealRows(ctx, id, a.rows, false); err != nil {
		a.log.Error("upgrade: the rows were not taken over", "business", id, "err", err)
	}
	_, err := a.Till.SealFree(ctx, id, false, a.toldFree(id, chainBegun))
	return err
}

// toldFree notes how many free lookups were put into their chain.
func (a *App) toldFree(businessID, action string) func(tx *gorm.DB, lookups int64) error {
	return func(tx *gorm.DB, lookups int64) error {
		return a.Trail.NoteWith(tx, audit.Event{
			BusinessID: businessID, Action: action, Target: businessID, Detail: fmt.Sprintf(`{"freeLookups":%d}`, lookups),
		})
	}
}

// SealRest seals the free lookups and the rows that a gateway of version 0.2 has written beside newer ones, of one business or
// of all. look only counts them.
func (a *App) SealRest(ctx context.Context, businessID string, look bool) (free int64, rows int, err error) {
	err = a.eachBusiness(ctx, businessID, func(id string) error {
		n, err := a.Till.SealFree(ctx, id, look, a.toldFree(id, audit.Sealed))
		if err != nil {
			return err
		}
		m, err := a.Trail.SealRows(ctx, id, a.rows, look)
		free, rows = free+n, rows+m
		return err
	})
	return free, rows, err
}

// rows gives what the audit trail tells of a business's rows.
func (a *App) rows(ctx context.Context, businessID string) ([]audit.Row, error) {
	own, err := a.Businesses.Rows(ctx, businessID)
	if models.CodeOf(err) == models.NotFound { // it was taken away: its trail still tells of it
		err = nil
	}
	if err != nil {
		return nil, err
	}
	users := a.Users
	if businessID == access.OperatorTrail {
		users = a.Operators
	}
	people, err := users.Rows(ctx, businessID)
	own = append(own, people...)
	if err != nil || businessID != access.OperatorTrail {
		return own, err
	}
	switches, err := a.switchRows(ctx)
	return append(own, switches...), err
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
