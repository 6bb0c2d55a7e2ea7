package lookup

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"whoseline/models"
)

// A business may choose that a recent answer is given again when the same number is asked about for the same purpose,
// on a consent that is asserted anew. Such a lookup is held, charged and recorded like any other and says where its
// answer is from.

// recent is the row of an answer that may be given again. ID is a keyed hash of what was asked.
type recent struct {
	BusinessID  string `gorm:"primaryKey"`
	ID          string `gorm:"primaryKey"`
	NumberIndex []byte
	DataKey     []byte
	Sealed      []byte
	ExpiresAt   time.Time
}

// TableName is the table of answers that may be given again.
func (recent) TableName() string { return "recent_answers" }

// aad binds the key to its row.
func (r recent) aad() string { return r.BusinessID + "/recent/" + r.ID }

// remembered is what is sealed in it.
type remembered struct {
	Outcome models.Outcome `json:"outcome"`
	Source  string         `json:"source"`
	Answer  models.Answer  `json:"answer"`
}

// memory is one lookup's access to the recent answers. All methods of nil do nothing: the business wants none.
type memory struct {
	*Service
	asking
	plain string // names an answer that holds whatever is expected: owners, or that there are none
	bound string // names one that holds only for what was expected: a verdict
	done  func() // lets those who ask the same go on
}

// recall gives the recent answer to a question, its outcome empty when there is none. While one lookup asks the sources,
// equal ones of this process wait for its answer to become a recent one.
func (s *Service) recall(ctx context.Context, a asking) (Finding, *memory) {
	if !a.Cache.Covers(a.Consent.Purpose) {
		return Finding{}, nil
	}
	m := &memory{Service: s, asking: a}
	what := environment(a.Sandbox) + a.BusinessID + "\x00" + product(a.Advanced) + "\x00" + a.Phone.Digits() + "\x00" + a.Consent.Purpose
	m.plain = hex.EncodeToString(s.Vault.Index("recent answer", what))
	m.bound = hex.EncodeToString(s.Vault.Index("recent verdict", string(encode(a.Expected))+string(a.Release)+"\x00"+what))
	// before looking, so that no answer slips in between
	m.done = s.flights.enter(ctx, a.BusinessID+m.plain, min(flightPatience, s.Lease/4))
	found := m.read(ctx)
	if found.Outcome != "" {
		m.done()
	}
	s.metrics.recalled(found.Outcome != "")
	return found, m
}

func product(advanced bool) string {
	if advanced {
		return "phone_advanced"
	}
	return "phone"
}

// leave must be called once the lookup has ended, and may be called again.
func (m *memory) leave() {
	if m != nil {
		m.done()
	}
}

// read looks for an answer. One that cannot be read is none: sources can be asked instead.
func (m *memory) read(ctx context.Context) (f Finding) {
	var rows []recent
	err := m.Read.WithContext(ctx).Where("business_id = ? AND id IN ? AND expires_at > ?", m.BusinessID, []string{m.plain, m.bound}, m.World.Now()).
		Order("expires_at DESC").Limit(2).Find(&rows).Error
	for _, row := range rows {
		if f, err = m.unsealRecent(row); err == nil && m.fits(f) {
			return f
		}
	}
	if err != nil {
		m.Log.Warn("lookup: a recent answer could not be read", "lookup", m.record.ID, "err", err)
	}
	return Finding{}
}

// fits tells whether an answer was come by as the business wants its answers now.
func (m *memory) fits(f Finding) bool {
	return !m.CrossCheck || f.Outcome != models.OutcomeFound || f.Together.Check != ""
}

func (s *Service) unsealRecent(row recent) (f Finding, err error) {
	key, err := s.Vault.OpenKey(row.DataKey, row.aad())
	if err != nil {
		return f, err
	}
	text, err := key.Open(nil, nil, row.Sealed, []byte(row.aad()))
	if err != nil {
		return f, errors.New("it does not open")
	}
	var r remembered
	if err := json.Unmarshal(text, &r); err != nil {
		return f, errors.New("it is not the JSON that was sealed")
	}
	return Finding{
		Outcome: r.Outcome, Source: r.Source, Owners: r.Answer.Owners, Match: r.Answer.Match,
		Together: Together{Origins: r.Answer.Origins, Check: r.Answer.Check, Conflict: r.Answer.Conflict, Recent: true},
	}, nil
}

// store keeps what a lookup was answered, as far as the business may store it. The answer stands already, so that a
// failure is only logged.
func (m *memory) store(ctx context.Context, outcome models.Outcome, r *Record) {
	if m == nil || r.Said.Recent || m.Cache.Life(outcome) == 0 {
		return
	}
	row := recent{
		BusinessID: r.BusinessID, ID: m.plain, NumberIndex: r.NumberIndex, ExpiresAt: m.World.Now().Add(m.Cache.Life(outcome)),
	}
	if outcome == models.OutcomeFound && len(r.Said.Owners) == 0 {
		row.ID = m.bound
	}
	key, wrapped, err := m.Vault.NewKey(row.aad())
	if err == nil {
		row.DataKey = wrapped
		row.Sealed = key.Seal(nil, nil, encode(remembered{outcome, r.Source, r.Said}), []byte(row.aad()))
		err = m.DB.WithContext(ctx).Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
	}
	if err == nil {
		err = m.dropErased(ctx, row)
	}
	if err != nil {
		m.Log.Warn("lookup: a recent answer could not be kept", "lookup", r.ID, "err", err)
	}
}

// dropErased drops an answer whose person was erased while it was on its way. An erasure destroys the lookup's key before
// it drops answers, so that either it has seen this one or the key is gone by now.
func (m *memory) dropErased(ctx context.Context, row recent) error {
	var kept int64
	err := m.DB.WithContext(ctx).Model(&models.Lookup{}).
		Where("business_id = ? AND id = ? AND data_key IS NOT NULL", m.BusinessID, m.record.ID).Count(&kept).Error
	if err != nil || kept > 0 {
		return err
	}
	return m.DB.WithContext(ctx).Where("business_id = ? AND id = ? AND data_key = ?", row.BusinessID, row.ID, row.DataKey).
		Delete(&recent{}).Error
}

// forgetWithdrawn drops one business's recent answers about a number, in the transaction of the withdrawal.
func forgetWithdrawn(tx *gorm.DB, businessID string, number []byte) error {
	return tx.Where("business_id = ? AND number_index = ?", businessID, number).Delete(&recent{}).Error
}

// forgetBatch bounds how many answers one statement drops.
const forgetBatch = 5000

// ForgetExpired drops the answers that may not be given any more, and gives how many there were. It may run in every
// gateway at once.
func (s *Service) ForgetExpired(ctx context.Context) (forgotten int64, err error) {
	for {
		gone := s.DB.WithContext(ctx).Exec(`DELETE FROM recent_answers WHERE (business_id, id) IN
			(SELECT business_id, id FROM recent_answers WHERE expires_at <= ? LIMIT ?)`, s.World.Now(), forgetBatch)
		if forgotten += gone.RowsAffected; gone.Error != nil {
			return forgotten, fmt.Errorf("forget expired answers: %w", gone.Error)
		}
		if gone.RowsAffected < forgetBatch {
			return forgotten, nil
		}
	}
}
