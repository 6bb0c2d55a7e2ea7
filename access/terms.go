package access

import (
	"context"

	"whoseline/billing"
	"whoseline/models"
	"whoseline/settings"
)

// Terms are what holds for a business in the middle of the house, where nobody shows a key.
type Terms struct {
	Settings settings.Settings
	Prices   billing.Prices
}

func (m *memory) originsOf() *generation[[]string] { return &m.origins }

// Origins gives the origins whose pages may call for a business and its people; none = all.
func (k *Keys) Origins(ctx context.Context, businessID string) ([]string, error) {
	found, err := recall(ctx, k, (*memory).originsOf, digestOfAll("origins", businessID), func(ctx context.Context) (*[]string, error) {
		business, err := k.store.business(ctx, businessID)
		return &business.Settings.Origins, err
	})
	if err != nil {
		return nil, models.FaultIn("read business", err)
	}
	return *found, nil
}

// Terms reads a business's choices and prices as they stand.
func (b *Businesses) Terms(ctx context.Context, id string) (Terms, error) {
	business, list, err := b.keys.priced(ctx, id)
	if err != nil {
		return Terms{}, models.FaultIn("read business", err)
	}
	return Terms{b.keys.allows.For(business.Settings), b.keys.pays(id, list)()}, nil
}
