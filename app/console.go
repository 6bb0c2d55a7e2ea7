package app

import "whoseline/handlers"

// staff is what the console needs, nil where the operator has switched it off.
func (a *App) staff() *handlers.Staff {
	if !a.config.Console.Enabled {
		return nil
	}
	return &handlers.Staff{Users: a.Users, Trail: a.Trail, Businesses: a.Businesses}
}
