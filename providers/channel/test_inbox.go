package channel

import (
	"errors"

	"whoseline/models"
)

// testInboxCarrier keeps messages for the operator to read.
func testInboxCarrier(p Parts) (Carrier, error) {
	if p.TestInbox == nil {
		return Carrier{}, errors.New("there is no outbox")
	}
	return Carrier{
		Kinds:  []models.Channel{models.ChannelSMS, models.ChannelWhatsApp, models.ChannelEmail},
		Sender: p.TestInbox,
	}, nil
}
