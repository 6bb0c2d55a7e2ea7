package handlers

import (
	"log/slog"
	"testing"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"

	entry "whoseline/handlers/edge"
	"whoseline/models"
)

// Refused fails the test unless an error blames the caller, in words that can be shown.
func Refused(t *testing.T, err error) {
	t.Helper()
	if told := translate(err); told.Code != models.Invalid || told.Message == "" || !utf8.ValidString(told.Message) {
		t.Errorf("%v", err)
	}
}

// NewTestEdge gives the edge of a test: it counts for nobody, and logs nothing unless it is told where.
func NewTestEdge(o Options) *edge {
	o.Registry = prometheus.NewRegistry()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Bounds == nil {
		o.Bounds = entry.NewBounds(entry.Limits{})
	}
	return newEdge(o)
}
