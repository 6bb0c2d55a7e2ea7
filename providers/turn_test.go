package providers

import (
	"strings"
	"testing"

	"whoseline/lookup"
)

func TestASecondOpinionIsAskedOfOthersAndFirstOfThoseWithOtherData(t *testing.T) {
	t.Parallel()
	r := rankedRouter(Weights{},
		Candidate{Name: "a", Data: "nimc"}, Candidate{Name: "b", Data: "nimc"}, Candidate{Name: "c"}, Candidate{Name: "d", Data: "telco:mtn"},
	)
	for excluded, want := range map[string]string{
		"": "a b c d", "a": "c d b", "d": "a b c", "a b": "c d", "c stranger": "a b d", "a b c d": "",
	} {
		got := asks(t, r, func(q *lookup.Question) { q.Exclude = strings.Fields(excluded) })
		if strings.Join(got, " ") != want {
			t.Errorf("without %q: %v, want %s", excluded, got, want)
		}
	}
}

func TestWhoOnlyComparesStandsBehindThoseWhoNameOwnersUnlessNoneIsWanted(t *testing.T) {
	t.Parallel()
	r := rankedRouter(Weights{},
		Candidate{Name: "judge", MatchOnly: true}, Candidate{Name: "owner", BasicOnly: true}, Candidate{Name: "full"},
	)
	for want, change := range map[string]func(q *lookup.Question){
		"owner full judge":  func(*lookup.Question) {},
		"full judge":        func(q *lookup.Question) { q.Advanced = true },
		"judge owner full":  func(q *lookup.Question) { q.VerdictOnly = true },
		"owner full":        func(q *lookup.Question) { q.Exclude = []string{"judge"} },
		"judge owner":       func(q *lookup.Question) { q.VerdictOnly, q.Routing.Sources = true, []string{"owner", "judge"} },
		"owner judge":       func(q *lookup.Question) { q.Routing.Sources = []string{"judge", "owner"} },
		"judge":             func(q *lookup.Question) { q.Routing.Sources = []string{"judge"} },
		"judge owner full ": func(q *lookup.Question) { q.VerdictOnly, q.Advanced = true, false },
	} {
		if got := strings.Join(asks(t, r, change), " "); got != strings.TrimSpace(want) {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
