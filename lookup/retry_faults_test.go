package lookup

import (
	"context"
	"strings"
	"testing"
	"time"

	"whoseline/billing"
	"whoseline/models"
	"whoseline/webhooks"
)

func TestAGatewayThatWasTooSlowFindsItsPendingLookupSettled(t *testing.T) {
	outages(t, func(t *testing.T, o *outage) {
		o.pending()
		other := o.another()
		o.live.say = func(q Question) Finding {
			o.live.say = found(ngozi)
			o.clock.pass(2 * o.leaseTime)
			if n, err := other.RetryDue(context.WithoutCancel(t.Context())); err != nil || n != 1 {
				t.Errorf("the other gateway settled %d: %v", n, err)
			}
			return found(ngozi)(q)
		}
		o.clock.pass(time.Minute)
		o.resumes(0)
		o.asked(3)
		o.ended(models.StatusFound, "", 50)
		o.has(950, 0)
		if strings.Contains(o.log.String(), "could not be tried again") {
			t.Error(o.log.String())
		}
	})
}

func TestASettlementAndItsEventStandOrFallTogether(t *testing.T) {
	outages(t, func(t *testing.T, o *outage) {
		o.pending()
		o.live.say = found(ngozi)
		rename := func(from, to string) {
			if err := o.db.Gorm.Exec("ALTER TABLE " + from + " RENAME TO " + to).Error; err != nil {
				t.Fatal(err)
			}
		}
		o.clock.pass(time.Minute)
		rename("webhook_events", "away")
		o.resumes(0)
		o.has(950, 50)
		if l := o.lookups()[0]; l.Status != models.StatusPending || !strings.Contains(o.log.String(), "could not be tried again") {
			t.Errorf("%+v, %s", l, o.log.String())
		}
		rename("away", "webhook_events")
		o.resumes(0)
		o.clock.pass(o.leaseTime + time.Millisecond)
		o.resumes(1)
		o.ended(models.StatusFound, "", 50)
		o.has(950, 0)
	})
}

func TestWhoCannotBeToldIsRefusedAtOnceAndKeepsTheMoney(t *testing.T) {
	outages(t, func(t *testing.T, o *outage) {
		list, err := o.hooks.Endpoints(t.Context(), "shop")
		if err != nil {
			t.Fatal(err)
		}
		if err := o.hooks.Disable(t.Context(), "shop", list[0].ID); err != nil {
			t.Fatal(err)
		}
		_, err = o.Find(t.Context(), o.query(keyed))
		refused(t, err, models.SourcesUnavailable)
		if err := o.hooks.Delete(t.Context(), "shop", list[0].ID); err != nil {
			t.Fatal(err)
		}
		_, err = o.Find(t.Context(), o.query(keyed))
		refused(t, err, models.SourcesUnavailable)
		o.clock.pass(time.Minute)
		o.resumes(0)
		o.asked(2)
		o.has(1000, 0)
		o.clean()
	})
}

func TestAPendingLookupOfTheSandboxMovesNoMoney(t *testing.T) {
	outages(t, func(t *testing.T, o *outage) {
		if first := o.pending(func(q *Query) { q.Sandbox = true }); *first.Receipt != (billing.Receipt{Balance: 1000}) {
			t.Errorf("receipt %+v", *first.Receipt)
		}
		o.test.say = found(ngozi)
		o.clock.pass(time.Minute)
		o.resumes(1)
		o.asked(0)
		o.ended(models.StatusFound, "", 0)
		o.has(1000, 0)
	})
}

func TestResumingStopsWhenTheGatewayDoesAndFinishesWhatIsUnderWay(t *testing.T) {
	outages(t, func(t *testing.T, o *outage) {
		o.pending()
		ctx, stop := context.WithCancel(t.Context())
		o.live.say = func(q Question) Finding {
			stop()
			return found(ngozi)(q)
		}
		payload := o.outage.Payload
		o.outage.Payload = func(ctx context.Context, r *Record) (e webhooks.NewEvent, err error) {
			if err := ctx.Err(); err != nil {
				return e, err
			}
			return payload(ctx, r)
		}
		o.clock.pass(time.Minute)
		_, _ = o.RetryDue(ctx) // what it says of a context that has ended does not matter here
		o.ended(models.StatusFound, "", 50)
		_, _ = o.RetryDue(ctx) // what it says of a context that has ended does not matter here
		o.asked(2)
	})
}
