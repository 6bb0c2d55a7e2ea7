package providers

import (
	"bytes"
	"context"
	"encoding/base64"
	"image"
	"image/jpeg"
	"strings"
	"time"

	"whoseline/lookup"
	"whoseline/models"
	"whoseline/providers/gate"
)

// sandboxNumbers is what every number that means something to the sandbox begins with: the national 0800000000X.
const sandboxNumbers = "234800000000"

// sandboxLater is one number more: at first nobody answers, and it is found when its pending lookup asks again.
const sandboxLater = "2348000000024"

// sandboxSlowness is how long the slow number takes.
const sandboxSlowness = 2 * time.Second

// Sandbox is the built-in source for trying things out. The last digit of 0800000000X decides what happens. 08000000024
// is found once its lookup has been pending. Every other number is not found. No owner in it is a real person. It
// always gives the full record; the caller decides what of it is shown.
type Sandbox struct {
	sleep func(ctx context.Context, span time.Duration) error
	delay time.Duration
	photo string
}

var _ lookup.Source = (*Sandbox)(nil)

// NewSandbox makes the source. sleep waits for a span or until the context ends, whose error it then gives; nil is real
// time.
func NewSandbox(sleep func(ctx context.Context, span time.Duration) error) *Sandbox {
	if sleep == nil {
		sleep = gate.Sleep
	}
	return &Sandbox{sleep: sleep, photo: greySquare()}
}

// Candidate lets many ask the sandbox at once, since it costs nothing and its slow number is slow on purpose. delay is
// how long every number takes.
func (s *Sandbox) Candidate(delay time.Duration) Candidate {
	s.delay = delay
	return Candidate{Name: "sandbox", Source: s, InProcess: true, Simulated: true, Limits: gate.Limits{MaxInflight: 4096}}
}

// Owners answers by the last digit.
func (s *Sandbox) Owners(ctx context.Context, q lookup.Question) lookup.Finding {
	if s.delay > 0 {
		if err := s.sleep(ctx, s.delay); err != nil {
			return lookup.Finding{Outcome: models.OutcomeTimeout, Err: err}
		}
	}
	digits := q.Phone.Digits()
	if len(digits) != len(sandboxNumbers)+1 || !strings.HasPrefix(digits, sandboxNumbers) {
		return otherwise(q)
	}
	switch q.Phone.LastDigit() {
	case 0:
		return lookup.Finding{Outcome: models.OutcomeFound, Owners: twoNamesakes()}
	case 2:
		return lookup.Finding{Outcome: models.OutcomeInvalid, Reason: "Invalid phone number"}
	case 3:
		return lookup.Finding{Outcome: models.OutcomeSourceDown}
	case 4:
		return lookup.Finding{Outcome: models.OutcomeFound, Owners: []models.Owner{s.fullRecord()}}
	case 5:
		return lookup.Finding{Outcome: models.OutcomeWalletEmpty}
	case 6:
		return lookup.Finding{Outcome: models.OutcomeRateLimited, RetryAfter: time.Second}
	case 7:
		return s.slowly(ctx)
	case 8:
		return lookup.Finding{Outcome: models.OutcomeBadPayload}
	case 9:
		return lookup.Finding{Outcome: models.OutcomeProviderDown}
	default:
		return lookup.Finding{Outcome: models.OutcomeNotFound}
	}
}

// otherwise answers for numbers whose last digit decides nothing.
func otherwise(q lookup.Question) lookup.Finding {
	if q.Phone.Digits() != sandboxLater {
		return lookup.Finding{Outcome: models.OutcomeNotFound}
	}
	if !q.Again {
		return lookup.Finding{Outcome: models.OutcomeSourceDown}
	}
	return lookup.Finding{Outcome: models.OutcomeFound, Owners: twoNamesakes()}
}

func (s *Sandbox) slowly(ctx context.Context) lookup.Finding {
	if err := s.sleep(ctx, sandboxSlowness); err != nil {
		return lookup.Finding{Outcome: models.OutcomeTimeout, Err: err}
	}
	return lookup.Finding{Outcome: models.OutcomeFound, Owners: twoNamesakes()}
}

func twoNamesakes() []models.Owner {
	return []models.Owner{
		{FullName: "EHICHIOYA FAMOUS PRIOR", DateOfBirth: "2000-01-01"},
		{FullName: "EHICHIOYA FAMOUS PRIOR", DateOfBirth: "2000-01-03"},
	}
}

func (s *Sandbox) fullRecord() models.Owner {
	return models.Owner{
		FullName: "SAMPLE ADAEZE NGOZI", FirstName: "ADAEZE", MiddleName: "NGOZI", LastName: "SAMPLE",
		DateOfBirth: "1992-07-14", Gender: "female", NIN: "00000000004", Email: "adaeze.sample@example.com",
		Image: s.photo, BirthState: "Enugu", BirthLGA: "Nsukka", Birthplace: "Nigeria", Religion: "christianity",
		Address: &models.Address{Town: "Ikeja", LGA: "Ikeja", State: "Lagos", Line: "4 Sandbox Close"},
	}
}

// greySquare is a portrait of nobody.
func greySquare() string {
	var picture bytes.Buffer
	if err := jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		return "" // a buffer takes every byte
	}
	return "data:image/jpg;base64," + base64.StdEncoding.EncodeToString(picture.Bytes())
}
