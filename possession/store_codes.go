package possession

import (
	"context"

	"whoseline/models"
	"whoseline/storage/rows"
)

// lastText gives the newest code of a subject that went out as a text message; nil when there is none.
func (s *Service) lastText(ctx context.Context, who Who) (*models.SentCode, error) {
	return rows.Maybe[models.SentCode](s.readOf(ctx, who.BusinessID).
		Where("business_id = ? AND subject = ? AND channel = ?", who.BusinessID, who.key(), models.ChannelSMS).Order("made_at DESC"))
}
