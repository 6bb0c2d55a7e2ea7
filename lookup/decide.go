package lookup

import (
	"time"

	"whoseline/models"
)

// verdict is what a finding means for the record, the money and the caller.
type verdict struct {
	status models.Status
	reason string
	charge int64
	err    *models.Error // nil: the caller gets the record as an answer
}

// noSource is the reason kept in the record of a lookup that no source answered.
const noSource = "No source could answer"

// decide is the table of outcome against status, charge and answer. Found and not found are answers and cost what the
// price list says; a number that the source calls impossible is an answer that costs nothing; everything else is
// nobody's answer and costs nothing.
func decide(f Finding, p Price) verdict {
	if f.Together.Recent {
		p.Found, p.NotFound = p.Recent.Found, p.Recent.NotFound
	}
	switch f.Outcome {
	case models.OutcomeFound:
		return verdict{status: models.Found, charge: p.Found}
	case models.OutcomeNotFound:
		return verdict{status: models.NoneFound, charge: p.NotFound}
	case models.OutcomeInvalid:
		return verdict{status: models.FailedAway, reason: f.Reason}
	default:
		return verdict{
			status: models.FailedAway, reason: noSource,
			err: &models.Error{Code: models.SourcesUnavailable, Message: "no source could answer", RetryAfter: retryAfter(f)},
		}
	}
}

// retryAfter is the source's own word, else a few seconds: about as long as a breaker stays open.
func retryAfter(f Finding) time.Duration {
	if f.RetryAfter > 0 {
		return f.RetryAfter
	}
	return 10 * time.Second
}

func (v verdict) failure() error {
	if v.err == nil {
		return nil
	}
	return v.err
}
