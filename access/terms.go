package access

import (
	"context"
	"slices"

	"whoseline/billing"
	"whoseline/models"
	"whoseline/settings"
)

// Terms are what holds for a business, also where nobody shows a key. They are shared by requests: read them, never
// change them.
type Terms struct {
	Business Business
	Settings settings.Settings

	prices func() billing.Prices
	capped []string // who has caps: ids of keys, and "" for the business
}

// Prices are what the business pays at this moment.
func (t *Terms) Prices() billing.Prices { return t.prices() }

// Messages are what holds for the messages that carry the business's codes.
func (t *Terms) Messages() settings.Messages {
	return settings.Messages{
		Limits: t.Settings.Codes, Channels: t.Settings.Channels, Price: t.Prices().Message(), Under: t.under(""),
	}
}

// under gives which caps hold for a key; "" = for nobody's.
func (t *Terms) under(keyID string) models.Under {
	u := models.Under{KeyID: keyID}
	if slices.Contains(t.capped, "") || keyID != "" && slices.Contains(t.capped, keyID) {
		u.Zone = t.Business.Settings.Location()
	}
	return u
}

// Messages are what holds for the messages that carry codes at the key's wish.
func (c *Caller) Messages() settings.Messages {
	m := c.Terms.Messages()
	m.Under = c.Under()
	return m
}

// Under gives which caps hold for what the key asks. In the sandbox none does.
func (c *Caller) Under() models.Under {
	if c.Key.Sandbox {
		return models.Under{KeyID: c.Key.ID}
	}
	return c.under(c.Key.ID)
}

func (k *Keys) terms(b bought) Terms {
	return Terms{b.Business, k.allows.For(b.Settings), k.pays(b.ID, b.list), b.capped}
}

func (m *memory) termsOf() *generation[Terms] { return &m.terms }

// Terms gives a business's choices and prices. They are remembered until one of them changes. An unknown business is
// NotFound.
func (k *Keys) Terms(ctx context.Context, businessID string) (*Terms, error) {
	found, err := recall(ctx, k, (*memory).termsOf, digestOfAll("terms", businessID), func(ctx context.Context) (*Terms, error) {
		b, err := k.priced(ctx, businessID)
		terms := k.terms(b)
		return &terms, err
	})
	if err != nil {
		return nil, models.FaultIn("read business", err)
	}
	return found, nil
}
