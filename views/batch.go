package views

import (
	"time"

	"whoseline/batches"
	"whoseline/models"
)

// Batch is a file of numbers, and how far it is.
type Batch struct {
	ID          string        `json:"id"`
	Name        string        `json:"name"`
	State       batches.State `json:"state"`
	Why         string        `json:"why,omitempty"` // a code: what it waits for
	Environment string        `json:"environment"`
	Rows        int64         `json:"rows"`
	Waiting     int64         `json:"waiting"`
	Found       int64         `json:"found"`
	NotFound    int64         `json:"notFound"`
	Failed      int64         `json:"failed"`
	Pending     int64         `json:"pending"`
	Refused     int64         `json:"refused"`
	Erased      int64         `json:"erased"`
	Budget      *int64        `json:"budget"` // kobo; null = no bound
	Spent       int64         `json:"spent"`  // kobo
	Held        int64         `json:"held"`   // kobo, for rows that are pending
	Currency    string        `json:"currency"`
	Rate        float64       `json:"rate,omitempty"`        // rows a second, as the last ones were
	SecondsLeft int64         `json:"secondsLeft,omitempty"` // at that rate
	CreatedAt   Instant       `json:"createdAt"`
	EndedAt     *Instant      `json:"endedAt"`
	KeptUntil   *Instant      `json:"keptUntil"` // when its rows are cleared away
}

// BatchOf shows a batch whose rows are kept for so long after its end.
func BatchOf(b batches.Batch, keep time.Duration) Batch {
	v := Batch{
		ID: b.ID, Name: b.Name, State: b.State, Why: b.Why, Environment: Mode(b.Sandbox), Rows: b.Rows, Waiting: b.Waiting(), Found: b.Found,
		NotFound: b.NotFound, Failed: b.Failed, Pending: b.Pending, Refused: b.Refused, Erased: b.Erased, Budget: b.Budget, Spent: b.Spent,
		Held: b.Held, Currency: models.Naira, CreatedAt: Instant(b.CreatedAt), EndedAt: At(b.EndedAt),
	}
	if b.State == batches.Running {
		v.Rate, v.SecondsLeft = float64(int64(b.Pace*10))/10, int64(b.Left().Seconds())
	}
	if !b.EndedAt.IsZero() {
		v.KeptUntil = At(b.EndedAt.Add(keep))
	}
	return v
}
