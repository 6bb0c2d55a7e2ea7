package channel

import (
	"errors"

	"whoseline/models"
)

// outboxCarrier keeps messages where whoever runs the gateway reads them.
func outboxCarrier(p Parts) (Carrier, error) {
	if p.Outbox == nil {
		return Carrier{}, errors.New("there is no outbox")
	}
	return Carrier{
		Kinds:  []models.Channel{models.ChannelSMS, models.ChannelWhatsApp, models.ChannelEmail},
		Sender: p.Outbox,
	}, nil
}
