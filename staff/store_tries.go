package staff

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// count counts a try in a transaction of its own before anything is compared, so that of any number of tries at once, in
// any number of processes, no more are made than patience allows. Where one must wait nothing is counted.
func (u *Users) count(ctx context.Context, of ...tries) (made []counted, err error) {
	now := u.world.Now()
	err = u.all(ctx).Transaction(func(tx *gorm.DB) error {
		var longest time.Duration
		for _, t := range of { // always in this order, so that no two wait for each other
			before, err := lockTries(tx, t)
			if err != nil {
				return err
			}
			after, wait := before.patience().count(before, now)
			longest = max(longest, wait)
			made = append(made, counted{before, after})
		}
		if longest > 0 {
			return &models.Error{
				Code: models.TooManyRequests, Message: "there were too many wrong ones: wait before you try again",
				RetryAfter: longest,
			}
		}
		for _, c := range made {
			if err := updateTries(tx, c.after); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, models.FaultIn("count try", err)
	}
	return made, nil
}

// settle takes back what was counted for a try that was not in vain, and no more: nobody shall guess at others by signing in
// oneself now and then, be it from the same address or to another business's account of the same e-mail.
func (u *Users) settle(ctx context.Context, made []counted, outcome error) error {
	kept := []models.Code{models.Unauthorized, models.Internal, models.Unavailable, models.Unknown}
	if slices.Contains(kept, models.CodeOf(outcome)) {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteWithin)
	defer cancel()
	db := u.all(ctx)
	for _, c := range made {
		if err := takeBackTry(db, c); err != nil {
			return models.FaultIn("settle try", err)
		}
	}
	return nil
}

// lockTries locks a row, which it makes if there is none, and gives it.
func lockTries(tx *gorm.DB, t tries) (row tries, err error) {
	err = tx.Raw(`INSERT INTO sign_in_tries (scope, name, n, at, free_at) VALUES (?, ?, 0, 0, 0)
		ON CONFLICT (scope, name) DO UPDATE SET n = sign_in_tries.n RETURNING scope, name, n, at, free_at`, t.Scope, t.Name).Scan(&row).Error
	return row, err
}

func updateTries(tx *gorm.DB, t tries) error {
	return tx.Model(&tries{}).Where("scope = ? AND name = ?", t.Scope, t.Name).
		Updates(map[string]any{"n": t.N, "at": t.At, "free_at": t.FreeAt}).Error
}

// takeBackTry makes a try not counted. Another one may have been counted since: its delay and its time stay.
func takeBackTry(db *gorm.DB, c counted) error {
	return db.Exec(`UPDATE sign_in_tries SET n = n - 1, free_at = CASE WHEN free_at = ? THEN ? ELSE free_at END,
		at = CASE WHEN at = ? THEN ? ELSE at END WHERE scope = ? AND name = ? AND n > 0`,
		c.after.FreeAt, c.before.FreeAt, c.after.At, c.before.At, c.after.Scope, c.after.Name).Error
}

func (u *Users) deleteTries(ctx context.Context, t tries) error {
	return u.all(ctx).Where("scope = ? AND name = ?", t.Scope, t.Name).Delete(&tries{}).Error
}
