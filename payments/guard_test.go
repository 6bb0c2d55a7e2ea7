package payments_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"whoseline/models"
	"whoseline/payments"
	"whoseline/payments/paysim"
	"whoseline/providers/gate"
)

func TestAVendorThatFailsIsLeftInPeaceAndLeavesNoOpenPaymentsBehind(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *counter, _ map[payments.State]string) {
		c.Vendor = c.desk(t, c.Vendor.Name(), gate.Options{Now: c.World.Now})
		waiting := c.start(t, 7000)
		o := payments.Order{BusinessID: "acme", Amount: 5000, Email: "ada@acme.example"}
		c.sim.Away(true)
		var failed *models.Error
		for range 20 {
			if _, err := c.Start(t.Context(), o); !errors.As(err, &failed) || failed.Code != models.Unavailable || failed.RetryAfter <= 0 {
				t.Fatalf("%v", err)
			}
		}
		if failed.RetryAfter < gate.BreakerPause {
			t.Errorf("the last one may be tried again after %s: the vendor rests longer", failed.RetryAfter)
		}
		list, _, err := c.List(t.Context(), "acme", "", 50)
		if err != nil || len(list) != 6 {
			t.Errorf("%d top-ups, %v: five were asked for before the vendor was left in peace, and one earlier", len(list), err)
		}
		c.told(t, waiting)
		if now, err := c.Get(t.Context(), "acme", waiting.ID); err != nil || now.Tries != 0 || now.VerifyAt == nil {
			t.Errorf("%+v, %v: a question that was not asked counts", now, err)
		}
	})
}

// far is a vendor that answers what it is told to.
type far struct{ status int }

func (f *far) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: f.status, Body: io.NopCloser(strings.NewReader("{}"))}, nil
}

func TestAVendorThatAnswersAgainIsAskedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		vendor := &far{http.StatusBadGateway}
		desk, err := payments.NewDesk("paystack", payments.Account{Secret: paysim.Secret}, vendor, gate.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var rests *models.Error
		for range 6 {
			_, err = desk.Verify(t.Context(), "wl-1")
		}
		if !errors.As(err, &rests) {
			t.Fatalf("after five failures it is asked: %v", err)
		}
		vendor.status = http.StatusNotFound
		time.Sleep(rests.RetryAfter)
		for range 10 {
			if seen, err := desk.Verify(t.Context(), "wl-1"); err != nil || !seen.Unknown {
				t.Fatalf("%+v, %v", seen, err)
			}
		}
	})
}

// hanging is a vendor that answers when it is let go.
type hanging struct{ came, leave chan struct{} }

func (h hanging) RoundTrip(r *http.Request) (*http.Response, error) {
	h.came <- struct{}{}
	select {
	case <-h.leave:
	case <-r.Context().Done():
	}
	return nil, errors.New("the connection broke")
}

func TestAVendorThatHangsHoldsUpNoMoreThanItsPlaces(t *testing.T) {
	t.Parallel()
	far := hanging{make(chan struct{}, 100), make(chan struct{})}
	desk, err := payments.NewDesk("paystack", payments.Account{Secret: paysim.Secret}, far, gate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	for range 8 {
		go func() {
			_, err := desk.Verify(t.Context(), "wl-1")
			ended <- err
		}()
	}
	for range 8 {
		<-far.came
	}
	var refused *models.Error
	if _, err := desk.Verify(t.Context(), "wl-1"); !errors.As(err, &refused) || refused.Code != models.Unavailable || refused.RetryAfter <= 0 {
		t.Errorf("the ninth: %v", err)
	}
	close(far.leave)
	for range 8 {
		if err := <-ended; err == nil || errors.As(err, &refused) {
			t.Errorf("one that was asked: %v", err)
		}
	}
}
