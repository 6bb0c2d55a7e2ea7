// Package channel answers: who carries a message to a person, and did it arrive?
//
// The Router tries one carrier after the other until one takes the message. A carrier is one file and one line in the
// table of this file; the reader of its vendor's reports is in the file of the same name that ends in _reports.
package channel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"whoseline/config"
	"whoseline/models"
	"whoseline/possession"
	"whoseline/providers/gate"
)

// carriers is the table of the carriers, by the name that an operator writes. A new carrier is one file and one line.
// Making a carrier connects to nothing: commands that send nothing make them too.
var carriers = map[string]func(Parts) (Carrier, error){
	"africastalking": africasTalkingCarrier,
	"smpp":           smppCarrier,
	"smtp":           smtpCarrier,
	"termii":         termiiCarrier,
	"twilio":         twilioCarrier,
	"whatsapp":       whatsappCarrier,
	outbox:           testInboxCarrier,
}

// outbox is the carrier that sends nothing and keeps the messages.
const outbox = "outbox"

// Carrier carries messages over one kind of channel or several, with limits of its own.
type Carrier struct {
	Name   string
	Kinds  []models.Channel // over which channels it can carry
	Sender possession.Sender
	Limits gate.Limits

	Reports ReportReader // reads what comes to /receipts/NAME; nil = nothing does
	Start   func()       // starts what runs beside the messages, such as a lasting connection; nil = nothing does
	Close   func() error // closes what is kept open; nil = nothing is
}

// Parts are what carriers are made of. A carrier that is not named needs none of its parts.
type Parts struct {
	Name      string           // under which the carrier is configured; set by Carriers
	Account   config.Account   // the operator's account of that name; set by Carriers
	Now       func() time.Time // UTC; nil = the machine's clock
	TestInbox possession.Sender
	PublicURL string // where vendors reach this gateway; "" = nowhere

	MaxInflight int // connections to a vendor at a time: as many as messages that may be with it
	Log         *slog.Logger

	// Report takes in a receipt that came over the carrier's own connection, and tells whether the message is known.
	Report func(context.Context, possession.DeliveryReport) (known bool, err error)

	Accounts map[string]config.Account // all of them

	Far http.RoundTripper // tests: what is reached over HTTP is reached over it; nil = the network
}

// ReportReader reads what one vendor reports about messages that it took. A request that is not proven to come from the
// vendor is ErrForged; one that cannot be read is ErrUnread.
type ReportReader interface {
	Read(ReportRequest) (Reported, error)
}

// ReportRequest is what came to a vendor's report address, before its proof was checked.
type ReportRequest struct {
	Greeting bool                     // it reports nothing yet: the vendor tries whether it found the right address
	Token    string                   // the part of the path behind the channel's name; "" = none
	Path     string                   // as it was asked for, with the query
	Query    url.Values               // never nil
	Header   func(name string) string // "" = there is none
	Body     []byte
	From     netip.Addr
}

// Reported is what a vendor reported.
type Reported struct {
	Receipts []possession.DeliveryReport
	Echo     string // the answer that the vendor expects; "" = any
}

// Why a report is not taken in.
var (
	ErrForged = errors.New("providers: the receipt is not signed by the vendor")
	ErrUnread = errors.New("providers: the receipt cannot be read")
)

// Names lists the carriers that can be configured, in alphabetical order.
func Names() []string { return slices.Sorted(maps.Keys(carriers)) }

// Carriers makes the named carriers in the given order. It refuses unknown and repeated names, a carrier with an
// incomplete account, an account without a carrier, and the outbox beside another carrier: a gateway that sends codes
// to people must not keep them where they can be read.
func Carriers(names []string, parts Parts) ([]Carrier, error) {
	if parts.Now == nil {
		parts.Now = func() time.Time { return time.Now().UTC() }
	}
	if parts.Log == nil {
		parts.Log = slog.New(slog.DiscardHandler)
	}
	for _, name := range slices.Sorted(maps.Keys(parts.Accounts)) {
		if carriers[name] == nil || name == outbox {
			return nil, fmt.Errorf("channels.account.%s: there is no such channel (known: %s)", name, strings.Join(Names(), ", "))
		}
	}
	if len(names) > 1 && slices.Contains(names, outbox) {
		return nil, errors.New("channels.live: outbox keeps codes instead of sending them, and excludes every other channel")
	}
	made := make([]Carrier, 0, len(names))
	for i, name := range names {
		carrier, err := parts.carrier(name)
		if err == nil && slices.Contains(names[:i], name) {
			err = fmt.Errorf("channels.live: %q is named twice", name)
		}
		if err != nil {
			return nil, errors.Join(err, closeCarriers(made))
		}
		made = append(made, carrier)
	}
	return made, nil
}

func (p Parts) carrier(name string) (Carrier, error) {
	construct, known := carriers[name]
	if !known {
		return Carrier{}, fmt.Errorf("channels.live: unknown channel %q (known: %s)", name, strings.Join(Names(), ", "))
	}
	p.Name, p.Account = name, p.Accounts[name]
	made, err := construct(p)
	if err != nil {
		return Carrier{}, fmt.Errorf("channels.account.%s: %w", name, err)
	}
	made.Name = name
	return made, nil
}

func closeCarriers(list []Carrier) error {
	var errs []error
	for _, c := range list {
		if c.Close != nil {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}

// needed names the first setting that an account lacks: pairs of a name and what is set.
func needed(pairs ...string) error {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			return fmt.Errorf("%s is not set", pairs[i])
		}
	}
	return nil
}
