package possession

import (
	"context"
	"time"

	"whoseline/models"
)

// keptMessage is the row of a message.
type keptMessage struct {
	BusinessID string `gorm:"primaryKey"`
	ID         string `gorm:"primaryKey"`
	Recipient  []byte
	Sealed     []byte
	At         time.Time
}

// TableName is the table of the outbox.
func (keptMessage) TableName() string { return "possession_outbox" }

// Forget deletes the messages to a number or an address.
func (o TestInbox) Forget(ctx context.Context, to string) error {
	return models.FaultIn("empty the outbox", o.DB.WithContext(ctx).Where("recipient = ?", o.recipient(to)).Delete(&keptMessage{}).Error)
}

// Prune deletes the messages that are older than a time.
func (o TestInbox) Prune(ctx context.Context, before time.Time) error {
	return models.FaultIn("prune the outbox", o.DB.WithContext(ctx).Where("at < ?", before).Delete(&keptMessage{}).Error)
}

// keep stores a message.
func (o TestInbox) keep(ctx context.Context, row keptMessage) error {
	return o.DB.WithContext(ctx).Create(&row).Error
}

// keptFor gives the messages to a recipient, newest first.
func (o TestInbox) keptFor(ctx context.Context, recipient []byte, limit int) (rows []keptMessage, err error) {
	return rows, o.Read.WithContext(ctx).Where("recipient = ?", recipient).Order("id DESC").Limit(pageOf(limit)).Find(&rows).Error
}
