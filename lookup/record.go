package lookup

import (
	"bytes"
	"crypto/cipher"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tidwall/gjson"

	"whoseline/models"
)

// Record is a lookup whose sealed parts are open.
type Record struct {
	models.Lookup
	Asked models.Request
	Said  models.Answer
}

// open makes the record of a query and seals what the caller sent.
func (s *Service) open(q Query) (*Record, cipher.AEAD, error) {
	r := &Record{
		Lookup: models.Lookup{
			BusinessID: q.BusinessID, ID: s.world.NewID(), KeyID: q.KeyID, Sandbox: q.Sandbox, Advanced: q.Advanced,
			Status: models.StatusOpen, NumberIndex: s.numberIndex(q.Phone, q.Sandbox), Tags: s.tags(q.BusinessID, q.Metadata),
			Purpose: q.Consent.Purpose, RequestedAt: q.At, ModifiedAt: q.At, ExpiresAt: q.At.Add(s.leaseTime),
		},
		Asked: models.Request{
			Phone: q.Phone.E164(), Metadata: q.Metadata, Validations: q.Expected, Requester: q.Requester,
			Prices: [2]int64{q.Price.Found, q.Price.NotFound}, Routing: q.Routing,
			Scores: q.Scores, Release: q.Release, CrossCheck: q.CrossCheck, RequestID: q.RequestID,
		},
	}
	if !q.Sandbox {
		r.Held, r.CapDay = q.Price.most(), q.Under.Day(q.At)
	}
	if q.Consent.Notice != nil {
		r.Notice = string(encode(q.Consent.Notice))
	}
	key, wrapped, err := s.vault.NewKey(r.BusinessID + "/" + r.ID)
	if err != nil {
		return nil, nil, err
	}
	r.DataKey = wrapped
	r.Request = key.Seal(nil, nil, encode(&r.Asked), r.aad("request"))
	return r, key, nil
}

func (r *Record) question() Question {
	q := Question{
		BusinessID: r.BusinessID, LookupID: r.ID, Phone: r.Phone(), Advanced: r.Advanced, Expected: r.Asked.Validations,
		Price: r.price(), Routing: r.Asked.Routing, VerdictOnly: r.Asked.Release.Withholds(),
		Consent: Assent{Purpose: r.Purpose, At: r.RequestedAt},
	}
	if r.Notice != "" {
		_ = json.Unmarshal([]byte(r.Notice), &q.Consent.Notice) // we wrote it; if it cannot be read, there is no notice
	}
	return q
}

// price is what the answer was agreed to cost.
func (r *Record) price() Price { return Price{Found: r.Asked.Prices[0], NotFound: r.Asked.Prices[1]} }

// Phone is the number that was asked about.
func (r *Record) Phone() models.Phone { return models.PhoneFromE164(r.Asked.Phone) }

// hear writes what the sources said into a record. Its status must be set before.
func (r *Record) hear(f Finding, now time.Time) {
	r.Source, r.Said = f.Source, models.Answer{}
	if r.Status == models.StatusFound || r.Status == models.StatusNotFound {
		r.Said = said(f, now)
	}
	r.Checked = r.Said.Check
	if r.Asked.Release.Withholds() {
		r.Withhold()
	}
	r.Attempts = attempts(r.Attempts, f.Attempts)
}

// maxAttempts is how many exchanges a record keeps: the latest ones of a lookup that was pending for long.
const maxAttempts = 50

// attempts adds exchanges to those that a record already tells of.
func attempts(before string, more []models.Attempt) string {
	if before == "" {
		return string(encode(more))
	}
	all := append(exchanges(before), more...)
	return string(encode(all[max(0, len(all)-maxAttempts):]))
}

// seal closes the answer into the record.
func (r *Record) seal(key cipher.AEAD) {
	r.Answer = key.Seal(nil, nil, encode(&r.Said), r.aad("answer"))
}

// aad binds a sealed column to its row, so that none can be moved to another one.
func (r *Record) aad(column string) []byte { return []byte(r.BusinessID + "/" + r.ID + "/" + column) }

// unseal lays a stored record open. An erased one has nothing personal left.
func (s *Service) unseal(l models.Lookup) (*Record, error) {
	r := &Record{Lookup: l}
	if l.Erased() {
		return r, nil
	}
	key, err := s.vault.OpenKey(l.DataKey, l.BusinessID+"/"+l.ID)
	if err != nil {
		return nil, fmt.Errorf("open the key of lookup %s: %w", l.ID, err)
	}
	if err := r.unsealColumn(key, "request", l.Request, &r.Asked); err != nil {
		return nil, err
	}
	if l.Answer == nil {
		return r, nil
	}
	return r, r.unsealColumn(key, "answer", l.Answer, &r.Said)
}

func (r *Record) unsealColumn(key cipher.AEAD, column string, sealed []byte, into any) error {
	plain, err := key.Open(nil, nil, sealed, r.aad(column))
	if err != nil {
		return fmt.Errorf("unseal %s of lookup %s: %w", column, r.ID, err)
	}
	if err := json.Unmarshal(plain, into); err != nil {
		return fmt.Errorf("read %s of lookup %s: not the JSON that was sealed", column, r.ID)
	}
	return nil
}

// encode gives compact JSON without HTML escaping, so that raw members stay as they are.
func encode(v any) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(fmt.Sprintf("lookup: encode %T: %v", v, err)) // only types of ours, which always encode
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}

// tagSize is how many bytes of keyed hash stand for one member of the metadata.
const tagSize = 8

// tags are the blind index of the metadata's top-level members, one after the other.
func (s *Service) tags(businessID string, metadata json.RawMessage) []byte {
	var tags []byte
	gjson.ParseBytes(metadata).ForEach(func(name, value gjson.Result) bool {
		tags = append(tags, s.tag(businessID, name.String(), value)...)
		return true
	})
	return tags
}

// tag hashes one member. Strings are equal when their characters are, however they were escaped; every other value
// when its compact text is.
func (s *Service) tag(businessID, name string, value gjson.Result) []byte {
	kind, text := "j", value.Raw
	if value.Type == gjson.String {
		kind, text = "s", value.String()
	}
	return s.vault.Index("metadata", businessID+"\x00"+name+"\x00"+kind+text)[:tagSize]
}
