package app

import (
	"whoseline/access"
	"whoseline/handlers"
	"whoseline/webhooks"
)

// identify makes the doors for partners' clients and for the people whom they name.
func (a *App) identify() {
	guard := webhooks.NewGuard(a.config.Faces.AllowLoopback)
	a.published = newPublishedKeys(guard, a.world.Now, a.log)
	a.Faces = access.NewFaces(a.Keys)
	a.Issuers = access.NewIssuers(a.Keys, a.Keyring, guard.Check)
	a.Subjects = access.NewSubjects(a.Keys, a.Keyring, a.published)
}

func (a *App) faceLimits() handlers.FaceLimits {
	f := a.config.Faces
	return handlers.FaceLimits{PerAddress: f.PerAddress, PerClient: f.PerClient, PerSubject: f.PerSubject}
}

// issuer is where clients find this gateway.
func (a *App) issuer() string {
	if a.config.Faces.Issuer != "" {
		return a.config.Faces.Issuer
	}
	return "http://" + a.config.HTTP.Addr
}
