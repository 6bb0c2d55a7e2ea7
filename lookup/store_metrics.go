package lookup

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// backlog is what waits for an answer: how many lookups, since when the first of them, and how many answers sources owe them.
type backlog struct {
	Pending, Owed int64
	Oldest        time.Time // zero: none waits
}

// Lookups that are open or pending are few and have an index of their own; a lookup may owe several answers.
const owedStatement = `
SELECT count(*) FROM lookups l JOIN upstream_refs u ON u.business_id = l.business_id AND u.lookup_id = l.id
WHERE l.status IN ('open', 'pending') AND u.ended_at IS NULL`

func (s *Service) backlog(ctx context.Context) (b backlog, err error) {
	pending := s.readAll(ctx).Table("lookups").Where("status IN ('open', 'pending') AND status = 'pending'")
	if err := pending.Session(&gorm.Session{}).Count(&b.Pending).Error; err != nil {
		return b, err
	}
	var first []time.Time
	if err := pending.Session(&gorm.Session{}).Order("requested_at").Limit(1).Pluck("requested_at", &first).Error; err != nil {
		return b, err
	}
	if len(first) > 0 {
		b.Oldest = first[0]
	}
	err = s.readAll(ctx).Raw(owedStatement).Scan(&b.Owed).Error
	return b, err
}
