package possession

import (
	"context"
	"time"

	"whoseline/models"
)

// posted is the row of a message.
type posted struct {
	BusinessID string `gorm:"primaryKey"`
	ID         string `gorm:"primaryKey"`
	Recipient  []byte
	Sealed     []byte
	At         time.Time
}

// TableName is the table of the outbox.
func (posted) TableName() string { return "possession_outbox" }

// Forget deletes the messages to a number or an address.
func (o Outbox) Forget(ctx context.Context, to string) error {
	return models.FaultIn("empty the outbox", o.DB.WithContext(ctx).Where("recipient = ?", o.recipient(to)).Delete(&posted{}).Error)
}

// Prune deletes the messages that are older than a time.
func (o Outbox) Prune(ctx context.Context, before time.Time) error {
	return models.FaultIn("prune the outbox", o.DB.WithContext(ctx).Where("at < ?", before).Delete(&posted{}).Error)
}

// keep writes a message down.
func (o Outbox) keep(ctx context.Context, row posted) error {
	return o.DB.WithContext(ctx).Create(&row).Error
}

// keptFor gives the messages to a recipient, newest first.
func (o Outbox) keptFor(ctx context.Context, recipient []byte, limit int) (rows []posted, err error) {
	return rows, o.Read.WithContext(ctx).Where("recipient = ?", recipient).Order("id DESC").Limit(pageOf(limit)).Find(&rows).Error
}
