package billing

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"whoseline/models"
)

// capsFor gives the caps under which something counts, in the period of its day. The wallet is locked, and so are they.
func (a *account) capsFor(tx *gorm.DB, keyID, day string) (caps []*Cap, err error) {
	if day == "" {
		return nil, nil
	}
	for _, owner := range slices.Compact([]string{"", keyID}) {
		if !slices.Contains(a.owners, owner) {
			var found []*Cap
			if err := tx.Where("business_id = ? AND owner = ?", a.BusinessID, owner).Order("period").Find(&found).Error; err != nil {
				return nil, fmt.Errorf("read the caps: %w", err)
			}
			a.owners, a.caps = append(a.owners, owner), append(a.caps, found...)
		}
	}
	for _, c := range a.caps {
		if c.Owner == "" || c.Owner == keyID {
			c.roll(day)
			caps = append(caps, c)
		}
	}
	slices.SortStableFunc(caps, refusesFirst)
	return caps, nil
}

// refusesFirst puts first the cap that a refusal names: that of the month, which lasts longer.
func refusesFirst(a, b *Cap) int {
	switch {
	case a.Period == b.Period:
		return 0
	case a.Period == Monthly:
		return -1
	}
	return 1
}

// take counts something under its caps.
func (a *account) take(caps []*Cap, money, lookups int64, at time.Time) {
	for _, c := range caps {
		if c.take(money, lookups) {
			a.warnings = append(a.warnings, capWarning(*c, at))
		}
		c.changed = true
	}
}

// giveBack takes from the caps what something that has ended did not cost.
func (a *account) giveBack(tx *gorm.DB, keyID, day string, money, lookups int64) error {
	if day == "" || money == 0 && lookups == 0 {
		return nil
	}
	caps, err := a.capsFor(tx, keyID, day)
	for _, c := range caps {
		c.giveBack(day, money, lookups)
		c.changed = true
	}
	return err
}

// writeCaps stores the caps and warnings of an account.
func writeCaps(tx *gorm.DB, a *account) error {
	for _, c := range a.caps {
		if !c.changed {
			continue
		}
		err := tx.Model(&Cap{}).Where("business_id = ? AND owner = ? AND period = ?", c.BusinessID, c.Owner, c.Period).
			Updates(map[string]any{"since": c.Since, "spent": c.Spent, "asked": c.Asked, "warned": c.Warned}).Error
		if err != nil {
			return fmt.Errorf("write a cap: %w", err)
		}
	}
	return insertAll(tx, a.warnings)
}

// CapOwners gives who of a business has caps: ids of keys, and "" for the business.
func CapOwners(db *gorm.DB, businessID string) (owners []string, err error) {
	return owners, db.Model(&Cap{}).Where("business_id = ? AND (money IS NOT NULL OR lookups IS NOT NULL)", businessID).
		Distinct().Pluck("owner", &owners).Error
}

// SetCap sets or changes a cap, which was checked. What was asked in its period before counts. A cap without any bound stands for none:
// its row stays, as the audit trail tells of it.
func SetCap(tx *gorm.DB, c Cap, now time.Time, zone *time.Location) error {
	if _, err := locked(tx, c.BusinessID); err != nil {
		return err
	}
	day := now.In(zone).Format(time.DateOnly)
	c.Since = c.Period.span(day)
	if err := c.count(tx, c.Period.begins(day, zone)); err != nil {
		return fmt.Errorf("count what was spent: %w", err)
	}
	return tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "business_id"}, {Name: "owner"}, {Name: "period"}},
		DoUpdates: clause.AssignmentColumns([]string{"money", "lookups", "since", "spent", "asked", "warned"}),
	}).Create(&c).Error
}

// CapsOf gives the caps of a business, those of the business itself first, also those without a bound.
func CapsOf(db *gorm.DB, businessID string) (caps []Cap, err error) {
	return caps, db.Where("business_id = ?", businessID).Order("owner, period").Find(&caps).Error
}

// InheritCaps gives a key's successor the key's caps, with what is used of them.
func InheritCaps(tx *gorm.DB, businessID, from, to string) (caps []Cap, err error) {
	if _, err := locked(tx, businessID); err != nil {
		return nil, err
	}
	if err := tx.Where("business_id = ? AND owner = ?", businessID, from).Order("period").Find(&caps).Error; err != nil {
		return nil, fmt.Errorf("read the caps: %w", err)
	}
	for i := range caps {
		caps[i].Owner = to
	}
	return caps, insertAll(tx, caps)
}

// count sums up what was asked since a moment, by the lookups and charges themselves. It finds them by their ids, which tell when they
// were made: what was asked in earlier periods costs nothing, however much it is.
func (c *Cap) count(tx *gorm.DB, since time.Time) error {
	var lookups, messages struct{ Spent, Asked int64 }
	of := func(model any, at string) *gorm.DB {
		all := tx.Model(model).Where("business_id = ? AND id >= ? AND "+at+" >= ?", c.BusinessID, models.IDAt(since.Add(-clockSlack)), since)
		if c.Owner != "" {
			all = all.Where("key_id = ?", c.Owner)
		}
		return all
	}
	err := of(&models.Lookup{}, "requested_at").Where("NOT sandbox").
		Select(`coalesce(sum(CASE WHEN status IN ('open', 'pending') THEN held ELSE charged END), 0) AS spent,
			coalesce(sum(CASE WHEN status = 'failed' THEN 0 ELSE 1 END), 0) AS asked`).Take(&lookups).Error
	if err != nil {
		return err
	}
	err = of(&models.MessageCharge{}, "held_at").Where("status <> ?", models.MessageReleased).
		Select("coalesce(sum(amount), 0) AS spent").Take(&messages).Error
	c.Spent, c.Asked = lookups.Spent+messages.Spent, lookups.Asked
	return err
}

// clockSlack is how far the clock that made an id may be behind the one that told the time of asking.
const clockSlack = time.Minute

// Caps lists the caps of a business, those of the business itself first.
func (t *Till) Caps(ctx context.Context, businessID string) (caps []Cap, err error) {
	all, err := CapsOf(t.readOf(ctx, businessID), businessID)
	for _, c := range all {
		if c.Money != nil || c.Lookups != nil {
			caps = append(caps, c)
		}
	}
	return caps, models.FaultIn("list the caps", err)
}
