package channel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
	"unicode/utf16"

	"whoseline/models"
	"whoseline/possession"
	"whoseline/providers/channel/smpp"
)

// smppSender sends text messages through an operator's message centre (SMPP 3.4).
type smppSender struct {
	name    string
	from    smpp.Address
	client  *smpp.Client
	now     func() time.Time
	log     *slog.Logger
	tell    func(context.Context, possession.DeliveryReport) (known bool, err error) // nil = nobody wants to know
	dropped atomic.Int64                                                             // receipts, as the log has it
}

var _ possession.Sender = (*smppSender)(nil)

// smppCarrier connects with a message centre when it is started, and stays connected. Username and secret are SMPP's
// system id and password.
func smppCarrier(p Parts) (Carrier, error) {
	a := p.Account
	if err := needed("addr", a.Addr, "username", a.Username, "sender", a.Sender); err != nil {
		return Carrier{}, err
	}
	secure, err := secured(a)
	switch {
	case err != nil:
		return Carrier{}, err
	case a.TLS == tlsNever:
		secure = nil
	case a.TLS == tlsLater:
		return Carrier{}, errors.New("tls is starttls, which SMPP does not know: it is tls or none")
	}
	s := &smppSender{name: p.Name, from: smpp.From(a.Sender), now: p.Now, log: p.Log, tell: p.Report}
	o := smpp.Options{
		Addr: a.Addr, TLS: secure, SystemID: a.Username, Password: string(a.Secret), SystemType: a.SystemType, Log: p.Log,
	}
	if s.tell != nil {
		o.OnReceipt = s.report
	}
	if s.client, err = smpp.New(o); err != nil {
		return Carrier{}, err
	}
	return Carrier{
		Kinds: []models.Channel{models.ChannelSMS}, Sender: s,
		Start: s.client.Start, Close: func() error { s.client.Close(); return nil },
	}, nil
}

// Send hands a message to the message centre.
func (s *smppSender) Send(ctx context.Context, m possession.Message) possession.Delivery {
	text := smpp.Message{From: s.from, To: smpp.International(m.Phone.Digits()), Validity: m.ExpiresAt.Sub(s.now())}
	text.Text, text.Coding = encoded(m.Text)
	sent, err := s.client.Submit(ctx, text)
	outcome, why := decideSMPP(err)
	return possession.Delivery{
		Outcome: outcome, Provider: s.name, Reference: sent.ID, Segments: sent.Segments, Why: why, Err: err,
	}
}

// encoded writes a text in the alphabet of text messages, or in UTF-16 if it cannot be: that takes twice the room.
func encoded(text string) ([]byte, smpp.Coding) {
	if septets, ok := possession.GSM7(text); ok {
		return septets, smpp.GSM7
	}
	var wide []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		wide = append(wide, byte(unit>>8), byte(unit))
	}
	return wide, smpp.UCS2
}

// smppOutcomes are the refusals that are not faults of the message centre.
var smppOutcomes = map[smpp.Status]possession.Outcome{
	smpp.StatusBadDestination: possession.InvalidNumber,
	smpp.StatusBadSource:      possession.SenderRejected,
	smpp.StatusThrottled:      possession.RateLimited,
	smpp.StatusQueueFull:      possession.RateLimited,
	smpp.StatusBindFailed:     possession.Credentials,
	smpp.StatusBadPassword:    possession.Credentials,
	smpp.StatusBadSystemID:    possession.Credentials,
}

// decideSMPP gives the outcome of a submit, and the message centre's own code for it.
func decideSMPP(err error) (outcome possession.Outcome, why string) {
	var status smpp.Status
	switch {
	case err == nil:
		return possession.Accepted, ""
	case errors.Is(err, smpp.ErrUnanswered):
		return possession.Timeout, ""
	case !errors.As(err, &status):
		return possession.ProviderDown, ""
	}
	why = fmt.Sprintf("0x%02X", uint32(status))
	if outcome, known := smppOutcomes[status]; known {
		return outcome, why
	}
	return possession.ProviderDown, why
}

// smppStates say what the states of a receipt mean.
var smppStates = map[smpp.State]models.DeliveryState{
	smpp.Enroute:       models.DeliverySent,
	smpp.Taken:         models.DeliveryUnknown, // by an operator's person at the message centre: the person has not got it
	smpp.Delivered:     models.DeliveryDelivered,
	smpp.Expired:       models.DeliveryExpired,
	smpp.Deleted:       models.DeliveryFailed,
	smpp.Undeliverable: models.DeliveryFailed,
	smpp.Rejected:      models.DeliveryRejected,
}

// report hands a receipt on under each id that it may mean, until one is known.
func (s *smppSender) report(ctx context.Context, r smpp.Receipt) {
	if all := s.client.Dropped(); s.dropped.Swap(all) < all {
		s.log.Warn("channel: receipts came too fast and were dropped", "channel", s.name, "dropped", all)
	}
	state, ok := smppStates[r.State]
	if !ok {
		state = models.DeliveryUnknown
	}
	for _, id := range r.IDs {
		known, err := s.tell(ctx, possession.DeliveryReport{Provider: s.name, Reference: id, State: state})
		if err != nil {
			s.log.Error("channel: a receipt was lost", "channel", s.name, "err", err)
		}
		if known || err != nil {
			return
		}
	}
}
