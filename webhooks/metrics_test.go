package webhooks

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"whoseline/test/wait"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func TestTheMetricsTellDepthAgeAndOutcomes(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		registry := prometheus.NewPedanticRegistry()
		o.Register(registry)
		good, bad := answers(t, 200), answers(t, 500)
		o.endpoint("good", good.URL)
		o.endpoint("bad", bad.URL)
		stop := o.open()
		o.becomes(o.event("good", "{}"), models.WebhookDelivered, 1)
		o.becomes(o.event("bad", "{}"), models.WebhookWaiting, 1)
		stop()
		o.script.pass(40 * time.Second)
		want := `
# HELP whoseline_webhook_attempts_in_flight Attempts under way in this process.
# TYPE whoseline_webhook_attempts_in_flight gauge
whoseline_webhook_attempts_in_flight 0
# HELP whoseline_webhook_deliveries_waiting Deliveries that wait, for their turn or their next try. Counted up to 100000.
# TYPE whoseline_webhook_deliveries_waiting gauge
whoseline_webhook_deliveries_waiting 1
# HELP whoseline_webhook_oldest_due_seconds How long the delivery that is overdue most has been so; 0 when none is.
# TYPE whoseline_webhook_oldest_due_seconds gauge
whoseline_webhook_oldest_due_seconds 30
`
		err := testutil.GatherAndCompare(registry, strings.NewReader(want), "whoseline_webhook_attempts_in_flight",
			"whoseline_webhook_deliveries_waiting", "whoseline_webhook_oldest_due_seconds")
		if err != nil {
			t.Error(err)
		}
		for outcome, n := range map[class]float64{classDelivered: 1, classBroken: 1, classTimeout: 0} {
			if is := testutil.ToFloat64(o.metrics.known[outcome]); is != n {
				t.Errorf("%s: %v", outcome, is)
			}
		}
	})
}

func TestLogsAndMetricsTellNothingSecret(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		registry := prometheus.NewPedanticRegistry()
		o.Register(registry)
		gone := answers(t, 410)
		_, secret := o.endpoint("shop", gone.URL+"/seeded-path?token=seeded-token")
		unreachable, _ := o.endpoint("shop", "http://127.0.0.1:1/seeded-path?token=seeded-token")
		o.open()
		e := o.event("shop", `{"name":"Seeded Name"}`)
		wait.Until(t, "each endpoint was tried once", func() bool {
			for _, d := range o.deliveries(e) {
				if d.Attempts != 1 || d.Lease != "" {
					return false
				}
			}
			return true
		})
		if err := o.primary.Model(&models.WebhookEndpoint{}).Where("id = ?", unreachable.ID).Update("secret", []byte("altered")).Error; err != nil {
			t.Fatal(err)
		}
		o.script.pass(time.Minute)
		o.Nudge()
		wait.Until(t, "the log says why", func() bool { return strings.Contains(o.said.String(), "cannot be unsealed") })
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		all := o.said.String() + fmt.Sprint(families)
		for _, hidden := range []string{"seeded", "Seeded", secret[6:], gone.URL} {
			if strings.Contains(all, hidden) {
				t.Errorf("%q is told: %s", hidden, all)
			}
		}
		if !strings.Contains(o.said.String(), "delivery given up") || strings.Contains(fmt.Sprint(families), "shop") {
			t.Error("the log says nothing, or the metrics name a business")
		}
	})
}

// A long queue must cost no more to look at than a short one.
func TestTheQueueIsReadThroughItsIndex(t *testing.T) {
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		o := newOffice(t, db, &script{at: noon})
		var rows []models.WebhookDelivery
		for i := range 1000 {
			rows = append(rows, models.WebhookDelivery{
				BusinessID: fmt.Sprint(i % 40), EventID: fmt.Sprint(i), EndpointID: "e", State: models.WebhookWaiting,
				NextAt: noon.Add(time.Duration(i)), CreatedAt: noon,
			})
		}
		if err := o.primary.CreateInBatches(rows, 500).Error; err != nil {
			t.Fatal(err)
		}
		heads, err := o.queue.heads(t.Context(), lane{"1", "e"})
		if err != nil || len(heads) != 38 || heads[0].businessID != "10" {
			t.Fatalf("%d heads, %v", len(heads), err)
		}
		if err := o.primary.Exec("ANALYZE").Error; err != nil {
			t.Fatal(err)
		}
		plan := o.plan()
		seeks := "Index Cond: (ROW(business_id, endpoint_id) > ROW(h.business_id, h.endpoint_id))"
		if db.Engine == storage.SQLite {
			seeks = "SEARCH d USING COVERING INDEX webhook_deliveries_waiting (business_id=? AND endpoint_id>?)"
		}
		if !strings.Contains(plan, seeks) || strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "SCAN d") {
			t.Error(plan)
		}
	})
}

// plan is how the engine looks at the queue.
func (o *office) plan() (plan string) {
	o.t.Helper()
	query := o.replica.Raw("EXPLAIN QUERY PLAN "+embeddedHeadsStatement, "1", "e", "1", headsAtOnce)
	if o.db.Engine == storage.Postgres {
		query = o.replica.Raw("EXPLAIN " + strings.NewReplacer("$1", "'1'", "$2", "'e'", "$3", "256").Replace(headsStatement))
	}
	var lines []map[string]any
	if err := query.Scan(&lines).Error; err != nil {
		o.t.Fatal(err)
	}
	for _, line := range lines {
		plan += fmt.Sprintln(line["detail"], line["QUERY PLAN"])
	}
	return plan
}
