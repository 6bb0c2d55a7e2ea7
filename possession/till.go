package possession

import (
	"gorm.io/gorm"

	"whoseline/models"
)

// Till pays for messages. It joins the transaction that it is given: money is held together with the codes, and captured
// or released together with the senders' answers. Error: models.InsufficientFunds, models.SpendCapReached; nothing is held then.
type Till interface {
	HoldMessages(tx *gorm.DB, charges []models.MessageCharge) error
	// SettleMessages gives those charges that were released before, because nobody settled them in time.
	SettleMessages(tx *gorm.DB, accepted, refused []models.MessageCharge) (late []models.MessageCharge, err error)
	Refused(businessID string, price int64) // hears of a message that there was not enough money for
}
