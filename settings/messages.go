package settings

import "whoseline/models"

// Messages are what holds for the messages that carry a business's codes.
type Messages struct {
	Limits
	Channels []string     // the only carriers, in this order; empty = as the operator has configured
	Price    int64        // of a message that is taken, in minor units; 0 = free
	Under    models.Under // the caps that hold
}
