package config

import "time"

// Console is the pages on which a business's staff read its history.
type Console struct {
	Enabled     bool          `koanf:"enabled"`
	SessionIdle time.Duration `koanf:"session_idle" validate:"min=1m,max=168h"` // after which an unused session ends
	SessionLife time.Duration `koanf:"session_life" validate:"min=1m,max=720h"` // after which any session ends
}

// defaultConsole signs out whoever leaves the desk, and everybody once a day.
func defaultConsole() Console {
	return Console{Enabled: true, SessionIdle: 30 * time.Minute, SessionLife: 12 * time.Hour}
}
