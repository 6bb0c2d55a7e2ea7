package possession

import (
	"context"

	"whoseline/models"
)

// Sweep deletes what is over: codes that cannot be sent again, old decisions, old windows. Run it every minute or so,
// in one process or in many.
func (s *Service) Sweep(ctx context.Context) error {
	now, db := s.world.Now(), s.all(ctx)
	wiped := db.Model(&models.SentCode{}).Where("sealed IS NOT NULL AND expires_at <= ?", now).Update("sealed", nil)
	if wiped.Error != nil {
		return models.FaultIn("wipe expired codes", wiped.Error)
	}
	if err := db.Where("at < ?", now.Add(-s.keepSends)).Delete(&models.Sending{}).Error; err != nil {
		return models.FaultIn("delete old decisions", err)
	}
	if err := db.Where("at < ?", now.Add(-keepEarlyReports)).Delete(&earlyReport{}).Error; err != nil {
		return models.FaultIn("delete receipts of messages that are not ours", err)
	}
	if err := s.buryOld(ctx); err != nil {
		return models.FaultIn("take the names of erased subjects away", err)
	}
	if err := sweepHistory(db, now); err != nil {
		return models.FaultIn("delete old history", err)
	}
	return models.FaultIn("delete old counters", db.Where("since < ?", now.Add(-s.limits.Longest()).UnixMicro()).Delete(&counter{}).Error)
}
