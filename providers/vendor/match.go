package vendor

import (
	"math"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"whoseline/models"
)

// compare reads the vendor's verdicts on names and dates, field by field and as a whole. Where the vendor gives no
// verdict on the whole, compare makes it from the fields that could be compared.
func (d *definition) compare(root gjson.Result, said *Reading) {
	fields := map[string]string{}
	for name, p := range d.Match {
		if word := p.value(root); word.Exists() {
			fields[name] = compared(word.String())
		}
	}
	verdict := ""
	if said.Match != nil {
		verdict = said.Match.Verdict
	} else if d.Verdict != nil {
		verdict = d.Verdict.Map[d.Verdict.Path.text(root)]
	}
	if len(fields) == 0 && verdict == "" {
		return
	}
	if verdict == "" {
		verdict = sumUp(fields)
	}
	said.Match = &Match{Verdict: verdict, Fields: fields, Scores: d.scores(root)}
}

// on gives the verdict on what a caller expected, nil when the vendor decided nothing. If the vendor only gives a
// verdict on the whole, it holds for all names. A date of birth was compared only if the vendor says so.
func (m *Match) on(x *models.Expected) *models.Match {
	if m == nil || x == nil {
		return nil
	}
	whole := map[string]models.Verdict{"exact": models.Agrees, "none": models.Differs}[m.Verdict]
	c := models.Match{
		FirstName: m.field(x.FirstName, "first_name", whole), LastName: m.field(x.LastName, "last_name", whole),
		DateOfBirth: m.field(x.DateOfBirth, "date_of_birth", ""),
	}
	for _, l := range c.Fields() {
		if l.Verdict != models.NotAvailable {
			return &c
		}
	}
	return nil
}

// field gives the verdict on one field, nil when it was not asked.
func (m *Match) field(value *string, name string, whole models.Verdict) *models.FieldMatch {
	if value == nil {
		return nil
	}
	l := models.FieldMatch{Verdict: models.Verdict(m.Fields[name])}
	if l.Verdict == "" && len(m.Fields) == 0 {
		l.Verdict = whole
	}
	if score, told := m.Scores[name]; told {
		l.Score = &score
	}
	switch l.Verdict {
	case models.Agrees:
		sure := 100
		l.Score = &sure
	case models.Differs:
	default:
		l = models.FieldMatch{Verdict: models.NotAvailable}
	}
	return &l
}

// compared maps what vendors write, words or JSON booleans in any case, to true, false or not_available.
func compared(word string) string {
	switch word = strings.ToLower(word); word {
	case "true", "false":
		return word
	default:
		return "not_available"
	}
}

// sumUp is exact when every field that could be compared fits, none when none does.
func sumUp(fields map[string]string) string {
	fit, unfit := 0, 0
	for _, word := range fields {
		switch word {
		case "true":
			fit++
		case "false":
			unfit++
		}
	}
	switch {
	case fit == 0 && unfit == 0:
		return ""
	case unfit == 0:
		return "exact"
	case fit == 0:
		return "none"
	default:
		return "partial"
	}
}

func (d *definition) scores(root gjson.Result) map[string]int {
	scores := map[string]int{}
	for name, p := range d.Scores {
		if score := p.value(root); score.Type == gjson.Number && score.Num >= 0 && score.Num <= 100 {
			scores[name] = int(math.Round(score.Num))
		}
	}
	return scores
}

// signalKinds are the JSON types of the signals.
var signalKinds = map[string]func(gjson.Result) (any, bool){
	"sim_swapped":            boolean,
	"tenure_since_date":      boolean,
	"number_recycled":        boolean,
	"device_number_verified": boolean,
	"sim_changed_at":         moment,
	"sim_monitored_days":     wholeNumber,
	"contract_type":          word,
}

// signals gives those that the answer holds. False and null are answers too.
func (x *extraction) signals(root gjson.Result) map[string]any {
	var all map[string]any
	for name, p := range x.def.Signals {
		value := p.value(root)
		if !value.Exists() {
			continue
		}
		read, ok := any(nil), true
		if value.Type != gjson.Null {
			read, ok = signalKinds[name](value)
		}
		if !ok {
			x.dropped = append(x.dropped, name)
			continue
		}
		if all == nil {
			all = map[string]any{}
		}
		all[name] = read
	}
	return all
}

func boolean(value gjson.Result) (any, bool) { return value.Bool(), value.IsBool() }

func moment(value gjson.Result) (any, bool) {
	_, err := time.Parse(time.RFC3339Nano, value.String())
	return value.String(), err == nil && value.Type == gjson.String
}

func wholeNumber(value gjson.Result) (any, bool) {
	ok := value.Type == gjson.Number && value.Num == math.Trunc(value.Num) && math.Abs(value.Num) < 1<<53
	if !ok {
		return nil, false
	}
	return int64(value.Num), true
}

func word(value gjson.Result) (any, bool) {
	return value.String(), value.Type == gjson.String && value.String() != "" && len(value.String()) <= maxText
}
