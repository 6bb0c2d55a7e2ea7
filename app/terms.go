package app

import (
	"context"
	"slices"
	"time"

	"whoseline/access"
	"whoseline/config"
	"whoseline/models"
	"whoseline/possession"
)

// limits are the operator's.
func limits(c config.Possession) possession.Limits {
	hour := func(most int64) possession.Cap { return possession.Cap{Most: most, Within: time.Hour} }
	return possession.Limits{
		PerNumber:  possession.Cap{Most: c.PerNumber, Within: 10 * time.Minute},
		PerSubject: hour(c.PerSubject), PerBusiness: hour(c.PerBusiness), PerIP: hour(c.PerIP), PerBlock: hour(c.PerBlock),
		Money: hour(c.Money), Countries: c.Countries, Prefixes: prefixes(c.Prefixes), RecordOnly: c.RecordOnly,
		Pumping: possession.Pumping{
			Mode: possession.Mode(c.Pumping), Share: c.PumpingShare, CountryDay: c.PumpingCountryDay, CountryHour: c.PumpingCountryHour,
			IPDay: c.PumpingIPDay, IPCountries: c.PumpingIPCountries,
		},
	}
}

// prefixes spells out the names of lists among prefixes.
func prefixes(given []string) (all []string) {
	for _, p := range given {
		if p == "NG" {
			all = append(all, possession.NigerianOperators()...)
			continue
		}
		all = append(all, p)
	}
	return all
}

// agreement lays a business's own choices over the operator's limits.
type agreement struct {
	businesses *access.Businesses
	operator   possession.Limits
}

// Terms reads what holds for a business, anew each time: a change is felt at the next code.
func (g agreement) Terms(ctx context.Context, businessID string) (possession.Terms, error) {
	own, err := g.businesses.Terms(ctx, businessID)
	if err != nil {
		return possession.Terms{}, err
	}
	return possession.Terms{Limits: over(g.operator, own.Settings.Possession), Price: own.Prices.Message()}, nil
}

// Caps gives limits by the names of models.PossessionLimits.
func Caps(l *possession.Limits) map[string]*possession.Cap {
	return map[string]*possession.Cap{
		"number": &l.PerNumber, "subject": &l.PerSubject, "business": &l.PerBusiness, "ip": &l.PerIP, "block": &l.PerBlock, "money": &l.Money,
	}
}

// Guard gives what holds for the codes of a business.
func (a *App) Guard(b models.Business) possession.Limits {
	return over(limits(a.Config.Possession), b.Settings.Possession)
}

// over lays a business's choices over limits.
func over(l possession.Limits, own *models.PossessionSettings) possession.Limits {
	if own == nil {
		return l
	}
	for name, c := range Caps(&l) {
		if most, said := own.Limits[name]; said {
			c.Most = most
		}
	}
	if len(own.Countries) > 0 {
		l.Countries = slices.Clone(own.Countries)
	}
	if len(own.Prefixes) > 0 {
		l.Prefixes = prefixes(own.Prefixes)
	}
	if own.RecordOnly != nil {
		l.RecordOnly = *own.RecordOnly
	}
	if own.Pumping != "" {
		l.Pumping.Mode = possession.Mode(own.Pumping)
	}
	return l
}
