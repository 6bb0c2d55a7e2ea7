package access

import (
	"context"

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
}

// Prices are what the business pays at this moment.
func (t *Terms) Prices() billing.Prices { return t.prices() }

// Messages are what holds for the messages that carry the business's codes.
func (t *Terms) Messages() settings.Messages {
	return settings.Messages{Limits: t.Settings.Codes, Channels: t.Settings.Channels, Price: t.Prices().Message()}
}

func (k *Keys) terms(b Business, list billing.PriceList) Terms {
	return Terms{b, k.allows.For(b.Settings), k.pays(b.ID, list)}
}

func (m *memory) termsOf() *generation[Terms] { return &m.terms }

// Terms gives a business's choices and prices. They are remembered until one of them changes. An unknown business is
// NotFound.
func (k *Keys) Terms(ctx context.Context, businessID string) (*Terms, error) {
	found, err := recall(ctx, k, (*memory).termsOf, digestOfAll("terms", businessID), func(ctx context.Context) (*Terms, error) {
		business, list, err := k.priced(ctx, businessID)
		terms := k.terms(business, list)
		return &terms, err
	})
	if err != nil {
		return nil, models.FaultIn("read business", err)
	}
	return found, nil
}
