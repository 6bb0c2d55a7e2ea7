package config

import "time"

// Privacy says for how long people are remembered, where a business has not agreed on something else.
type Privacy struct {
	Retention time.Duration `koanf:"retention" validate:"omitempty,min=24h,max=876000h"` // of the person in a lookup; 0 = for ever
}
