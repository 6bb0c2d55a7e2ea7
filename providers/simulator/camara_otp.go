package simulator

import (
	"net/http"
	"strings"
)

// sentCode is a one-time password under way.
type sentCode struct {
	code  string
	tries int
	spent bool
}

const (
	otpScope = "one-time-password-sms:send-validate"
	otpTries = 3
)

func camaraMessage(c *call) *reply {
	if message := c.text("message"); len(message) > 160 || !strings.Contains(message, "{{code}}") {
		return camaraBad("message must have {{code}} and at most 160 characters.")
	}
	return nil
}

// camaraSend sends a code, which is the last six digits of the number.
func camaraSend(c *call) reply {
	id := c.id(36)
	number := "000000" + canonical(c.number)
	c.sim.codes.add(id, sentCode{code: number[len(number)-6:]})
	return reply{billed: true, body: obj{"authenticationId": id}}
}

func camaraValidate() route {
	return route{
		pattern: "POST /one-time-password-sms/v1/validate-code", again: true, admit: camaraScope(otpScope),
		check: func(c *call) *reply {
			if no := onlyFields(c, []string{"authenticationId", "code"}); no != nil {
				return no
			}
			if len(c.text("authenticationId")) > 36 || c.text("code") == "" || len(c.text("code")) > 10 {
				return camaraBad("authenticationId or code has the wrong form.")
			}
			return nil
		},
		plain: camaraTyped,
	}
}

func camaraTyped(c *call) reply {
	right := false
	sent, ok := c.sim.codes.change(c.text("authenticationId"), func(sent *sentCode) {
		right = !sent.spent && sent.tries < otpTries && same(c.text("code"), sent.code)
		sent.tries++
		sent.spent = sent.spent || right
	})
	switch {
	case !ok:
		return *camaraError(http.StatusNotFound, "NOT_FOUND", "The authenticationId is not known.")
	case right:
		return reply{status: http.StatusNoContent}
	case sent.spent || sent.tries > otpTries:
		return *camaraError(http.StatusBadRequest, "ONE_TIME_PASSWORD_SMS.VERIFICATION_FAILED", "The code cannot be used any more.")
	default:
		return *camaraError(http.StatusBadRequest, "ONE_TIME_PASSWORD_SMS.INVALID_OTP", "The code is wrong.")
	}
}
