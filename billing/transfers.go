package billing

import (
	"context"
	"fmt"

	"whoseline/models"
)

// TransfersFor gives what a business's money did for one thing that it paid for, oldest first.
func (t *Till) TransfersFor(ctx context.Context, businessID, reference string) (rows []models.Transfer, err error) {
	kinds := []models.TransferKind{models.Hold, models.Capture, models.Release}
	err = t.Read.WithContext(ctx).Where("business_id = ? AND kind IN ? AND reference = ?", businessID, kinds, reference).
		Order("seq").Find(&rows).Error
	if err != nil {
		return nil, models.Fault(fmt.Errorf("read the transfers of a lookup: %w", err))
	}
	return rows, nil
}
