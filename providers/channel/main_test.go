package channel

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is when the tests take place.
var noon = time.Date(2026, time.January, 1, 12, 0, 0, 0, time.UTC)

func atNoon() time.Time { return noon }

func calm() float64 { return 0 }

// served starts a far side on a loopback socket.
func served(t testing.TB, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}
