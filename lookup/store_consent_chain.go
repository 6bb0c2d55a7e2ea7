package lookup

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	"gorm.io/gorm"

	"whoseline/billing"
	"whoseline/models"
)

// The consent events of a business are a chain, like its audit trail. Each event carries a link: a keyed hash over
// itself and the seal of the event before. Only the newest seal is stored. Somebody who can write to the database but
// does not know the keys can neither change an event nor take one away, not even the newest.

// consentHead is the number of a business's newest consent event and its seal. The row is the lock under which events are
// added. A business has it from its beginning, so that a chain that was taken away as a whole is missed.
type consentHead struct {
	BusinessID string `gorm:"primaryKey"`
	Seq        int64
	Seal       []byte
}

// TableName is the table of heads.
func (consentHead) TableName() string { return "consent_heads" }

// Hasher makes keyed hashes. The keyring is one.
type Hasher interface {
	Hash(scope string, data []byte) []byte
}

// BeginConsents begins the chain of a new business, in the transaction that makes the business.
func BeginConsents(tx *gorm.DB, keys Hasher, businessID string) error {
	head := consentHead{BusinessID: businessID, Seal: keys.Hash("consent chain start", []byte(businessID))}
	if err := tx.Create(&head).Error; err != nil {
		return fmt.Errorf("begin the chain of consents: %w", err)
	}
	return nil
}

// consentLink binds an event to the seal of the one before.
func consentLink(keys Hasher, before []byte, e *models.ConsentEvent) []byte {
	data := append([]byte{}, before...)
	for _, part := range [][]byte{
		[]byte(e.BusinessID), []byte(e.ID), []byte(e.Kind), []byte(e.KeyID), e.NumberIndex, e.BodyHash, []byte(e.Reason),
	} {
		data = append(binary.AppendUvarint(data, uint64(len(part))), part...)
	}
	data = binary.BigEndian.AppendUint64(data, uint64(e.Seq))
	return keys.Hash("consent chain event", binary.BigEndian.AppendUint64(data, uint64(e.CreatedAt.UnixMilli())))
}

func consentSeal(keys Hasher, link []byte) []byte { return keys.Hash("consent chain head", link) }

// addConsent writes an event and links it, in the transaction that the event tells of. A business that an older gateway
// made has no chain yet. Its events stay without a link, which verify reports, until the chains are sealed.
func (s *Service) addConsent(tx *gorm.DB, e *models.ConsentEvent) error {
	var head consentHead
	err := tx.Raw("UPDATE consent_heads SET seq = seq + 1 WHERE business_id = ? RETURNING business_id, seq, seal", e.BusinessID).Scan(&head).Error
	if err == nil && head.BusinessID != "" {
		e.Seq = head.Seq
		e.Link = consentLink(s.vault, head.Seal, e)
		err = tx.Model(&consentHead{}).Where("business_id = ?", e.BusinessID).Update("seal", consentSeal(s.vault, e.Link)).Error
	}
	if err != nil {
		return err
	}
	return tx.Create(e).Error
}

// SealConsents links the consent events that an older version has written, and gives how many there were. With begin, a
// business without a chain gets one: that is for the upgrade only. look only counts.
func (s *Service) SealConsents(ctx context.Context, businessID string, begin, look bool) (linked int, err error) {
	err = s.of(ctx, businessID).Transaction(func(tx *gorm.DB) error {
		var head consentHead
		err := tx.Raw("UPDATE consent_heads SET seq = seq WHERE business_id = ? RETURNING business_id, seq, seal", businessID).Scan(&head).Error
		if err == nil && head.BusinessID == "" && begin {
			head = consentHead{BusinessID: businessID, Seal: s.vault.Hash("consent chain start", []byte(businessID))}
			err = tx.Create(&head).Error
		}
		if err != nil || head.BusinessID == "" {
			return err
		}
		var events []models.ConsentEvent
		if err := tx.Where("business_id = ? AND seq = 0", businessID).Order("created_at, id").Find(&events).Error; err != nil {
			return err
		}
		if linked = len(events); look || linked == 0 {
			return nil
		}
		for i := range events {
			e := &events[i]
			e.Seq = head.Seq + 1
			e.Link = consentLink(s.vault, head.Seal, e)
			if err := tx.Model(e).Select("Seq", "Link").Updates(e).Error; err != nil {
				return err
			}
			head.Seq, head.Seal = e.Seq, consentSeal(s.vault, e.Link)
		}
		return tx.Model(&consentHead{}).Where("business_id = ?", businessID).Updates(map[string]any{"seq": head.Seq, "seal": head.Seal}).Error
	})
	return linked, faultUnless(err, "seal the consents")
}

// consentMoment is a head beside what the other tables say about it.
type consentMoment struct {
	Seq      int64
	Seal     []byte // nil = there is no head
	Beyond   int64  // the first event that the head does not know of; 0 when there is none
	Unlinked string // an event without a link; "" when there is none
	Lifted   string // a withdrawal that is not in force, though an event tells of it
	Untold   string // the event of a withdrawal in force that is none
}

const consentMomentStatement = `SELECT coalesce(h.seq, 0) AS seq, h.seal AS seal,
	(SELECT coalesce(min(e.seq), 0) FROM consent_events e WHERE e.business_id = b.id AND e.seq > coalesce(h.seq, 0)) AS beyond,
	(SELECT coalesce(min(e.id), '') FROM consent_events e WHERE e.business_id = b.id AND e.seq = 0) AS unlinked,
	(SELECT coalesce(min(e.id), '') FROM consent_events e WHERE e.business_id = b.id AND e.kind = 'withdrawn' AND NOT EXISTS (
		SELECT 1 FROM consent_withdrawals w WHERE w.business_id = e.business_id AND w.number_index = e.number_index AND w.event_id = e.id)) AS lifted,
	(SELECT coalesce(min(w.event_id), '') FROM consent_withdrawals w WHERE w.business_id = b.id AND NOT EXISTS (
		SELECT 1 FROM consent_events e WHERE e.business_id = w.business_id AND e.id = w.event_id AND e.kind = 'withdrawn')) AS untold
	FROM (SELECT CAST(? AS text) AS id) b LEFT JOIN consent_heads h ON h.business_id = b.id`

// consentBatch is how many events are read at a time.
const consentBatch = 5000

// VerifyConsents recomputes the chain of a business's consent events and compares it with the withdrawals in force. It
// gives the number of events and the first row that lies, nil when none does.
func (s *Service) VerifyConsents(ctx context.Context, businessID string) (events int64, lie *billing.Lie, err error) {
	db := s.of(ctx, businessID)
	var m consentMoment
	if err := db.Raw(consentMomentStatement, businessID).Scan(&m).Error; err != nil {
		return 0, nil, models.Fault(fmt.Errorf("read the head of the consents: %w", err))
	}
	lies := func(row, what string) *billing.Lie { return &billing.Lie{BusinessID: businessID, Row: row, What: what} }
	seal := s.vault.Hash("consent chain start", []byte(businessID))
	for at := int64(0); at < m.Seq; {
		var rows []models.ConsentEvent
		err := db.Where("business_id = ? AND seq > ? AND seq <= ?", businessID, at, m.Seq).Order("seq").Limit(consentBatch).Find(&rows).Error
		if err != nil {
			return events, nil, models.Fault(fmt.Errorf("read the consents: %w", err))
		}
		if len(rows) == 0 || rows[0].Seq != at+1 {
			return events, lies(fmt.Sprintf("consent_events %s/%d", businessID, at+1), "is missing"), nil
		}
		for i := range rows {
			e := &rows[i]
			if at++; e.Seq != at {
				return events, lies(fmt.Sprintf("consent_events %s/%d", businessID, at), "is missing"), nil
			}
			if !bytes.Equal(e.Link, consentLink(s.vault, seal, e)) {
				return events, lies("consent_events "+e.ID, "was changed, or does not follow from the one before"), nil
			}
			seal, events = consentSeal(s.vault, e.Link), events+1
		}
	}
	if row, what := m.contradicts(businessID, seal); what != "" {
		lie = lies(row, what)
	}
	return events, lie, nil
}

// contradicts gives the first row that does not fit a chain with that seal, and what is wrong with it; "" for none.
func (m consentMoment) contradicts(businessID string, seal []byte) (row, what string) {
	switch {
	case m.Seal == nil:
		return "consent_heads " + businessID, "is missing"
	case !bytes.Equal(m.Seal, seal):
		return "consent_heads " + businessID, "is not the seal of the newest event"
	case m.Beyond > 0:
		return fmt.Sprintf("consent_events %s/%d", businessID, m.Beyond), "is beyond the head"
	case m.Unlinked != "":
		return "consent_events " + m.Unlinked, "is not linked (if a gateway of an older version wrote it: `whoseline seal chains`)"
	case m.Lifted != "":
		return "consent_withdrawals of event " + m.Lifted, "is missing, though nobody may lift it"
	case m.Untold != "":
		return "consent_withdrawals of event " + m.Untold, "is told of by no event"
	}
	return "", ""
}
