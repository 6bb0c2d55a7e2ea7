package app

import (
	"time"

	"whoseline/config"
	"whoseline/settings"
)

// operatorSettings is what the configuration says of what businesses may choose for themselves.
func operatorSettings(c config.Config) settings.Operator {
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
