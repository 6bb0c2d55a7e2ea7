package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"whoseline/access"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// scopeOf is what a key needs on the routes of a business's server: by the beginning of the path, the longest first.
var scopeOf = []struct {
	method, path string
	scope        access.Scope
}{
	{"POST", "/v2/api/identity/ng/phone", access.ScopeLookup},
	{"", "/v2/api/identity", access.ScopeHistory},
	{"GET", "/v1/lookups/", access.ScopeHistory},
	{"POST", "/v1/lookups/", access.ScopeLookup},
	{"", "/v1/wallet", access.ScopeWallet},
	{"", "/v1/caps", access.ScopeWallet},
	{"", "/v1/batches", access.ScopeBatches},
	{"", "/v1/top-ups", access.ScopeTopUps},
	{"", "/v1/exports", access.ScopeExports},
	{"", "/v1/prices", access.ScopeWallet},
	{"", "/v1/quotes", access.ScopeWallet},
	{"", "/v1/statements", access.ScopeWallet},
	{"", "/v1/checkpoints", access.ScopeWallet},
	{"", "/v1/consents", access.ScopeConsents},
	{"", "/v1/erasures", access.ScopeErasures},
	{"", "/v1/webhooks", access.ScopeWebhooks},
	{"", "/v1/templates", access.ScopeSubjects},
	{"", "/v1/subjects", access.ScopeSubjects},
	{"GET", "/v1/status/providers", access.AnyScope},
}

// TestEachRouteNamesItsScope calls every route with a key of each scope: only the route's own one gets past the door.
func TestEachRouteNamesItsScope(t *testing.T) {
	t.Parallel()
	setup := "business acme\n"
	for _, s := range access.Scopes() {
		setup += fmt.Sprintf("key acme-%s-token-1 business=acme scopes=%s\n", s.Scope, s.Scope)
	}
	g := raise(t, storagetest.MigratedURL(t, storage.SQLite), &txtar.Archive{Files: []txtar.File{
		{Name: "world", Data: []byte("id 61b934dfaab326675cdfaab3\n")}, {Name: "setup", Data: []byte(setup)},
	}})
	tried := 0
	for _, route := range g.app.HTTP.GetRoutes(true) {
		if route.Method == http.MethodHead || !strings.HasPrefix(route.Path, "/v1/") && !strings.HasPrefix(route.Path, "/v2/api/") || route.Path == "/v1/" {
			continue
		}
		tried++
		needed := neededScope(t, route.Method, route.Path)
		for _, s := range access.Scopes() {
			path := strings.NewReplacer(":id", "61b934dfaab326675cdfaab3", ":ref", "ada", ":language", "en", ":month", "2021-11", ":number", "none", ":what", "audit").Replace(route.Path)
			q, err := http.NewRequestWithContext(t.Context(), route.Method, "http://"+g.addr+path, strings.NewReader("{}"))
			must(t, err)
			q.Header.Set("Content-Type", "application/json")
			q.Header.Set("Token", fmt.Sprintf("acme-%s-token-1", s.Scope))
			answer, err := http.DefaultClient.Do(q)
			must(t, err)
			must(t, answer.Body.Close())
			if passes := answer.StatusCode != http.StatusForbidden; passes != (needed == access.AnyScope || needed == s.Scope) {
				t.Errorf("%s %s with %s: %d", route.Method, route.Path, s.Scope, answer.StatusCode)
			}
		}
	}
	if tried < 25 {
		t.Errorf("only %d routes were tried", tried)
	}
}

func neededScope(t *testing.T, method, path string) access.Scope {
	t.Helper()
	for _, s := range scopeOf {
		if strings.HasPrefix(path, s.path) && (s.method == "" || s.method == method) {
			return s.scope
		}
	}
	t.Errorf("%s %s: nobody says which scope it needs", method, path)
	return access.AnyScope
}
