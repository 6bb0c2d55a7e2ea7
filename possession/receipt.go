package possession

import "whoseline/models"

// Receipt is what a provider reports about a message that it took, some time later. It holds nothing of the message.
type Receipt struct {
	Provider  string // as in Delivery
	Reference string // the provider's own, as in Delivery
	State     models.DeliveryState
}
