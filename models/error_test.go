package models_test

import (
	"errors"
	"fmt"
	"testing"

	"whoseline/models"
)

func TestAnErrorIsKnownByItsCodeThroughEveryWrapping(t *testing.T) {
	t.Parallel()
	cause := errors.New("disk full")
	for name, one := range map[string]struct {
		err  error
		code models.Code
		text string
	}{
		"nothing":          {nil, "", ""},
		"a stranger":       {cause, models.Internal, "disk full"},
		"one of ours":      {models.Fail(models.NotFound, "no such lookup"), models.NotFound, "not_found: no such lookup"},
		"a wrapped one":    {fmt.Errorf("read: %w", models.BadField("limit", "too many")), models.Invalid, "read: invalid: too many"},
		"a fault":          {models.Fault(cause), models.Internal, "internal: disk full"},
		"joined to others": {errors.Join(cause, models.Fail(models.Busy, "")), models.Busy, "disk full\nbusy"},
	} {
		if got := models.CodeOf(one.err); got != one.code {
			t.Errorf("%s: code %q", name, got)
		}
		if one.err != nil && one.err.Error() != one.text {
			t.Errorf("%s: %q", name, one.err)
		}
	}
	if err := fmt.Errorf("x: %w", models.Fault(cause)); !errors.Is(err, cause) || !errors.Is(err, &models.Error{Code: models.Internal}) {
		t.Error("a fault hides its cause or its code")
	}
	if errors.Is(models.Fail(models.Busy, ""), &models.Error{Code: models.Invalid}) {
		t.Error("two codes are taken for one")
	}
}

func TestMoneyLeavesTheAccountThatItsKindNames(t *testing.T) {
	t.Parallel()
	for kind, want := range map[models.TransferKind][2]models.Account{
		models.TopUp: {models.Funding, models.Available}, models.Hold: {models.Available, models.Held},
		models.Capture: {models.Held, models.Revenue}, models.Release: {models.Held, models.Available},
	} {
		if debit, credit := kind.Accounts(); [2]models.Account{debit, credit} != want {
			t.Errorf("%s: from %s to %s", kind, debit, credit)
		}
	}
}
