package app

import (
	"time"
	_ "time/tzdata" // zones by name, also where the machine knows none

	"whoseline/access"
	"whoseline/handlers/edge"
	"whoseline/webhooks"
)

// buildSubjects makes the doors for partners' clients and for the people whom they name.
func (a *App) buildSubjects() {
	guard := webhooks.NewAddressGuard(a.Config.Faces.AllowLoopback)
	a.published = newPublishedKeys(guard, a.World.Now, a.log)
	a.Partners = access.NewPartners(a.Keys)
	a.Issuers = access.NewIssuers(a.Keys, a.Keyring, guard.Check)
	a.Subjects = access.NewSubjects(a.Keys, a.Keyring, a.published)
}

func (a *App) partnerLimits() edge.PartnerLimits {
	f := a.Config.Faces
	return edge.PartnerLimits{PerAddress: f.PerAddress, PerClient: f.PerClient, PerSubject: f.PerSubject}
}

// IssuerURL is where clients find this gateway.
func (a *App) IssuerURL() string {
	if a.Config.Faces.Issuer != "" {
		return a.Config.Faces.Issuer
	}
	return "http://" + a.Config.HTTP.Addr
}

// zone is where DigiPay's clients read times. Its name was checked with the configuration.
func (a *App) zone() *time.Location {
	zone, err := time.LoadLocation(a.Config.Faces.DigiPayZone)
	if err != nil {
		return time.UTC
	}
	return zone
}
