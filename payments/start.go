package payments

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"time"

	"whoseline/models"
)

// Order asks for a payment.
type Order struct {
	BusinessID string
	KeyID      string
	Amount     int64  // kobo
	Email      string // of whoever pays: the vendor sends a receipt there
	ReturnURL  string // https, where the vendor leads back to; may be empty
	Token      string // an idempotency key: the same one again gives the payment that it started; empty = none
}

// referencePrefix tells our payments from others at the vendor.
const referencePrefix = "wl-"

// maxAddress is how long an e-mail address or a URL may be.
const maxAddress = 500

// Takes tells whether payments are taken.
func (s *Service) Takes() bool { return s.Vendor != nil }

func (s *Service) checkOrder(o Order) error {
	switch {
	case s.Vendor == nil:
		return models.Fail(models.NotFound, "this gateway takes no payments")
	case o.Amount < s.Least || o.Amount > s.Most:
		return models.BadField("amount", fmt.Sprintf("amount must be %d to %d kobo", s.Least, s.Most))
	case o.ReturnURL != "" && !returnable(o.ReturnURL):
		return models.BadField("returnUrl", "returnUrl must be an https URL")
	}
	if address, err := mail.ParseAddress(o.Email); err != nil || address.Address != o.Email || len(o.Email) > maxAddress {
		return models.BadField("email", "email must be an e-mail address")
	}
	return nil
}

func returnable(text string) bool {
	at, err := url.Parse(text)
	return err == nil && at.Scheme == "https" && at.Host != "" && at.User == nil && len(text) <= maxAddress
}

// Start begins a payment. Errors: models.Invalid, NotFound where no payments are taken, Unavailable where the vendor does not answer,
// IdempotencyMismatch and InProgress.
func (s *Service) Start(ctx context.Context, o Order) (TopUp, error) {
	if err := s.checkOrder(o); err != nil {
		return TopUp{}, err
	}
	now := s.World.Now().UTC().Truncate(time.Microsecond)
	t := TopUp{BusinessID: o.BusinessID, Vendor: s.Vendor.Name(), KeyID: o.KeyID, Amount: o.Amount, State: Open, CreatedAt: now, ExpiresAt: now.Add(s.Expires)}
	if o.Token != "" {
		var err error
		if t, err = s.again(ctx, o, t); err != nil || t.URL != "" {
			return t, err
		}
	}
	fresh := t.ID == ""
	if fresh {
		if n, err := s.openOnes(ctx, o.BusinessID); err != nil || n >= maxOpen {
			return t, cmp.Or(err, error(&models.Error{Code: models.TooManyRequests, Message: "too many payments are open: pay one, or wait", RetryAfter: time.Minute}))
		}
		t.ID = s.World.NewID()
		t.Reference = referencePrefix + t.ID
		t.VerifyAt = new(now.Add(pauses[0]))
		if err := s.insert(ctx, t); err != nil {
			return t, err
		}
	}
	page, err := s.Vendor.Start(ctx, t, o.Email, o.ReturnURL)
	if err != nil {
		return t, s.unstarted(ctx, t, fresh, err)
	}
	t.URL = page
	return t, s.setURL(ctx, t)
}

// unstarted tells why there is no page. A top-up of which the vendor was never asked is forgotten, so that a vendor's bad hour leaves no
// open payments behind. fresh: this request has made it.
func (s *Service) unstarted(ctx context.Context, t TopUp, fresh bool, cause error) error {
	s.Log.Warn("payments: a payment could not be started", "vendor", t.Vendor, "top-up", t.ID, "err", cause)
	if !errors.Is(cause, errNotAsked) {
		return &models.Error{Code: models.Unavailable, Message: noVendor, RetryAfter: 5 * time.Second, Err: cause}
	}
	if fresh {
		return cmp.Or(s.forget(ctx, t), cause)
	}
	return cause
}

// again gives what an idempotency key started before, or t under that key. What the vendor did not answer is started under another
// reference, as it may know the old one.
func (s *Service) again(ctx context.Context, o Order, t TopUp) (TopUp, error) {
	t.Token = s.Hash("top-up", []byte(o.BusinessID+"/"+o.Token))
	earlier, err := s.byToken(ctx, t)
	switch {
	case err != nil:
		return t, models.FaultIn("look for the top-up", err)
	case earlier == nil:
		return t, nil
	case earlier.Amount != o.Amount:
		return t, models.Fail(models.IdempotencyMismatch, "the idempotency key was used for another amount")
	case earlier.URL == "":
		earlier.Reference = referencePrefix + s.World.NewID()
	}
	return *earlier, nil
}

// maxOpen is how many payments of a business may be open.
const maxOpen = 50
