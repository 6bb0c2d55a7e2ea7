package access

import (
	"context"

	"whoseline/billing"
)

// priced gives a business with its price list.
func (k *Keys) priced(ctx context.Context, id string) (Business, billing.PriceList, error) {
	found, err := k.store.business(ctx, id)
	if err != nil {
		return found, billing.PriceList{}, err
	}
	list, err := billing.ReadPrices(k.store.readOf(ctx, id), id, k.price, k.world.Now())
	return found, list, err
}

// setPrices gives the prices that were set for a business, dated or not, or by the operator.
func (s store) setPrices(ctx context.Context, id string) (base, dated []billing.Price, err error) {
	db := s.readOf(ctx, id)
	if base, err = billing.BasePrices(db, id); err != nil {
		return nil, nil, err
	}
	dated, err = billing.DatedPrices(db, id)
	return base, dated, err
}

// tiered gives whose price lists have tiers.
func (s store) tiered(ctx context.Context) ([]string, error) {
	return billing.TieredLists(s.readAll(ctx))
}

// operatorList gives what a business without prices of its own pays.
func (k *Keys) operatorList(ctx context.Context) (billing.PriceList, error) {
	return billing.ReadPrices(k.store.readAll(ctx), billing.OperatorList, k.price, k.world.Now())
}

// businessIDs gives all businesses.
func (s store) businessIDs(ctx context.Context) (ids []string, err error) {
	return ids, s.readAll(ctx).Model(&Business{}).Order("id").Pluck("id", &ids).Error
}
