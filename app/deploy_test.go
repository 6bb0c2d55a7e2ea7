package app_test

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.yaml.in/yaml/v3"

	"whoseline/app"
	"whoseline/config"
	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// question is what a rule or a panel asks of Prometheus.
type question struct {
	where, record, expr string
	shown               []string // labels that its words name
}

// asked gives all questions of the rules and the dashboards that are shipped.
func asked(t *testing.T) (all []question) {
	t.Helper()
	var rules struct {
		Groups []struct {
			Rules []struct {
				Record, Alert, Expr string
				Annotations         map[string]string
			}
		}
	}
	parse(t, "../deploy/prometheus/whoseline.rules.yaml", yaml.Unmarshal, &rules)
	for _, group := range rules.Groups {
		for _, r := range group.Rules {
			q := question{where: r.Record + r.Alert, record: r.Record, expr: r.Expr}
			for _, text := range r.Annotations {
				q.shown = append(q.shown, firsts(regexp.MustCompile(`\$labels\.(\w+)`), text)...)
			}
			all = append(all, q)
		}
	}
	files, err := filepath.Glob("../deploy/grafana/*.json")
	if err != nil || len(files) == 0 || len(all) == 0 {
		t.Fatalf("%d rules, dashboards %v, %v", len(all), files, err)
	}
	for _, file := range files {
		var board struct {
			Panels []struct {
				Title   string
				Targets []struct{ Expr, LegendFormat string }
			}
		}
		parse(t, file, json.Unmarshal, &board)
		for _, p := range board.Panels {
			for _, target := range p.Targets {
				shown := firsts(regexp.MustCompile(`\{\{(\w+)\}\}`), target.LegendFormat)
				all = append(all, question{where: filepath.Base(file) + ": " + p.Title, expr: target.Expr, shown: shown})
			}
		}
	}
	return all
}

func parse(t *testing.T, file string, as func([]byte, any) error, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := as(text, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// firsts gives the first group of every match.
func firsts(pattern *regexp.Regexp, text string) (found []string) {
	for _, m := range pattern.FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	return found
}

// offer is what there is to ask for.
type offer struct {
	labels map[string][]string // of every metric and recorded series
	values map[string][]string // of METRIC/LABEL, for labels of which all values are known
}

var (
	series   = regexp.MustCompile(`\b((?:whoseline|process|go)[_:][a-z0-9_:]+)(?:\{([^{}]*)\})?`)
	matcher  = regexp.MustCompile(`(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"`)
	grouping = regexp.MustCompile(`\b(?:by|without|on|ignoring)\s*\(([^)]*)\)`)
)

// find gives the metric that a series belongs to and the labels that the series has.
func (o offer) find(name string) (metric string, labels []string, ok bool) {
	if own, ok := o.labels[name]; ok {
		return name, own, true
	}
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		metric, cut := strings.CutSuffix(name, suffix)
		own, ok := o.labels[metric]
		if !cut || !ok {
			continue
		}
		if suffix == "_bucket" {
			own = append(slices.Clone(own), "le")
		}
		return metric, own, true
	}
	return "", nil, false
}

// problems gives what a question names that there is not, and the labels that its answer may have.
func (o offer) problems(q question) (problems, labels []string) {
	labels = []string{"job", "instance"}
	for _, s := range series.FindAllStringSubmatch(q.expr, -1) {
		metric, own, ok := o.find(s[1])
		if !ok {
			problems = append(problems, s[1])
		}
		own = append(slices.Clone(own), "job", "instance")
		labels = append(labels, own...)
		for _, m := range matcher.FindAllStringSubmatch(s[2], -1) {
			if !slices.Contains(own, m[1]) {
				problems = append(problems, s[1]+" has no label "+m[1])
			}
			for value := range strings.SplitSeq(m[2], "|") {
				if all, ok := o.values[metric+"/"+m[1]]; ok && !slices.Contains(all, value) {
					problems = append(problems, s[1]+" is never of "+m[1]+" "+value)
				}
			}
		}
	}
	named := slices.Clone(q.shown)
	for _, list := range firsts(grouping, q.expr) {
		named = append(named, strings.Split(strings.ReplaceAll(list, " ", ""), ",")...)
	}
	for _, label := range named {
		if label != "" && !slices.Contains(labels, label) {
			problems = append(problems, "nothing has the label "+label)
		}
	}
	return problems, labels
}

// offered gives what a gateway has to tell and what the rules make of it.
func offered(t *testing.T, a *app.App, questions []question) offer {
	t.Helper()
	o := offer{labels: described(t, a.Registry()), values: map[string][]string{}}
	families, err := a.Registry().Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if !slices.Contains(complete, f.GetName()) {
			continue
		}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				at := f.GetName() + "/" + l.GetName()
				o.values[at] = append(o.values[at], l.GetValue())
			}
		}
	}
	for _, route := range a.HTTP.GetRoutes() {
		const at = "whoseline_http_request_duration_seconds/http_route"
		o.values[at] = append(o.values[at], route.Path)
	}
	for _, q := range questions {
		if q.record != "" {
			_, o.labels[q.record] = o.problems(q)
		}
	}
	return o
}

// complete are metrics that show all their series from the start.
var complete = []string{
	"whoseline_sign_ins_total", "whoseline_webhook_attempts_total", "whoseline_lookups_total", "whoseline_provider_outcomes_total",
	"whoseline_wallets_minor_units", "whoseline_wallets_broken", "whoseline_database_connections",
}

var (
	metricName   = regexp.MustCompile(`fqName: "([^"]+)"`)
	fixedLabel   = regexp.MustCompile(`constLabels: \{([^}]*)\}`)
	labelOfFixed = regexp.MustCompile(`(\w+)="`)
	variable     = regexp.MustCompile(`variableLabels: \{([^}]+)\}`)
)

// described reads descriptions in the form in which the library prints them; it shows them in no other.
func described(t *testing.T, r *prometheus.Registry) map[string][]string {
	t.Helper()
	all, ch := map[string][]string{}, make(chan *prometheus.Desc)
	go func() {
		r.Describe(ch)
		close(ch)
	}()
	for d := range ch {
		text := d.String()
		name := metricName.FindStringSubmatch(text)
		if name == nil {
			t.Fatal(text)
		}
		labels := []string{}
		if m := fixedLabel.FindStringSubmatch(text); m != nil {
			labels = append(labels, firsts(labelOfFixed, m[1])...)
		}
		if m := variable.FindStringSubmatch(text); m != nil {
			labels = append(labels, strings.Split(m[1], ",")...)
		}
		all[name[1]] = labels
	}
	return all
}

func TestRulesAndDashboardsAskForWhatThereIs(t *testing.T) {
	t.Parallel()
	settings := config.Default()
	settings.Database.URL = storagetest.MigratedURL(t, storage.SQLite)
	settings.Security.MasterKey = config.Secret(base64.StdEncoding.EncodeToString(make([]byte, 32)))
	settings.Providers.Live = []string{"sandbox"}
	a := opened(t, settings, models.World{})
	questions := asked(t)
	o := offered(t, a, questions)
	for _, q := range questions {
		problems, _ := o.problems(q)
		for _, p := range problems {
			t.Errorf("%s: %s", q.where, p)
		}
	}
}

func TestQuestionsForWhatThereIsNotAreSeen(t *testing.T) {
	t.Parallel()
	o := offer{
		labels: map[string][]string{"whoseline_a_total": {"outcome"}, "whoseline_b_seconds": {}, "whoseline:a:rate": {"outcome"}},
		values: map[string][]string{"whoseline_a_total/outcome": {"good", "bad"}},
	}
	for expr, fine := range map[string]bool{
		`sum by (outcome) (rate(whoseline_a_total{outcome=~"good|bad"}[5m])) > 0`:     true,
		`histogram_quantile(0.5, sum by (le) (rate(whoseline_b_seconds_bucket[5m])))`: true,
		`max by (instance) (whoseline:a:rate{job="whoseline"})`:                       true,
		`whoseline_c_total`:                               false,
		`whoseline:c:rate`:                                false,
		`whoseline_a_total{result="good"}`:                false,
		`whoseline_a_total{outcome=~"good|ugly"}`:         false,
		`sum by (result) (whoseline_a_total)`:             false,
		`sum by (le) (rate(whoseline_b_seconds_sum[5m]))`: false,
	} {
		if problems, _ := o.problems(question{expr: expr}); (len(problems) == 0) != fine {
			t.Errorf("%s: %v", expr, problems)
		}
	}
	if problems, _ := o.problems(question{expr: "whoseline_a_total", shown: []string{"result"}}); len(problems) != 1 {
		t.Errorf("a legend: %v", problems)
	}
}
