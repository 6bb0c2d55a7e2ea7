package providers

import (
	"bytes"
	"context"
	"encoding/base64"
	"image/jpeg"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"whoseline/lookup"
	"whoseline/models"
)

func TestTheLastDigitDecidesWhatTheSandboxSays(t *testing.T) {
	t.Parallel()
	namesakes := []models.Owner{
		{FullName: "EHICHIOYA FAMOUS PRIOR", DateOfBirth: "2000-01-01"},
		{FullName: "EHICHIOYA FAMOUS PRIOR", DateOfBirth: "2000-01-03"},
	}
	var slept time.Duration
	s := NewSandbox(func(_ context.Context, span time.Duration) error { slept += span; return nil })
	for number, want := range map[string]lookup.Finding{
		"08000000000": {Outcome: models.OutcomeFound, Owners: namesakes},
		"08000000001": {Outcome: models.OutcomeNotFound},
		"08000000002": {Outcome: models.OutcomeInvalid, Reason: "Invalid phone number"},
		"08000000003": {Outcome: models.OutcomeSourceDown},
		"08000000005": {Outcome: models.OutcomeWalletEmpty},
		"08000000006": {Outcome: models.OutcomeRateLimited, RetryAfter: time.Second},
		"08000000007": {Outcome: models.OutcomeFound, Owners: namesakes},
		"08000000008": {Outcome: models.OutcomeBadPayload},
		"08000000009": {Outcome: models.OutcomeProviderDown},
		"08000000010": {Outcome: models.OutcomeNotFound},
		"08000000024": {Outcome: models.OutcomeSourceDown},
		"08031234560": {Outcome: models.OutcomeNotFound},
		"09000000000": {Outcome: models.OutcomeNotFound},
	} {
		if diff := cmp.Diff(want, s.Owners(t.Context(), question(t, number))); diff != "" {
			t.Errorf("%s: %s", number, diff)
		}
	}
	q := question(t, "08000000024")
	q.Again = true
	if diff := cmp.Diff(lookup.Finding{Outcome: models.OutcomeFound, Owners: namesakes}, s.Owners(t.Context(), q)); diff != "" {
		t.Errorf("asked again: %s", diff)
	}
	if slept != sandboxSlowness {
		t.Errorf("slept %v", slept)
	}
}

func TestTheSandboxHasOneCompleteRecord(t *testing.T) {
	t.Parallel()
	got := NewSandbox(nil).Owners(t.Context(), question(t, "08000000004"))
	if len(got.Owners) != 1 {
		t.Fatalf("%d owners", len(got.Owners))
	}
	owner := got.Owners[0]
	for name, value := range map[string]string{
		"full": owner.FullName, "first": owner.FirstName, "middle": owner.MiddleName, "last": owner.LastName,
		"dob": owner.DateOfBirth, "gender": owner.Gender, "nin": owner.NIN, "email": owner.Email,
		"birth state": owner.BirthState, "birth lga": owner.BirthLGA, "birth country": owner.Birthplace,
		"religion": owner.Religion, "town": owner.Address.Town, "lga": owner.Address.LGA, "state": owner.Address.State,
		"line": owner.Address.Line,
	} {
		if value == "" {
			t.Errorf("%s is empty", name)
		}
	}
	photo, ok := strings.CutPrefix(owner.Image, "data:image/jpg;base64,")
	picture, err := base64.StdEncoding.DecodeString(photo)
	if !ok || err != nil {
		t.Fatalf("image: %v", err)
	}
	if _, err := jpeg.Decode(bytes.NewReader(picture)); err != nil {
		t.Errorf("image: %v", err)
	}
}

func TestTheSlowNumberTakesTwoSecondsOrTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for timeout, want := range map[time.Duration]models.Outcome{
			4 * time.Second: models.OutcomeFound, time.Second: models.OutcomeTimeout,
		} {
			candidates := []Candidate{NewSandbox(nil).Candidate(0)}
			candidates[0].Limits.Timeout = timeout
			r := newRouter(RouterOptions{Candidates: candidates})
			start := time.Now()
			got := r.Owners(t.Context(), question(t, "08000000007"))
			if took := time.Since(start); got.Outcome != want || took != min(timeout, sandboxSlowness) {
				t.Errorf("%s after %v", got.Outcome, took)
			}
		}
	})
}

func TestOneCallersChangesDoNotReachTheNext(t *testing.T) {
	t.Parallel()
	s := NewSandbox(nil)
	for _, number := range []string{"08000000000", "08000000004"} {
		first := s.Owners(t.Context(), question(t, number))
		first.Owners[0].FullName = "CHANGED"
		if first.Owners[0].Address != nil {
			first.Owners[0].Address.Town = "CHANGED"
		}
		second := s.Owners(t.Context(), question(t, number)).Owners[0]
		if second.FullName == "CHANGED" || second.Address != nil && second.Address.Town == "CHANGED" {
			t.Errorf("%s was changed", number)
		}
	}
}

func TestFailuresThatAreAskedForOpenNoBreaker(t *testing.T) {
	t.Parallel()
	router := newRouter(RouterOptions{Candidates: []Candidate{NewSandbox(nil).Candidate(0)}})
	for range 20 {
		for _, number := range []string{"08000000003", "08000000005", "08000000006", "08000000008", "08000000009"} {
			router.Owners(t.Context(), question(t, number))
		}
	}
	if got := router.Owners(t.Context(), question(t, "08000000000")); got.Outcome != models.OutcomeFound {
		t.Errorf("a good number afterwards: %s", got.Outcome)
	}
}
