package possession

import (
	"gorm.io/gorm"

	"whoseline/models"
)

// Till pays for messages. It joins the transaction that it is given: money is held together with the code, and captured
// or released together with the sender's answer. Error: models.InsufficientFunds.
type Till interface {
	HoldMessage(tx *gorm.DB, c models.MessageCharge) error
	SettleMessage(tx *gorm.DB, c models.MessageCharge, accepted bool) error
	Refused(businessID string, price int64) // hears of a message that there was not enough money for
}
