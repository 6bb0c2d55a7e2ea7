package channel

import (
	"errors"
	"fmt"
	"net/textproto"
	"strconv"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"whoseline/possession"
)

// smtpAnswer is how a server refused a message, or the step at which it fell silent.
type smtpAnswer struct {
	step     string // "" = before the message
	stage    gomail.SendErrReason
	number   int    // 0 = it said nothing
	enhanced string // such as 5.1.1; "" = it does not tell
	cause    error  // nil if it may hold an address
}

func smtpSaid(err error) (a smtpAnswer) {
	var refused *gomail.SendError
	var said *textproto.Error
	switch {
	case errors.As(err, &refused):
		a = smtpAnswer{step: refused.Reason.String(), stage: refused.Reason, number: refused.ErrorCode(), enhanced: refused.EnhancedStatusCode()}
	case errors.As(err, &said):
		a = smtpAnswer{stage: -1, number: said.Code}
	default:
		a = smtpAnswer{stage: -1, cause: err}
	}
	return a
}

// outcome maps the answer. A server that fell silent after the whole message may have taken it.
func (a smtpAnswer) outcome() possession.Outcome {
	sender := a.stage == gomail.ErrSMTPMailFrom || a.enhanced == "5.1.7" || a.enhanced == "5.1.8"
	switch {
	case a.number == 0 && a.stage == gomail.ErrSMTPDataClose:
		return possession.Timeout
	case a.number == 530, a.number == 534, a.number == 535, a.number == 538:
		return possession.Credentials
	case a.number/100 != 5, a.stage < 0, strings.HasPrefix(a.enhanced, "5.3."), strings.HasPrefix(a.enhanced, "5.4."):
		return possession.ProviderDown
	case sender:
		return possession.SenderRejected
	case a.stage == gomail.ErrSMTPRcptTo && !strings.HasPrefix(a.enhanced, "5.7."):
		return possession.InvalidNumber
	default:
		return possession.Blocked // for what the server thinks of us, the person or the text
	}
}

func (a smtpAnswer) code() string {
	if a.number == 0 {
		return ""
	}
	return strings.TrimSpace(strconv.Itoa(a.number) + " " + a.enhanced)
}

// failure is for the log. The server's own words stay out of it: they repeat the address.
func (a smtpAnswer) failure() error {
	switch {
	case a.cause != nil:
		return fmt.Errorf("smtp: %w", a.cause)
	case a.step != "":
		return fmt.Errorf("smtp: %s: %s", a.step, a.code())
	default:
		return fmt.Errorf("smtp: %s", a.code())
	}
}
