// Package edgetest answers: what does a test of a dialect need? An edge that stands alone, and what every refusal must be.
package edgetest

import (
	"log/slog"
	"testing"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"

	"whoseline/handlers/edge"
	"whoseline/models"
)

// Refused fails the test unless an error blames the caller, in words that can be shown.
func Refused(t *testing.T, err error) {
	t.Helper()
	if told := edge.Translate(err); told.Code != models.Invalid || told.Message == "" || !utf8.ValidString(told.Message) {
		t.Errorf("%v", err)
	}
}

// New gives the edge of a test: it counts for nobody, and logs nothing unless it is told where.
func New(o edge.Options) *edge.Edge {
	o.Registry = prometheus.NewRegistry()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Bounds == nil {
		o.Bounds = edge.NewBounds(edge.Limits{})
	}
	return edge.New(o)
}
