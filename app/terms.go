package app

import (
	"context"
	"time"

	"whoseline/access"
	"whoseline/config"
	"whoseline/possession"
	"whoseline/settings"
)

// operator is what the configuration says of what businesses may choose for themselves.
func operator(c config.Config) settings.Operator {
	return settings.Operator{Retention: c.Privacy.Retention, Codes: limits(c.Possession)}
}

// limits are the operator's.
func limits(c config.Possession) settings.Limits {
	hour := func(most int64) settings.Cap { return settings.Cap{Most: most, Within: time.Hour} }
	return settings.Limits{
		PerNumber:  settings.Cap{Most: c.PerNumber, Within: 10 * time.Minute},
		PerSubject: hour(c.PerSubject), PerBusiness: hour(c.PerBusiness), PerIP: hour(c.PerIP), PerBlock: hour(c.PerBlock),
		Money: hour(c.Money), Countries: c.Countries, Prefixes: settings.SpellOut(c.Prefixes), RecordOnly: c.RecordOnly,
		Pumping: settings.Pumping{
			Mode: settings.Mode(c.Pumping), Share: c.PumpingShare, CountryDay: c.PumpingCountryDay, CountryHour: c.PumpingCountryHour,
			IPDay: c.PumpingIPDay, IPCountries: c.PumpingIPCountries,
		},
	}
}

// agreement tells possession what holds for a business.
type agreement struct{ businesses *access.Businesses }

// Terms reads what holds for a business, anew each time: a change is felt at the next code.
func (g agreement) Terms(ctx context.Context, businessID string) (possession.Terms, error) {
	own, err := g.businesses.Terms(ctx, businessID)
	if err != nil {
		return possession.Terms{}, err
	}
	return possession.Terms{Limits: own.Settings.Codes, Channels: own.Settings.Channels, Price: own.Prices.Message()}, nil
}
