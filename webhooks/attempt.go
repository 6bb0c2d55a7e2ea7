package webhooks

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"time"

	"whoseline/traces"
)

const userAgent = "Whoseline-Webhooks/1"

// attempt tells an endpoint of an event, once.
func (s *Service) attempt(j job) result {
	started := s.world.Now()
	_, span := s.traces.Ask(context.Background(), "webhook.attempt")
	defer span.End()
	said := s.send(j, started)
	if span.On() {
		describe(span, j, said)
	}
	at := s.world.Now()
	return result{job: j, reply: said, next: decide(said, j.Attempts, s.chance()), at: at, took: at.Sub(started)}
}

func describe(span traces.Span, j job, said reply) {
	span.Text("whoseline.event", j.EventID)
	span.Text("whoseline.endpoint", j.EndpointID)
	span.Text("whoseline.outcome", string(said.class))
	span.Number("whoseline.attempt", j.Attempts)
	span.Number("http.response.status_code", said.status)
	if said.class != classDelivered {
		span.Fail(string(said.class))
	}
}

func (s *Service) send(j job, at time.Time) reply {
	switch {
	case j.Secret == nil:
		return reply{class: classNoEndpoint}
	case !j.DisabledAt.IsZero():
		return reply{class: classDisabled}
	case j.Payload == nil:
		return reply{class: classNoPayload}
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.timeout)
	defer cancel()
	request, err := s.request(ctx, j, at)
	if err != nil {
		s.log.Error("webhooks: cannot be unsealed", "business", j.BusinessID, "event", j.EventID, "endpoint", j.EndpointID, "err", err)
		return reply{class: classSealed}
	}
	return s.post(request)
}

// request makes a request whose body is exactly the bytes that are signed.
func (s *Service) request(ctx context.Context, j job, at time.Time) (*http.Request, error) {
	body, err := s.vault.Open(eventAAD(j.BusinessID, j.EventID), j.Payload)
	if err != nil {
		return nil, err
	}
	signatures, err := s.signatures(j, at, body)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, j.URL, bytes.NewReader(body))
	if err != nil {
		return nil, badURL("is not one") // err would quote it
	}
	request.Header = signatures
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", userAgent)
	request.Header.Set("Webhook-Id", j.EventID)
	request.Header.Set("Webhook-Timestamp", strconv.FormatInt(at.Unix(), 10))
	return request, nil
}

// signatures are the headers that prove who sent the body. During a rotation's overlap the standard header carries both
// signatures. The hexadecimal headers have room for one and carry the old secret's. A receiver may change the secret at
// any moment of the overlap if it accepts either header until then.
func (s *Service) signatures(j job, at time.Time, body []byte) (http.Header, error) {
	aad := endpointAAD(j.BusinessID, j.EndpointID)
	current, err := s.vault.Open(aad, j.Secret)
	if err != nil {
		return nil, err
	}
	standard, err := standardSignature(string(current), j.EventID, at, body)
	if err != nil {
		return nil, err
	}
	hexKey := string(current)
	if j.Previous != nil && at.Before(j.PreviousUntil) {
		previous, err := s.vault.Open(aad, j.Previous)
		if err != nil {
			return nil, err
		}
		old, err := standardSignature(string(previous), j.EventID, at, body)
		if err != nil {
			return nil, err
		}
		standard, hexKey = standard+" "+old, string(previous)
	}
	header, signature := http.Header{}, hexSignature(j.Algorithm, hexKey, body)
	header.Set("Webhook-Signature", standard)
	header.Set("X-Youverify-Signature", signature)
	header.Set("X-Yv-Signature", signature)
	return header, nil
}

// contacted tells whether a result says anything about the receiver.
func (r result) contacted() bool {
	switch r.class {
	case classNoEndpoint, classDisabled, classNoPayload, classSealed:
		return false
	}
	return true
}

// What sealed columns are bound to. The secret and the previous secret share one text, so that a rotation can move the
// column.
func eventAAD(businessID, eventID string) string {
	return "webhook_events/" + businessID + "/" + eventID
}

func endpointAAD(businessID, endpointID string) string {
	return "webhook_endpoints/" + businessID + "/" + endpointID
}
