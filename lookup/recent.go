package lookup

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"

	"whoseline/models"
)

// A business may choose to be given recent answers again. The number and the purpose must be the same, and the consent
// must be asserted again. Such a lookup is held, charged and recorded like any other. It says where its answer is from.

// remembered is what is sealed in it.
type remembered struct {
	Outcome models.Outcome `json:"outcome"`
	Source  string         `json:"source"`
	Answer  models.Answer  `json:"answer"`
}

// memory is one lookup's access to the recent answers. It may be nil, if the business wants none: then its methods do
// nothing.
type memory struct {
	*Service
	caller
	plain string // names an answer that holds whatever is expected: owners, or that there are none
	bound string // names one that holds only for what was expected: a verdict
	done  func() // lets those who ask the same go on
}

// recall gives the recent answer to a question. Its outcome is empty when there is none. While one lookup asks the
// sources, equal ones of this process wait for its answer.
func (s *Service) recall(ctx context.Context, c caller) (Finding, *memory) {
	if !c.Cache.Covers(c.Consent.Purpose) {
		return Finding{}, nil
	}
	m := &memory{Service: s, caller: c}
	what := environment(c.Sandbox) + c.BusinessID + "\x00" + product(c.Advanced) + "\x00" + c.Phone.Digits() + "\x00" + c.Consent.Purpose
	m.plain = hex.EncodeToString(s.vault.Index("recent answer", what))
	m.bound = hex.EncodeToString(s.vault.Index("recent verdict", string(encode(c.Expected))+string(c.Release)+"\x00"+what))
	// before looking, so that no answer slips in between
	m.done = s.flights.enter(ctx, c.BusinessID+m.plain, min(flightPatience, s.leaseTime/4))
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
	rows, err := m.recents(ctx, m.BusinessID, m.plain, m.bound)
	for _, row := range rows {
		if f, err = m.unsealRecent(row); err == nil && m.fits(f) {
			return f
		}
	}
	if err != nil {
		m.log.Warn("lookup: a recent answer could not be read", "lookup", m.record.ID, "err", err)
	}
	return Finding{}
}

// fits tells whether an answer was made in the way that the business wants now.
func (m *memory) fits(f Finding) bool {
	return !m.CrossCheck || f.Outcome != models.OutcomeFound || f.Together.Check != ""
}

func (s *Service) unsealRecent(row recent) (f Finding, err error) {
	key, err := s.vault.OpenKey(row.DataKey, row.aad())
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

// store keeps a lookup's answer, as far as the business may store it. The lookup has its answer already, so a failure is
// only logged.
func (m *memory) store(ctx context.Context, outcome models.Outcome, r *Record) {
	if m == nil || r.Said.Recent || m.Cache.Life(outcome) == 0 {
		return
	}
	row := recent{
		BusinessID: r.BusinessID, ID: m.plain, NumberIndex: r.NumberIndex, ExpiresAt: m.world.Now().Add(m.Cache.Life(outcome)),
	}
	if outcome == models.OutcomeFound && len(r.Said.Owners) == 0 {
		row.ID = m.bound
	}
	key, wrapped, err := m.vault.NewKey(row.aad())
	if err == nil {
		row.DataKey = wrapped
		row.Sealed = key.Seal(nil, nil, encode(remembered{outcome, r.Source, r.Said}), []byte(row.aad()))
		err = m.storeRecent(ctx, r.ID, row)
	}
	if err != nil {
		m.log.Warn("lookup: a recent answer could not be kept", "lookup", r.ID, "err", err)
	}
}
