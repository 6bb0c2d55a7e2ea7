package possession

import (
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"time"

	"whoseline/models"
)

// Message is one code on its way to one person. Printing or logging it shows nothing personal.
type Message struct {
	ID         string // of the sending: the same for all tries of one message, new for the next message
	BusinessID string
	Sandbox    bool
	Channel    models.Channel
	Phone      models.Phone
	Email      string // the address, when Channel is e-mail
	Language   string // of Text, as it was asked for; "" = not said
	Text       string // what to send: at most 160 characters of GSM-7, with the code in it
	Code       string // for senders whose templates live at the far side
	ExpiresAt  time.Time
	Carriers   []string // the only ones that the business wants, in its order; empty = as the operator has configured
}

// To is where the message goes.
func (m Message) To() string {
	if m.Channel == models.ChannelEmail {
		return m.Email
	}
	return m.Phone.E164()
}

// String names the message and nothing in it.
func (m Message) String() string { return "message " + m.ID }

// GoString is String.
func (m Message) GoString() string { return m.String() }

// LogValue is String.
func (m Message) LogValue() slog.Value { return slog.StringValue(m.String()) }

// Outcome is how handing a message to a sender ended. Accepted does not mean delivered.
type Outcome string

// The outcomes that a sender may report.
const (
	Accepted       Outcome = "accepted"
	InvalidNumber  Outcome = "invalid_number"
	Blocked        Outcome = "blocked"         // do not disturb, opted out, blacklisted
	NotOnChannel   Outcome = "not_on_channel"  // the person cannot be reached this way
	SenderRejected Outcome = "sender_rejected" // the sender's name or the template is not allowed
	WalletEmpty    Outcome = "wallet_empty"    // our account with the provider is empty
	Credentials    Outcome = "credentials"     // the provider does not know us
	RateLimited    Outcome = "rate_limited"
	ProviderDown   Outcome = "provider_down"
	Timeout        Outcome = "timeout"    // no answer that can be understood: it may have been sent
	NoChannel      Outcome = "no_channel" // no carrier for such messages is configured
)

var outcomes = []Outcome{
	Accepted, InvalidNumber, Blocked, NotOnChannel, SenderRejected, WalletEmpty, Credentials, RateLimited, ProviderDown, Timeout, NoChannel,
}

// Gone tells whether the message is, or may be, on its way.
func (o Outcome) Gone() bool { return o == Accepted || o == Timeout }

// Delivery is what a sender says about a message. The zero value means that no sender got it.
type Delivery struct {
	Outcome   Outcome
	Provider  string
	Reference string // the provider's own; it will report under it
	Segments  int
	Cost      models.Money
	Why       string           // the provider's own code for the outcome; "" = none
	Err       error            // for the log: never holds a number, a code or the text
	Tries     []models.SendTry // of the providers that were tried, if there can be several

	RetryAfter time.Duration // when a provider that refused for its rate wants the next message; 0 = it did not say
}

// tries gives the tries of the providers. A sender that is itself a provider made the only one.
func (d Delivery) tries() []models.SendTry {
	if d.Tries == nil && d.Outcome != "" {
		return []models.SendTry{{Provider: d.Provider, Outcome: string(d.Outcome), Why: d.Why}}
	}
	return d.Tries
}

// defaultText is sent for a business that has no template of its own.
const defaultText = "{code} is your verification code. It is valid for {minutes} minutes. Do not share it with anyone."

// maxText is how many characters of GSM-7 fit into one message.
const maxText = 160

// CheckTemplate tells whether a text can be a template: {code} once, {minutes} if wanted, no other braces, and filled
// in no longer than one message of GSM-7.
func CheckTemplate(text string) error {
	if strings.Count(text, "{code}") != 1 {
		return models.BadField("text", "text must contain {code} once")
	}
	filled := fill(text, "000000", 10*time.Minute)
	septets, ok := GSM7(filled)
	switch {
	case strings.ContainsAny(filled, "{}"):
		return models.BadField("text", "text may contain {code} and {minutes} and no other braces")
	case !ok:
		return models.BadField("text", "text contains a character that a plain text message cannot carry")
	case len(septets) > maxText:
		return models.BadField("text", "text is longer than one message of 160 characters")
	}
	return nil
}

// fill puts a code, and the minutes that it has left, rounded up, into a template.
func fill(template, code string, left time.Duration) string {
	minutes := max(1, int((left+time.Minute-1)/time.Minute))
	return strings.NewReplacer("{code}", code, "{minutes}", strconv.Itoa(minutes)).Replace(template)
}

var languageTag = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$`)

// CheckLanguage tells whether a text is a language tag such as en or pt-BR.
func CheckLanguage(tag string) error {
	if !languageTag.MatchString(tag) {
		return models.BadField("language", "language must be a tag such as en")
	}
	return nil
}

// languages gives the tags under which a template for a language may be found, best first.
func languages(tag string) []string {
	if CheckLanguage(tag) != nil {
		return []string{"en"}
	}
	primary, _, more := strings.Cut(tag, "-")
	if more {
		return []string{tag, primary, "en"}
	}
	return []string{tag, "en"}
}
