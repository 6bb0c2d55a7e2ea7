package config

import "regexp"

// Possession limits how codes are sent. Each business may have limits of its own. Limits count within an hour; the one
// per number within ten minutes, and it is always enforced. 0 is no limit.
type Possession struct {
	PerNumber   int64    `koanf:"per_number" validate:"min=1,max=100"`
	PerSubject  int64    `koanf:"per_subject" validate:"min=0,max=1000000"`
	PerBusiness int64    `koanf:"per_business" validate:"min=0,max=1000000000"`
	PerIP       int64    `koanf:"per_ip" validate:"min=0,max=1000000000"`
	PerBlock    int64    `koanf:"per_block" validate:"min=0,max=1000000000"`   // of a million numbers
	Money       int64    `koanf:"money" validate:"min=0,max=1000000000000"`    // minor units of what the senders charged
	Countries   []string `koanf:"countries" validate:"max=300,dive,country"`   // ISO 3166; none = all
	Prefixes    []string `koanf:"prefixes" validate:"max=1000,dive,prefix"`    // digits with the calling code, or NG for Nigeria's operators
	RecordOnly  bool     `koanf:"record_only"`                                 // limits but PerNumber are recorded, not enforced
	Pumping     string   `koanf:"pumping" validate:"oneof=off record enforce"` // what becomes of codes that look like SMS pumping

	PumpingShare       int64 `koanf:"pumping_share" validate:"min=0,max=1000"` // percent of codes that came back, which may always fail to
	PumpingCountryDay  int64 `koanf:"pumping_country_day" validate:"min=0,max=1000000000"`
	PumpingCountryHour int64 `koanf:"pumping_country_hour" validate:"min=0,max=1000000000"`
	PumpingIPDay       int64 `koanf:"pumping_ip_day" validate:"min=0,max=1000000000"`
	PumpingIPCountries int64 `koanf:"pumping_ip_countries" validate:"min=0,max=300"`
}

// defaultPossession is what holds unless the operator says otherwise.
func defaultPossession() Possession {
	return Possession{
		PerNumber: 3, PerSubject: 20, PerBusiness: 12_000, PerIP: 120, PerBlock: 1200,
		Pumping: "record", PumpingShare: 20, PumpingCountryDay: 20, PumpingCountryHour: 3, PumpingIPDay: 10, PumpingIPCountries: 3,
	}
}

var (
	countryCode  = regexp.MustCompile(`^[A-Z]{2}$`)
	numberPrefix = regexp.MustCompile(`^(NG|[1-9][0-9]{1,13})$`)
)
