package webhooks

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/url"
	"syscall"
	"testing"
	"time"

	"code.dny.dev/ssrf"

	"whoseline/models"
)

func TestTenTriesTakeAboutThreeDays(t *testing.T) {
	t.Parallel()
	for chance, want := range map[float64]time.Duration{0: 65 * time.Hour, 0.5: 72 * time.Hour, 0.999: 79 * time.Hour} {
		total := time.Duration(0)
		for attempt := 1; attempt < maxAttempts; attempt++ {
			wait := pause(attempt, chance)
			if attempt > 1 && wait < pause(attempt-1, chance) {
				t.Errorf("the pause after try %d is shorter than the one before", attempt)
			}
			total += wait
		}
		if total < want || total > want+time.Hour {
			t.Errorf("chance %.3f: %s", chance, total)
		}
	}
	if maxAttempts != 10 || pause(0, 0.5) != 10*time.Second || pause(99, 0.5) != 32*time.Hour {
		t.Error("the schedule's ends")
	}
}

func TestWhatFollowsFromAReply(t *testing.T) {
	t.Parallel()
	waiting := func(wait time.Duration) next { return next{state: models.WebhookWaiting, wait: wait} }
	dead := next{state: models.WebhookDead}
	for _, c := range []struct {
		status  int
		class   class // when there was no answer
		after   time.Duration
		attempt int
		want    next
	}{
		{status: 200, attempt: 1, want: next{state: models.WebhookDelivered}},
		{status: 299, attempt: 10, want: next{state: models.WebhookDelivered}},
		{status: 410, attempt: 1, want: next{state: models.WebhookDead, disable: true}},
		{status: 301, attempt: 1, want: waiting(10 * time.Second)},
		{status: 404, attempt: 2, want: waiting(time.Minute)},
		{status: 500, attempt: 9, want: waiting(32 * time.Hour)},
		{status: 500, attempt: 10, want: dead},
		{status: 500, attempt: 11, want: dead},
		{status: 600, attempt: 1, want: waiting(10 * time.Second)},
		{status: 429, after: time.Second, attempt: 2, want: waiting(time.Minute)},
		{status: 503, after: 7 * time.Minute, attempt: 2, want: waiting(7 * time.Minute)},
		{status: 503, after: 999 * time.Hour, attempt: 2, want: waiting(24 * time.Hour)},
		{status: 503, after: 999 * time.Hour, attempt: 9, want: waiting(32 * time.Hour)},
		{status: 503, after: time.Hour, attempt: 10, want: dead},
		{class: classTimeout, attempt: 1, want: waiting(10 * time.Second)},
		{class: classAddress, attempt: 3, want: waiting(5 * time.Minute)},
		{class: classSealed, attempt: 1, want: waiting(10 * time.Second)},
		{class: classConnect, attempt: 10, want: dead},
		{class: classNoEndpoint, attempt: 1, want: dead},
		{class: classDisabled, attempt: 1, want: dead},
		{class: classNoPayload, attempt: 1, want: dead},
	} {
		r := reply{class: c.class, status: c.status, retryAfter: c.after}
		if c.status != 0 {
			r.class = classOf(c.status)
		}
		if is := decide(r, c.attempt, 0.5); is != c.want {
			t.Errorf("%+v: %+v", c, is)
		}
	}
}

func TestRetryAfterIsSecondsOrADate(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]time.Duration{
		"": 0, "0": 0, "120": 2 * time.Minute, "-1": 0, "1.5": 0, "soon": 0, "99999999999999999999": 0,
		"Sun, 01 Mar 2026 12:01:00 GMT": time.Minute, "Sun, 01 Mar 2026 11:00:00 GMT": 0,
	} {
		if is := retryAfter(header, noon); is != want {
			t.Errorf("%q: %s", header, is)
		}
	}
}

func TestFailuresAreSorted(t *testing.T) {
	t.Parallel()
	for want, err := range map[class]error{
		classDNS:     &url.Error{Op: "Post", Err: &net.OpError{Op: "dial", Err: &net.DNSError{IsTimeout: true}}},
		classTimeout: &url.Error{Op: "Post", Err: context.DeadlineExceeded},
		classTLS:     &url.Error{Op: "Post", Err: tls.RecordHeaderError{}},
		classConnect: &url.Error{Op: "Post", Err: &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}},
		classOther:   &url.Error{Op: "Post", Err: io.ErrUnexpectedEOF},
		classAddress: &url.Error{Op: "Post", Err: &net.OpError{Op: "dial", Err: ssrf.ErrProhibitedIP}},
	} {
		if is := classOfError(err); is != want {
			t.Errorf("%v: %s", err, is)
		}
	}
}
