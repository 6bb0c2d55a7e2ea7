package staff

import (
	"context"

	"gorm.io/gorm"

	"whoseline/models"
)

// of gives the database in which the rows of a business lie. Every database call about one business asks it.
func (u *Users) of(ctx context.Context, _ string) *gorm.DB { return u.all(ctx) }

// readOf is of for reading alone. What it shows may be a moment old.
func (u *Users) readOf(ctx context.Context, _ string) *gorm.DB { return u.read.WithContext(ctx) }

// all is where the rows are written that belong to no one business: tries, and what a sweep deletes.
func (u *Users) all(ctx context.Context) *gorm.DB { return u.db.WithContext(ctx) }

// owners is the table of those whose people these are. The operator's people and the staff of businesses never meet in it: a session of
// one is none of the other.
func (u *Users) owners() string {
	if u.house == "" {
		return "businesses"
	}
	return "(SELECT '" + u.house + "' AS id, 'Operator' AS name)"
}

// readAll is where it is looked up whose an e-mail or a session is.
func (u *Users) readAll(ctx context.Context) *gorm.DB { return u.read.WithContext(ctx) }

// change makes a change to a business's staff, one after another in all processes.
func (u *Users) change(ctx context.Context, businessID, doing string, f func(tx *gorm.DB) error) error {
	if models.CheckID(businessID) != nil {
		return models.Fail(models.NotFound, "there is no such business")
	}
	err := u.of(ctx, businessID).Transaction(func(tx *gorm.DB) error {
		if err := u.trail.Lock(tx, businessID); err != nil {
			return err
		}
		return f(tx)
	})
	if err != nil {
		return models.FaultIn(doing, err)
	}
	return nil
}
