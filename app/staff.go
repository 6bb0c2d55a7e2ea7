package app

import "whoseline/access"

// employ makes the room of those who may sign in to the console.
func (a *App) employ() {
	a.Users = access.NewUsers(access.UsersOptions{
		DB: a.DB.Gorm, Read: a.DB.Read, World: a.world, Vault: a.Keyring, Trail: a.Trail,
		Idle: a.config.Console.SessionIdle, Life: a.config.Console.SessionLife, Log: a.log,
	})
}
