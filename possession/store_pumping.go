package possession

import (
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"whoseline/models"
)

// add adds to rows of the history. Only sums of a few rows are ever read.
func add(tx *gorm.DB, rows []bucket) error {
	err := tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "business_id"}, {Name: "scope"}, {Name: "name"}, {Name: "hour"}},
		DoUpdates: clause.Set{
			{Column: clause.Column{Name: "sent"}, Value: gorm.Expr("possession_history.sent + excluded.sent")},
			{Column: clause.Column{Name: "verified"}, Value: gorm.Expr("possession_history.verified + excluded.verified")},
		},
	}).Create(&rows).Error
	if err != nil {
		return fmt.Errorf("write the history: %w", err)
	}
	return nil
}

// pastStatement sums up the last day of a country, a block and an address, and finds the best of the last 14 days. Each
// part is a short range of the primary key.
const pastStatement = `
SELECT scope, max(unverified) AS unverified, max(unverified_hour) AS unverified_hour, max(verified) AS verified,
	max(verified_hour) AS verified_hour, max(peak) AS peak, max(countries) AS countries
FROM (
	SELECT scope, sum(sent - verified) AS unverified, sum(CASE WHEN hour = @hour THEN sent - verified ELSE 0 END) AS unverified_hour,
		sum(verified) AS verified, sum(CASE WHEN hour = @hour THEN verified ELSE 0 END) AS verified_hour, 0 AS peak, 0 AS countries
	FROM possession_history WHERE business_id = @business AND scope = 'country' AND name = @country AND hour > @yesterday GROUP BY scope
	UNION ALL
	SELECT scope, sum(sent - verified), sum(CASE WHEN hour = @hour THEN sent - verified ELSE 0 END),
		sum(verified), sum(CASE WHEN hour = @hour THEN verified ELSE 0 END), 0, 0
	FROM possession_history WHERE business_id = @business AND scope = 'block' AND name = @block AND hour > @yesterday GROUP BY scope
	UNION ALL
	SELECT scope, sum(sent - verified), 0, sum(verified), 0, 0, count(DISTINCT CASE WHEN sent > 0 THEN name END)
	FROM possession_history WHERE business_id = @business AND scope = 'ip' AND name >= @ip AND name < @end AND hour > @yesterday GROUP BY scope
	UNION ALL
	SELECT 'country', 0, 0, 0, 0, coalesce(max(verified), 0), 0
	FROM possession_history WHERE business_id = @business AND scope = 'country_days' AND name = @country AND hour > @fortnight
	UNION ALL
	SELECT 'block', 0, 0, 0, 0, coalesce(max(verified), 0), 0
	FROM possession_history WHERE business_id = @business AND scope = 'block_days' AND name = @block AND hour > @fortnight
) AS sums GROUP BY scope ORDER BY scope`

// pastOf reads what the history says of a code's country, block and address.
func pastOf(tx *gorm.DB, t trace) (history []past, err error) {
	hour, ip := hourOf(t.at), hexText(t.ip)
	err = tx.Raw(pastStatement, map[string]any{
		"business": t.businessID, "country": t.country(), "block": t.blockName(), "ip": ip + "/", "end": ip + "0", // what follows a slash
		"hour": hour, "yesterday": hour - hoursADay, "fortnight": dayOf(hour) - historyDays*hoursADay,
	}).Scan(&history).Error
	if err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	return history, nil
}

// credit counts in the history that a code came back, for each time that it was sent.
func (s *Service) credit(d *lockedSubject, n Held, code *models.SentCode) error {
	if code == nil || code.Channel == models.ChannelEmail {
		return nil
	}
	var sends []models.Sending
	err := d.mine().Where("number_index = ? AND channel = ? AND at >= ? AND verdict IN ? AND outcome IN ?",
		s.numberIndex(n.Phone, d.who.Sandbox), code.Channel, code.MadeAt,
		[]models.SendDecision{models.SendAllowed, models.SendRecorded}, []string{"", string(Accepted), string(Timeout)}).
		Limit(pageOf(100)).Find(&sends).Error
	if err != nil || len(sends) == 0 {
		return err
	}
	traces := make([]trace, len(sends))
	for i, m := range sends {
		traces[i] = traceOf(d.who, m)
	}
	return add(d.tx, buckets(0, 1, traces...))
}

// sweepHistory deletes the hours and days that are not read any more.
func sweepHistory(db *gorm.DB, now time.Time) error {
	hour := hourOf(now)
	return db.Where("scope IN ? AND hour < ? OR scope IN ? AND hour < ?",
		[]string{scopeCountry, scopeBlock, scopeIP}, hour-2*hoursADay,
		[]string{scopeCountryDays, scopeBlockDays}, dayOf(hour)-historyDays*hoursADay).Delete(&bucket{}).Error
}
