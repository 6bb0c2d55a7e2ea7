package handlers

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"

	"github.com/tidwall/gjson"

	"whoseline/lookup"
	"whoseline/models"
)

// Page sizes of every list.
const (
	defaultLimit = 20
	maxLimit     = 100
)

// identitySearch is a reading of past lookups as the dialect asks for it. Nothing says that no record can match.
type identitySearch struct {
	lookup.Search
	Nothing bool
}

// listSearch reads the query string of GET /v2/api/identity: decision Y13.
func listSearch(query map[string]string) (s identitySearch, err error) {
	if s.Limit, err = limit(query); err != nil {
		return s, err
	}
	return s, s.filter(query)
}

// filter reads what both forms of the list share.
func (s *identitySearch) filter(query map[string]string) (err error) {
	if s.Before, err = cursor(query); err != nil {
		return err
	}
	switch status := models.Status(query["status"]); status {
	case "", models.StatusFound, models.StatusNotFound, models.StatusPending, models.StatusFailed:
		s.Status = status
	default:
		return models.BadField("status", "status must be one of found, not_found, pending, failed")
	}
	kind := query["type"]
	s.Nothing = kind != "" && kind != "phone"
	if s.From, err = moment(query, "from"); err != nil {
		return err
	}
	s.To, err = moment(query, "to")
	return err
}

// bodySearch reads the body of POST /v2/api/identity/search: the fields of the list, and those that are too personal
// for a URL. An empty body asks for everything.
func bodySearch(body []byte) (s identitySearch, err error) {
	if len(body) == 0 {
		body = []byte("{}")
	}
	m, err := object(body)
	if err != nil {
		return s, err
	}
	query := map[string]string{}
	if n, given := m.given("limit"); given {
		if n.Type != gjson.Number {
			return s, errLimit
		}
		query["limit"] = n.Raw
	}
	for _, name := range []string{"cursor", "status", "type", "from", "to"} {
		value, given := m.given(name)
		if !given {
			continue
		}
		if value.Type != gjson.String {
			return s, models.BadField(name, name+" must be a string")
		}
		query[name] = value.String()
	}
	if s, err = listSearch(query); err != nil {
		return s, err
	}
	if s.Phone, err = m.phone(false); err != nil {
		return s, err
	}
	s.Metadata, err = m.wanted()
	return s, err
}

// maxWanted bounds how many members of the metadata a search may name.
const maxWanted = 20

func (m members) wanted() (map[string]json.RawMessage, error) {
	metadata, err := m.metadata()
	if err != nil || metadata == nil {
		return nil, err
	}
	wanted := map[string]json.RawMessage{}
	for name, value := range membersOf(gjson.ParseBytes(metadata)) {
		wanted[name] = json.RawMessage(value.Raw)
	}
	if len(wanted) > maxWanted {
		return nil, models.BadField("metadata", "metadata must name at most 20 members")
	}
	return wanted, nil
}

var errLimit = models.BadField("limit", "limit must be between 1 and 100")

func limit(query map[string]string) (int, error) {
	text := query["limit"]
	if text == "" {
		return defaultLimit, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > maxLimit {
		return 0, errLimit
	}
	return n, nil
}

// cursor reads where the last page ended: an id. It is opaque to callers, so that what it is may change.
func cursor(query map[string]string) (string, error) {
	text := query["cursor"]
	if text == "" {
		return "", nil
	}
	id, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(id) != 12 {
		return "", models.BadField("cursor", "cursor is not valid")
	}
	return hex.EncodeToString(id), nil
}

// encodeCursor makes the cursor of an id of ours.
func encodeCursor(id string) string {
	raw, _ := hex.DecodeString(id) // ids are hex: what is not gives an empty cursor, which is refused
	return base64.RawURLEncoding.EncodeToString(raw)
}

// moment reads a time, or a date that stands for its first moment in UTC.
func moment(query map[string]string, name string) (time.Time, error) {
	text := query[name]
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil && at.Year() >= 1970 && at.Year() < 2100 {
			return at.UTC(), nil
		}
	}
	return time.Time{}, models.BadField(name, name+" must be a date or an RFC 3339 time")
}
