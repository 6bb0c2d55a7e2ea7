package webhooks

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
)

// got is a request that a receiver saw.
type got struct {
	method, path string
	header       http.Header
	body         string
}

// receiver is a business's side. It answers as it is told and keeps what it saw.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	seen  []got
	says  func(w http.ResponseWriter, r *http.Request)
	under atomic.Int64 // requests under way
}

func newReceiver(t testing.TB, says func(w http.ResponseWriter, r *http.Request)) *receiver {
	t.Helper()
	made := &receiver{says: says}
	made.Server = httptest.NewServer(made)
	t.Cleanup(made.Close)
	return made
}

// answers gives a receiver that always says the same.
func answers(t testing.TB, status int) *receiver {
	t.Helper()
	return newReceiver(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, _ := io.ReadAll(request.Body)
	r.mu.Lock()
	r.seen = append(r.seen, got{request.Method, request.URL.Path, request.Header, string(body)})
	r.mu.Unlock()
	r.under.Add(1)
	defer r.under.Add(-1)
	r.says(w, request)
}

func (r *receiver) requests() []got {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]got(nil), r.seen...)
}

// hanging gives a receiver that does not answer until it is let go or the caller gives up.
func hanging(t testing.TB) (r *receiver, release func()) {
	t.Helper()
	let := make(chan struct{})
	release = sync.OnceFunc(func() { close(let) })
	r = newReceiver(t, func(w http.ResponseWriter, request *http.Request) {
		select {
		case <-let:
		case <-request.Context().Done():
		}
	})
	t.Cleanup(release) // before the server closes, which waits for its requests
	return r, release
}
