package webhooks

import (
	"context"
	"time"

	"whoseline/models"
)

// queue is an engine's way to share the deliveries out. Every method is one transaction.
type queue interface {
	// heads gives the first delivery of each lane behind one, in the order of the lanes, at most headsAtOnce.
	heads(ctx context.Context, after lane) ([]head, error)
	// lease takes deliveries that are due. Nobody else gets them until the lease ends.
	lease(ctx context.Context, takes []take, c lease) ([]job, error)
	// settle writes what came of leased deliveries, unless the lease was lost.
	settle(ctx context.Context, results []result) error
	// forget deletes events that are older than a time and of which nothing waits, at most limit.
	forget(ctx context.Context, before time.Time, limit int) (int64, error)
}

// headsAtOnce bounds how many lanes one look at the queue covers.
const headsAtOnce = 256

// lease is the mark that a look at the queue puts on the deliveries that it takes.
type lease struct {
	id  string
	now time.Time
	end time.Time // of the lease
}

// job is a leased delivery with what is needed to make an attempt.
type job struct {
	BusinessID    string
	EventID       string
	EndpointID    string
	Round         int
	Attempts      int    // this one included
	Lease         string `gorm:"column:claim"`
	URL           string
	Algorithm     models.WebhookAlgorithm
	Secret        []byte // nil: the endpoint was deleted
	Previous      []byte
	PreviousUntil time.Time
	DisabledAt    time.Time
	Payload       []byte // nil: the event was erased
}

func (j job) lane() lane { return lane{j.BusinessID, j.EndpointID} }

// result is what is to be written about a job.
type result struct {
	job
	reply
	next
	at   time.Time
	took time.Duration
}

// nextAt is when the next attempt is due. For a delivery that has ended it means nothing.
func (r result) nextAt() time.Time { return r.at.Add(r.wait) }

func (r result) dead() bool { return r.state == models.WebhookDead }

func (r result) endedAt() time.Time {
	if r.state == models.WebhookWaiting {
		return time.Time{}
	}
	return r.at
}

// lastError is the class to keep: none when all went well.
func (r result) lastError() string {
	if r.class == classDelivered {
		return ""
	}
	return string(r.class)
}
