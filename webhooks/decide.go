package webhooks

import (
	"net/http"
	"strconv"
	"time"

	"whoseline/models"
)

// pauses lie between the tries of a delivery: ten tries in a little more than three days.
var pauses = [...]time.Duration{
	10 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute,
	2 * time.Hour, 6 * time.Hour, 12 * time.Hour, 20 * time.Hour, 32 * time.Hour,
}

const (
	maxAttempts   = len(pauses) + 1
	jitter        = 0.1            // of a pause, either way
	maxRetryAfter = 24 * time.Hour // a receiver may not ask for more
)

// pause is how long to wait after the given number of attempts. Chance (0 ≤ chance < 1) varies it, so that deliveries
// that failed together are not tried together.
func pause(attempts int, chance float64) time.Duration {
	base := pauses[min(max(attempts, 1), len(pauses))-1]
	return time.Duration(float64(base) * (1 - jitter + 2*jitter*chance))
}

// class is how an attempt ended, for the record and the metrics.
type class string

// The classes. Those of the first group are answers.
const (
	classDelivered class = "delivered"
	classGone      class = "gone"     // 410
	classRedirect  class = "redirect" // 3xx, which is not followed
	classRefused   class = "http_4xx"
	classBroken    class = "http_5xx" // or no status that HTTP knows

	classTimeout class = "timeout"
	classDNS     class = "dns"
	classConnect class = "connect"
	classTLS     class = "tls"
	classAddress class = "address" // not a public address
	classOther   class = "other"

	classNoEndpoint class = "endpoint_deleted"
	classDisabled   class = "endpoint_disabled"
	classNoPayload  class = "payload_erased"
	classSealed     class = "unsealable" // payload or secret does not open
)

func classes() []class {
	return []class{
		classDelivered, classGone, classRedirect, classRefused, classBroken, classTimeout, classDNS, classConnect,
		classTLS, classAddress, classOther, classNoEndpoint, classDisabled, classNoPayload, classSealed,
	}
}

// pointless tells of a class that no repetition can change.
func (c class) pointless() bool {
	switch c {
	case classGone, classNoEndpoint, classDisabled, classNoPayload:
		return true
	}
	return false
}

// classOf sorts an answer by its status.
func classOf(status int) class {
	switch {
	case status >= 200 && status < 300:
		return classDelivered
	case status == http.StatusGone:
		return classGone
	case status >= 300 && status < 400:
		return classRedirect
	case status >= 400 && status < 500:
		return classRefused
	}
	return classBroken
}

// reply is what came of one attempt.
type reply struct {
	class      class
	status     int
	retryAfter time.Duration // what the receiver asked for; 0 = nothing
}

// next is what a reply means for the delivery and its endpoint.
type next struct {
	state   models.WebhookState
	wait    time.Duration // until the next attempt, when the delivery goes on waiting
	disable bool
}

// decide tells what follows from a reply to the given attempt, which counts from 1.
func decide(r reply, attempt int, chance float64) next {
	switch {
	case r.class == classDelivered:
		return next{state: models.WebhookDelivered}
	case r.class.pointless():
		return next{state: models.WebhookDead, disable: r.class == classGone}
	case attempt >= maxAttempts:
		return next{state: models.WebhookDead}
	}
	wait := max(pause(attempt, chance), min(r.retryAfter, maxRetryAfter))
	return next{state: models.WebhookWaiting, wait: wait}
}

// retryAfter reads the header of that name: seconds or a date. What makes no sense counts as absent.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(header, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}
