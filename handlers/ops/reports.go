package ops

import (
	"context"
	"net/http"
	"time"

	"whoseline/handlers/edge"
	"whoseline/lookup"
	"whoseline/models"
	"whoseline/views"
)

// The bounds of a report that is asked for over HTTP. The command of the same name has none.
const (
	reportDays   = 31
	reportWithin = time.Minute
)

// marginReport answers GET /v1/reports/margin?from=DAY&to=DAY on the operator's side: what each source cost and brought in.
// It stands there and not on the public side because what vendors are paid is no business of those who pay us. Without
// days it is of the last seven. One report is made at a time.
func (o Options) marginReport() http.HandlerFunc {
	turn := make(chan struct{}, 1)
	return func(w http.ResponseWriter, r *http.Request) {
		span, err := o.reportSpan(r)
		if err != nil {
			answer(w, http.StatusBadRequest, map[string]string{"error": edge.Translate(err).Message})
			return
		}
		select {
		case turn <- struct{}{}:
			defer func() { <-turn }()
		default:
			w.Header().Set("Retry-After", "5")
			answer(w, http.StatusTooManyRequests, map[string]string{"error": "another report is being made"})
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), reportWithin)
		defer cancel()
		list, err := o.Margins(ctx, span)
		if err != nil {
			o.Log.Error("report of margins failed", "err", err)
			answer(w, http.StatusInternalServerError, map[string]string{"error": "the report could not be made"})
			return
		}
		if list == nil {
			list = []lookup.Margin{}
		}
		answer(w, http.StatusOK, map[string]any{"from": views.Instant(span.From), "to": views.Instant(span.To), "data": list})
	}
}

// reportSpan reads the days of a report.
func (o Options) reportSpan(r *http.Request) (lookup.Span, error) {
	query := r.URL.Query()
	span, err := lookup.Days(query.Get("from"), query.Get("to"))
	if err != nil {
		return span, err
	}
	tomorrow := o.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 1)
	if span.To.IsZero() {
		span.To = tomorrow
	}
	if span.From.IsZero() {
		span.From = span.To.AddDate(0, 0, -7)
	}
	if days := span.To.Sub(span.From); days <= 0 || days > reportDays*24*time.Hour {
		return span, models.BadField("from", "from and to must be at most 31 days apart, in this order")
	}
	return span, nil
}
