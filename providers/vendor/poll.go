package vendor

import (
	"context"
	"net/http"

	"whoseline/lookup"
	"whoseline/models"
	"whoseline/providers/gate"
)

// Poll asks for the answer that the vendor owes under a reference. The outcome not_applicable says that it owes none
// any more. An endpoint whose vendor cannot be asked gives pending: the answer is still to come.
func (e *Endpoint) Poll(ctx context.Context, in Inquiry, ref string) Reading {
	terms := e.def.Poll
	v, ok := e.def.values(in)
	if terms == nil || !ok {
		return Reading{Outcome: models.OutcomePending, Ref: ref}
	}
	for name, value := range e.vars {
		v[name] = value
	}
	v["ref"] = ref
	return e.insist(v, func() Reading {
		return e.exchange(ctx, terms.Request, v, func(got gate.Reply) Reading {
			return e.def.understand(got, in, e.now(), owedAnswer{terms.Classify, terms.Answer})
		})
	})
}

// owedAnswer is how a later answer differs from one that comes at once: its rules read the whole of it, the
// definition's own rules the answer inside.
type owedAnswer struct {
	rules []clause
	where paths
}

// Poll asks the vendor for the answer that it owes under a reference.
func (s *Source) Poll(ctx context.Context, q lookup.Question, ref string) lookup.Finding {
	endpoint := s.asked(q)
	return endpoint.finding(endpoint.Poll(ctx, endpoint.inquiry(q), ref), q.Expected)
}

// Told reads an answer that the vendor brought.
func (s *Source) Told(q lookup.Question, body []byte) lookup.Finding {
	endpoint := s.asked(q)
	terms := endpoint.def.Webhook
	if terms == nil {
		return lookup.Finding{Outcome: models.OutcomePending}
	}
	got, in := gate.Reply{Status: http.StatusOK, Body: body}, endpoint.inquiry(q)
	said := endpoint.def.understand(got, in, endpoint.now(), owedAnswer{terms.Classify, terms.Answer})
	said.HTTP = 0 // it was not asked
	return endpoint.finding(said, q.Expected)
}
