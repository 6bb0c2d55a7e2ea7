package youverify

import (
	"encoding/json"

	"github.com/tidwall/gjson"

	"whoseline/handlers/edge"
	"whoseline/lookup"
	"whoseline/models"
)

// identitySearch is a reading of past lookups as the dialect asks for it. Nothing says that no record can match.
type identitySearch struct {
	lookup.Search
	Nothing bool
}

// listSearch reads the query string of GET /v2/api/identity: decision Y13.
func listSearch(query map[string]string) (s identitySearch, err error) {
	if s.Limit, err = edge.PageLimit(query); err != nil {
		return s, err
	}
	return s, s.filter(query)
}

// filter reads what both forms of the list share.
func (s *identitySearch) filter(query map[string]string) (err error) {
	if s.Before, err = edge.Cursor(query); err != nil {
		return err
	}
	if s.Status, err = edge.LookupStatus(query); err != nil {
		return err
	}
	kind := query["type"]
	s.Nothing = kind != "" && kind != "phone"
	if s.From, err = edge.Moment(query, "from"); err != nil {
		return err
	}
	s.To, err = edge.Moment(query, "to")
	return err
}

// bodySearch reads the body of POST /v2/api/identity/search: the fields of the list, and those that are too personal
// for a URL. An empty body asks for everything.
func bodySearch(body []byte) (s identitySearch, err error) {
	if len(body) == 0 {
		body = []byte("{}")
	}
	m, err := edge.ReadObject(body)
	if err != nil {
		return s, err
	}
	query := map[string]string{}
	if n, given := m.Given("limit"); given {
		if n.Type != gjson.Number {
			return s, edge.ErrLimit
		}
		query["limit"] = n.Raw
	}
	for _, name := range []string{"cursor", "status", "type", "from", "to"} {
		value, given := m.Given(name)
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
	if _, given := m.Given("mobile"); given {
		if s.Phone, err = m.Number("mobile"); err != nil {
			return s, err
		}
	}
	s.Metadata, err = wanted(m)
	return s, err
}

// maxWanted bounds how many members of the metadata a search may name.
const maxWanted = 20

func wanted(m edge.Members) (map[string]json.RawMessage, error) {
	metadata, err := readMetadata(m)
	if err != nil || metadata == nil {
		return nil, err
	}
	wanted := map[string]json.RawMessage{}
	for name, value := range edge.MembersOf(gjson.ParseBytes(metadata)) {
		wanted[name] = json.RawMessage(value.Raw)
	}
	if len(wanted) > maxWanted {
		return nil, models.BadField("metadata", "metadata must name at most 20 members")
	}
	return wanted, nil
}
