package ops

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

func TestTheLinkOfEveryAlertLeadsToItsRunbook(t *testing.T) {
	t.Parallel()
	rules, err := os.ReadFile("../../deploy/prometheus/whoseline.rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	links := regexp.MustCompile(`runbook_url: '\{\{ \$externalLabels\.whoseline_ops \}\}(/runbooks/(\w+))'`).FindAllStringSubmatch(string(rules), -1)
	if len(links) == 0 || len(links) != strings.Count(string(rules), "- alert: ") {
		t.Fatalf("%d links, %d alerts", len(links), strings.Count(string(rules), "- alert: "))
	}
	ops := New(Options{Gatherer: prometheus.NewRegistry()})
	ask := func(path string) (int, string) {
		answer := httptest.NewRecorder()
		request := httptest.NewRequest(http.MethodGet, path, http.NoBody)
		request.Host = "gateway"
		ops.ServeHTTP(answer, request)
		return answer.Code, answer.Body.String()
	}
	for _, link := range links {
		status, text := ask(link[1])
		if status != http.StatusOK || !strings.HasPrefix(text, link[2]+"\n") || strings.Count(text, "**Do.** ") != 1 {
			t.Errorf("%s: %d %s", link[1], status, text)
		}
	}
	if status, text := ask("/runbooks"); status != http.StatusOK || !strings.HasPrefix(text, "# Runbooks\n") {
		t.Errorf("all: %d %s", status, text)
	}
	if status, _ := ask("/runbooks/Nothing"); status != http.StatusNotFound {
		t.Errorf("an alert that there is not: %d", status)
	}
}
