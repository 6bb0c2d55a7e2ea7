package config

import (
	"errors"
	"time"
)

// Channels says who carries the codes of live keys to people, and how long each may take.
type Channels struct {
	Live           []string      `koanf:"live" validate:"max=16,unique,dive,source"` // tried in this order; none = no code is sent
	AttemptTimeout time.Duration `koanf:"attempt_timeout" validate:"min=10ms,max=1m"`
	TotalTimeout   time.Duration `koanf:"total_timeout" validate:"min=10ms,max=1m"`
	MaxInflight    int           `koanf:"max_inflight" validate:"min=1,max=65536"`  // messages at once per channel
	BulkheadWait   time.Duration `koanf:"bulkhead_wait" validate:"min=0,max=1m"`    // for a free place among them
	PublicURL      string        `koanf:"public_url" validate:"omitempty,endpoint"` // where vendors reach this gateway with receipts

	// Account holds the operator's accounts, by the channel's name.
	Account map[string]Account `koanf:"account" validate:"max=64,dive,keys,source,endkeys"`
}

// Account is the operator's account with whoever carries messages. A channel says which of these it needs.
type Account struct {
	Base     string `koanf:"base" validate:"omitempty,endpoint"` // empty = the vendor's live system, where it has one for all
	Username string `koanf:"username"`
	Secret   Secret `koanf:"secret"`
	KeyID    string `koanf:"key_id"`   // names an API key whose secret is Secret, where the username is not its name
	Sender   string `koanf:"sender"`   // who messages come from
	Template string `koanf:"template"` // name of a template at the far side
	Language string `koanf:"language"` // of that template

	// What delivery receipts are known by: a signature's secret, an unguessable part of their path, or address blocks.
	ReceiptSecret Secret `koanf:"receipt_secret"`
	ReceiptToken  Secret `koanf:"receipt_token"`
	ReceiptFrom   string `koanf:"receipt_from" validate:"omitempty,blocks"` // comma-separated; empty = anywhere

	// Of channels that are not spoken with over HTTP.
	Addr       string `koanf:"addr" validate:"omitempty,address"`                // host:port
	TLS        string `koanf:"tls" validate:"omitempty,oneof=tls starttls none"` // empty = as the channel's kind has it
	CAFile     string `koanf:"ca_file"`                                          // PEM: who vouches for the far side; empty = the system's
	SystemType string `koanf:"system_type"`                                      // SMPP
	Subject    string `koanf:"subject"`                                          // of e-mail
}

func defaultChannels() Channels {
	return Channels{
		AttemptTimeout: 4 * time.Second, TotalTimeout: 10 * time.Second, MaxInflight: 64, BulkheadWait: 50 * time.Millisecond,
	}
}

// contradictions finds settings that are right by themselves but not together.
func (c Channels) contradictions(writeTimeout time.Duration) (problems []error) {
	if c.AttemptTimeout > c.TotalTimeout {
		problems = append(problems, errors.New("channels.total_timeout must be at least channels.attempt_timeout"))
	}
	if writeTimeout <= c.TotalTimeout {
		problems = append(problems, errors.New("http.write_timeout must be more than channels.total_timeout"))
	}
	return problems
}
