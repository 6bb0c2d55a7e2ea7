package webhooks

import (
	"context"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

const (
	maxEndpoints = 10 // of one business
	maxOverlap   = 30 * 24 * time.Hour
)

// NewEndpoint asks for an endpoint.
type NewEndpoint struct {
	BusinessID string
	URL        string                  // https, at most 2000 characters, without user name or fragment
	Algorithm  models.WebhookAlgorithm // of the hexadecimal signature; empty = SHA-256
	Sandbox    bool                    // it is told of the sandbox's lookups only
}

// Create makes an endpoint and gives its secret, which is shown this once. A URL that will not do is Invalid, an
// eleventh endpoint a Conflict. The business is not looked up.
func (s *Service) Create(ctx context.Context, n NewEndpoint) (e models.WebhookEndpoint, secret string, err error) {
	if err := s.guard.check(n.URL); err != nil {
		return models.WebhookEndpoint{}, "", err
	}
	if n.Algorithm == "" {
		n.Algorithm = models.WebhookSHA256
	}
	if n.Algorithm != models.WebhookSHA256 && n.Algorithm != models.WebhookSHA512 {
		return models.WebhookEndpoint{}, "", models.BadField("algorithm", "algorithm must be sha256 or sha512")
	}
	e = models.WebhookEndpoint{
		BusinessID: n.BusinessID, ID: s.world.NewID(), URL: n.URL, Algorithm: n.Algorithm, Sandbox: n.Sandbox, CreatedAt: s.world.Now(),
	}
	secret = mint()
	e.Secret = s.vault.Seal(endpointAAD(e.BusinessID, e.ID), []byte(secret))
	err = s.change(ctx, "create webhook endpoint", func(tx *gorm.DB) error {
		n, err := countEndpoints(tx, e.BusinessID)
		if err != nil {
			return err
		}
		if n >= maxEndpoints {
			return models.Fail(models.Conflict, "a business may have at most 10 webhook endpoints")
		}
		return insertEndpoint(tx, e)
	})
	if err != nil {
		return models.WebhookEndpoint{}, "", err
	}
	return e, secret, nil
}

// Endpoints gives a business's endpoints, at most ten, oldest first.
func (s *Service) Endpoints(ctx context.Context, businessID string) (list []models.WebhookEndpoint, err error) {
	list, err = s.endpointsOf(ctx, businessID)
	return list, models.FaultIn("list webhook endpoints", err)
}

// Endpoint gives one endpoint of a business, or NotFound.
func (s *Service) Endpoint(ctx context.Context, businessID, id string) (models.WebhookEndpoint, error) {
	e, err := s.endpoint(ctx, businessID, id)
	return e, models.FaultIn("read webhook endpoint", err)
}

// Delete removes an endpoint for good. What waits for it is given up when its next try comes.
func (s *Service) Delete(ctx context.Context, businessID, id string) error {
	return s.change(ctx, "delete webhook endpoint", func(tx *gorm.DB) error {
		if _, err := endpointByID(tx, businessID, id); err != nil {
			return err
		}
		return deleteEndpoint(tx, businessID, id)
	})
}

// Disable stops telling an endpoint of new events. A waiting delivery is given up at its next try, unless the endpoint
// is enabled again by then. Replay sends what was missed. Disabling again changes nothing.
func (s *Service) Disable(ctx context.Context, businessID, id string) error {
	return s.change(ctx, "disable webhook endpoint", func(tx *gorm.DB) error {
		e, err := endpointByID(tx, businessID, id)
		if err != nil || !e.Enabled() {
			return err
		}
		return disable(tx, e, models.DisabledAsked, s.world.Now())
	})
}

// Enable undoes Disable, and what a 410 has done.
func (s *Service) Enable(ctx context.Context, businessID, id string) error {
	return s.change(ctx, "enable webhook endpoint", func(tx *gorm.DB) error {
		if _, err := endpointByID(tx, businessID, id); err != nil {
			return err
		}
		return enable(tx, businessID, id)
	})
}

// disableGone acts on a 410. An endpoint that was deleted or disabled meanwhile stays as it is.
func (s *Service) disableGone(ctx context.Context, businessID, id string) error {
	err := s.change(ctx, "disable webhook endpoint", func(tx *gorm.DB) error {
		e, err := endpointByID(tx, businessID, id)
		if err != nil || !e.Enabled() {
			return err
		}
		return disable(tx, e, models.DisabledGone, s.world.Now())
	})
	if models.CodeOf(err) == models.NotFound {
		return nil
	}
	return err
}

// Rotate gives an endpoint a new secret, which is shown this once. Both secrets sign for the overlap, at most 30 days:
// the standard header carries both signatures, the hexadecimal ones the old one until the overlap ends. A rotation
// during an overlap is a Conflict. A rotation without overlap is always possible: it drops every older secret at once.
func (s *Service) Rotate(ctx context.Context, businessID, id string, overlap time.Duration) (secret string, err error) {
	if overlap < 0 || overlap > maxOverlap {
		return "", models.BadField("overlap", "overlap must be 0 to 30 days")
	}
	now := s.world.Now()
	err = s.change(ctx, "rotate webhook secret", func(tx *gorm.DB) error {
		e, err := endpointByID(tx, businessID, id)
		if err != nil {
			return err
		}
		secret = mint()
		fresh := models.WebhookEndpoint{
			BusinessID: businessID, ID: id, Secret: s.vault.Seal(endpointAAD(businessID, id), []byte(secret)),
		}
		if overlap > 0 {
			if now.Before(e.PreviousUntil) {
				return models.Fail(models.Conflict, "the secret was rotated already and both are still in use")
			}
			fresh.Previous, fresh.PreviousUntil = e.Secret, now.Add(overlap)
		}
		return updateSecrets(tx, fresh)
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}
