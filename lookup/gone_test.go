package lookup

import (
	"context"
	"fmt"
	"testing"
	"time"

	"whoseline/models"
	"whoseline/test/wait"
	"whoseline/webhooks"
)

func TestALookupWhoseCallerHasGoneIsNeitherAskedNorHeld(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.wallet("shop", 100)
		gone, leave := context.WithCancel(t.Context())
		leave()
		for range 10 { // it may have gone before the hold or after it
			_, err := d.Find(gone, d.query())
			if code := models.CodeOf(err); code != models.Unavailable && code != models.Unknown { // unknown: while it was committed
				t.Errorf("got %v", err)
			}
		}
		if n := d.live.asked.Load(); n != 0 {
			t.Errorf("the source was asked %d times", n)
		}
		wait.Until(t, "what was held has come back", func() bool {
			w, err := d.till.Wallet(t.Context(), "shop")
			return err == nil && w.Available == 100 && w.Held == 0
		})
		d.clean()
	})
}

func TestARoundTriesEveryLookupThatIsDueOnce(t *testing.T) {
	outages(t, func(t *testing.T, o *outage) {
		const many = 2*retryBatch + 10
		o.wallet("rich", many*50)
		if _, _, err := o.hooks.Create(t.Context(), webhooks.NewEndpoint{BusinessID: "rich", URL: "http://127.0.0.1/told"}); err != nil {
			t.Fatal(err)
		}
		for i := range many {
			o.pending(func(q *Query) { q.BusinessID, q.Body = "rich", fmt.Append(nil, i) })
		}
		o.clock.pass(time.Minute)
		o.resumes(0)
		o.asked(2 * many) // each once more, although none was answered
		o.live.say = found(ngozi)
		o.clock.pass(time.Hour)
		o.resumes(many)
	})
}
