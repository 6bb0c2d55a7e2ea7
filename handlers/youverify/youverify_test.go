package youverify

import (
	"testing"

	"whoseline/models"
)

func TestEveryCodeHasAnAnswerInYouverifysEnvelope(t *testing.T) {
	t.Parallel()
	for _, code := range []models.Code{
		models.Invalid, models.ConsentMissing, models.ConsentWithdrawn, models.Unauthorized, models.NotFound, models.MethodNotAllowed,
		models.InsufficientFunds, models.InProgress, models.IdempotencyMismatch, models.TooLarge, models.UnsupportedMediaType,
		models.TooManyRequests, models.SourcesUnavailable, models.Busy,
	} {
		if refusals[code].status == 0 {
			t.Errorf("%s has no status", code)
		}
	}
}
