package providers

import (
	"whoseline/lookup"
	"whoseline/models"
)

// temper combines what a source said with how the contexts around it ended: caller is the error of the caller's
// context, attempt that of the attempt's own. A final answer counts even when it comes late, because it was paid for. A
// failure that is seen while a context ends is only that end.
func temper(said lookup.Finding, caller, attempt error) lookup.Finding {
	r, known := rules[said.Outcome]
	if !known || r.Unasked || said.Outcome == models.OutcomeFound && len(said.Owners) == 0 && said.Match == nil {
		said.Outcome, r = models.OutcomeBadPayload, rules[models.OutcomeBadPayload]
	}
	switch {
	case !r.Echo:
	case caller != nil:
		said.Outcome = models.OutcomeCanceled
	case attempt != nil:
		said.Outcome = models.OutcomeTimeout
	case said.Outcome == models.OutcomeCanceled:
		said.Outcome = models.OutcomeProviderDown // nobody here cancelled anything
	}
	if said.Outcome != models.OutcomeFound {
		said.Owners = nil
	}
	if said.Outcome != models.OutcomeFound && said.Outcome != models.OutcomeNotApplicable {
		said.Match = nil
	}
	return said
}

// ends tells whether the search stops after this outcome. A miss ends it, unless the source knows only some of the
// numbers.
func ends(outcome models.Outcome, nextOnMiss bool) bool {
	if outcome == models.OutcomeNotFound && nextOnMiss {
		return false
	}
	r := rules[outcome]
	return r.Final || !r.Next
}

// telling gives the finding to report: the newest if it is final, else the one with more weight; of equals the newer
// one.
func telling(before, newest lookup.Finding, nextOnMiss bool) lookup.Finding {
	if rules[newest.Outcome].Final && ends(newest.Outcome, nextOnMiss) {
		return newest
	}
	if before.Outcome != "" && rules[before.Outcome].Weight > rules[newest.Outcome].Weight {
		return before
	}
	return newest
}
