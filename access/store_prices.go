package access

import (
	"context"

	"whoseline/billing"
)

// bought is a business with what it pays, and who of it has caps.
type bought struct {
	Business
	list   billing.PriceList
	capped []string
}

// priced gives a business with its price list and caps.
func (k *Keys) priced(ctx context.Context, id string) (b bought, err error) {
	if b.Business, err = k.store.business(ctx, id); err != nil {
		return b, err
	}
	db := k.store.readOf(ctx, id)
	if b.list, err = billing.ReadPrices(db, id, k.price, k.world.Now()); err != nil {
		return b, err
	}
	b.capped, err = billing.CapOwners(db, id)
	return b, err
}

// capsOf gives the caps that were set for a business.
func (s store) capsOf(ctx context.Context, id string) ([]billing.Cap, error) {
	return billing.CapsOf(s.readOf(ctx, id), id)
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
