package app

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"whoseline/audit"
	"whoseline/lookup"
	"whoseline/models"
)

// count asks one query, just as it is shown.
func (a *App) count(ctx context.Context, q query) (figures []Figure, err error) {
	var rows []struct {
		Of string
		N  int64
	}
	if err := a.DB.Read.WithContext(ctx).Raw(q.sql).Scan(&rows).Error; err != nil {
		return nil, err
	}
	for _, r := range rows {
		figures = append(figures, Figure{q.name, r.Of, r.N, q.sql})
	}
	if len(rows) == 0 {
		figures = []Figure{{q.name, "", 0, q.sql}}
	}
	return figures, nil
}

// SeenNumbers gives, sealed, the numbers of the records that a key, a person or a source saw, and how many there are. Of people who were
// erased nothing is given. The trail tells of it. OpenNumbers reads them.
func (a *App) SeenNumbers(ctx context.Context, s Scope) (sealed []byte, n int, err error) {
	if err := s.check(); err != nil || s.about() == s.BusinessID {
		return nil, 0, models.BadField("scope", "say one of key, person and source")
	}
	ids, err := a.seen(ctx, s)
	if err != nil {
		return nil, 0, models.FaultIn("look for the records", err)
	}
	told := map[string]bool{}
	for _, id := range ids {
		r, err := a.Lookups.Get(ctx, s.BusinessID, false, id)
		if err != nil {
			return nil, 0, err
		}
		if r.Asked.Phone != "" {
			told[r.Asked.Phone] = true
		}
	}
	list := strings.Join(slices.Sorted(maps.Keys(told)), "\n") + "\n"
	return a.Keyring.Seal(numbersAAD(s.BusinessID), []byte(list)), len(told), a.Trail.Note(ctx, audit.Event{
		BusinessID: s.BusinessID, Action: "evidence.numbers", Target: s.about(), Detail: audit.Details(map[string]any{"numbers": len(told)}),
	})
}

func numbersAAD(businessID string) string { return "evidence/" + businessID }

// OpenNumbers reads what SeenNumbers has sealed, a number a line.
func (a *App) OpenNumbers(ctx context.Context, businessID string, sealed []byte) ([]byte, error) {
	list, err := a.Keyring.Open(numbersAAD(businessID), sealed)
	if err != nil {
		return nil, models.BadField("file", "the file is not the sealed numbers of this business")
	}
	return list, a.Trail.Note(ctx, audit.Event{BusinessID: businessID, Action: "evidence.opened", Target: businessID})
}

// maxSeen bounds how many records are opened for one scope.
const maxSeen = 100_000

func (a *App) seen(ctx context.Context, s Scope) (ids []string, err error) {
	db := a.DB.Read.WithContext(ctx)
	if s.Person != "" {
		return ids, db.Table("trail_events").Distinct("target").Where("business_id = ? AND at >= ? AND at < ? AND action = 'lookup.revealed' AND actor = ?",
			s.BusinessID, s.Span.From, s.Span.To, s.Person).Order("target").Limit(maxSeen).Pluck("target", &ids).Error
	}
	q := db.Model(&models.Lookup{}).Where("business_id = ? AND sandbox = ? AND requested_at >= ? AND requested_at < ?", s.BusinessID, false, s.Span.From, s.Span.To)
	if s.Key != "" {
		q = q.Where("key_id = ?", s.Key)
	} else {
		q = q.Where("source = ?", s.Source)
	}
	return ids, q.Order("id").Limit(maxSeen).Pluck("id", &ids).Error
}

// Held is what is held about a number for one business.
type Held struct {
	BusinessID string       `json:"businessId"`
	Number     string       `json:"number"`
	MadeAt     time.Time    `json:"madeAt"`
	Lookups    []HeldLookup `json:"lookups"`
	Complete   bool         `json:"complete"` // false: there is more than is shown
}

// HeldLookup is one lookup as it is held.
type HeldLookup struct {
	ID          string         `json:"id"`
	Environment string         `json:"environment"`
	Status      string         `json:"status"`
	Purpose     string         `json:"purpose"`
	Notice      string         `json:"notice,omitempty"`
	Key         string         `json:"keyId"`
	Source      string         `json:"source,omitempty"`
	RequestedAt time.Time      `json:"requestedAt"`
	AnsweredAt  time.Time      `json:"answeredAt,omitzero"`
	Asked       models.Request `json:"asked"`
	Said        models.Answer  `json:"said"`
}

// maxHeld bounds what is shown about one number in each environment.
const maxHeld = 1000

// Held gives everything that is held about a number in a business's lookups, for the person who asks for it. The trail tells of it without the number.
func (a *App) Held(ctx context.Context, businessID string, phone models.Phone) (h Held, err error) {
	if _, err := a.Businesses.Get(ctx, businessID); err != nil {
		return h, err
	}
	h = Held{BusinessID: businessID, Number: phone.E164(), MadeAt: a.World.Now(), Lookups: []HeldLookup{}, Complete: true}
	for _, sandbox := range []bool{false, true} {
		if err := a.heldIn(ctx, &h, lookup.Search{BusinessID: businessID, Sandbox: sandbox, Phone: phone, Limit: 100}); err != nil {
			return h, err
		}
	}
	return h, a.Trail.Note(ctx, audit.Event{
		BusinessID: businessID, Action: "subject.accessed", Target: businessID, Detail: audit.Details(map[string]any{"lookups": len(h.Lookups)}),
	})
}

func (a *App) heldIn(ctx context.Context, h *Held, f lookup.Search) error {
	for n, more := 0, true; more; {
		records, rest, err := a.Lookups.List(ctx, f)
		if err != nil {
			return err
		}
		for _, r := range records {
			h.Lookups = append(h.Lookups, HeldLookup{
				r.ID, environment(f.Sandbox), r.Status.Shown(), r.Purpose, r.Notice, r.KeyID, r.Source, r.RequestedAt, r.AnsweredAt, r.Asked, r.Said,
			})
			f.Before = r.ID
		}
		if n, more = n+len(records), rest; n >= maxHeld && more {
			h.Complete, more = false, false
		}
	}
	return nil
}
