package app

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"whoseline/access"
	"whoseline/audit"
	"whoseline/lookup"
	"whoseline/models"
)

// Scope says what evidence is of. Key, Person and Source ask whose records one of them saw; at most one is given.
type Scope struct {
	BusinessID, Key, Person, Source string

	Span lookup.Span
}

// Evidence is what an authority is shown about a business's processing.
type Evidence struct {
	BusinessID string      `json:"businessId"`
	Name       string      `json:"name"`
	From       time.Time   `json:"from"`
	To         time.Time   `json:"to"` // exclusive
	MadeAt     time.Time   `json:"madeAt"`
	Register   []Processor `json:"register"`
	Figures    []Figure    `json:"figures"`
}

// Processor is whom personal data goes to.
type Processor struct {
	Name      string   `json:"name"`
	Purpose   string   `json:"purpose"`
	Asks      string   `json:"asks,omitempty"` // the register behind the vendor
	Gives     []string `json:"gives"`
	Countries []string `json:"countries"` // of which numbers
}

// Figure is one line of a count, with the query that recomputes it.
type Figure struct {
	Name  string `json:"name"`
	Of    string `json:"of"`
	N     int64  `json:"n"`
	Query string `json:"query"`
}

// Evidence counts, and notes in the audit trail that somebody asked. Errors: models.NotFound, Invalid.
func (a *App) Evidence(ctx context.Context, s Scope) (e Evidence, err error) {
	business, err := a.Businesses.Get(ctx, s.BusinessID)
	if err != nil {
		return e, err
	}
	if s.Span.From.IsZero() || s.Span.To.IsZero() {
		return e, models.BadField("from", "say from which day to which")
	}
	if err := s.check(); err != nil {
		return e, err
	}
	e = Evidence{BusinessID: business.ID, Name: business.Name, From: s.Span.From, To: s.Span.To, MadeAt: a.World.Now(), Register: a.register(business)}
	for _, q := range s.queries() {
		found, err := a.count(ctx, q)
		if err != nil {
			return e, models.FaultIn("count "+q.name, err)
		}
		e.Figures = append(e.Figures, found...)
	}
	return e, a.Trail.Note(ctx, audit.Event{
		BusinessID: business.ID, Action: "evidence.made", Target: s.about(),
		Detail: audit.Details(map[string]any{"from": s.Span.From.Format(time.DateOnly), "to": s.Span.To.Format(time.DateOnly)}),
	})
}

func (s Scope) check() error {
	given := 0
	for _, text := range []string{s.Key, s.Person, s.Source} {
		if text != "" {
			given++
		}
		if err := models.CheckText("scope", text); err != nil {
			return err
		}
	}
	if given > 1 {
		return models.BadField("scope", "say one of key, person and source")
	}
	return nil
}

func (s Scope) about() string {
	switch {
	case s.Key != "":
		return "key " + s.Key
	case s.Person != "":
		return "person " + s.Person
	case s.Source != "":
		return "source " + s.Source
	}
	return s.BusinessID
}

// register gives whom a business's questions may go to, by the definitions in force.
func (a *App) register(b access.Business) (all []Processor) {
	known := a.catalog.List()
	for _, h := range a.Live.Health() {
		if chosen := b.Settings.Routing.Sources; len(chosen) > 0 && !slices.Contains(chosen, h.Name) {
			continue
		}
		p := Processor{Name: h.Name, Purpose: "tells in whose name a number is registered", Asks: h.Data, Gives: []string{}, Countries: []string{}}
		for _, d := range known {
			if d.Name == h.Name || d.Default && d.Vendor == h.Name {
				p.Asks, p.Gives, p.Countries = d.Source, d.Returns, d.Countries
			}
		}
		all = append(all, p)
	}
	carriers := b.Settings.Channels
	if len(carriers) == 0 {
		carriers = a.Config.Channels.Live
	}
	for _, name := range carriers {
		all = append(all, Processor{Name: name, Purpose: "carries codes to people", Gives: []string{}, Countries: []string{}})
	}
	return all
}

// query is one count: of is what its lines are of.
type query struct{ name, sql string }

// queries are the counts, each as anybody with a reader's access to the database can ask it.
func (s Scope) queries() []query {
	in := func(column string) string {
		return fmt.Sprintf("%s >= %s AND %s < %s", column, quoted(moment(s.Span.From)), column, quoted(moment(s.Span.To)))
	}
	id := quoted(s.BusinessID)
	lookups := "FROM lookups WHERE business_id = " + id + " AND sandbox = false AND " + in("requested_at")
	trail := "FROM trail_events WHERE business_id = " + id + " AND " + in("at")
	consents := "FROM consent_events WHERE business_id = " + id + " AND " + in("created_at")
	grouped := func(column, from string) string {
		return "SELECT " + column + " AS of, count(*) AS n " + from + " GROUP BY " + column + " ORDER BY " + column
	}
	switch {
	case s.Key != "":
		return []query{{"records that the key saw", "SELECT status AS of, count(*) AS n " + lookups + " AND key_id = " + quoted(s.Key) + " GROUP BY status ORDER BY status"}}
	case s.Source != "":
		return []query{{"records that the source answered", "SELECT status AS of, count(*) AS n " + lookups + " AND source = " + quoted(s.Source) + " GROUP BY status ORDER BY status"}}
	case s.Person != "":
		return []query{{"records that the person revealed", "SELECT action AS of, count(DISTINCT target) AS n " + trail +
			" AND action = 'lookup.revealed' AND actor = " + quoted(s.Person) + " GROUP BY action"}}
	}
	return []query{
		{"lookups by outcome", grouped("status", lookups)},
		{"lookups by purpose of the consent", grouped("purpose", lookups)},
		{"lookups by key", grouped("key_id", lookups)},
		{"lookups by the source that answered", grouped("source", lookups+" AND source <> ''")},
		{"consents refused and withdrawn", grouped("kind", consents)},
		{"reveals by person", grouped("actor", trail+" AND action = 'lookup.revealed'")},
		{"erasures", grouped("action", trail+" AND action = 'lookup.erased'")},
		{"other acts by person", grouped("actor", trail+" AND action NOT IN ('lookup.revealed', 'lookup.erased')")},
	}
}

// quoted writes text for SQL.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// moment writes a time as both engines compare it.
func moment(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05+00:00") }

// WriteCSV writes evidence as a table.
func (e Evidence) WriteCSV(to io.Writer) error {
	w := csv.NewWriter(to)
	rows := [][]string{{"part", "name", "of", "n", "query"}}
	for _, p := range e.Register {
		rows = append(rows, []string{"register", p.Name, p.Purpose, "", strings.Join(p.Gives, " ")})
	}
	for _, f := range e.Figures {
		rows = append(rows, []string{"figure", f.Name, f.Of, strconv.FormatInt(f.N, 10), f.Query})
	}
	return w.WriteAll(rows)
}

// WriteJSON writes it as JSON.
func (e Evidence) WriteJSON(to io.Writer) error {
	enc := json.NewEncoder(to)
	enc.SetEscapeHTML(false)
	return enc.Encode(e)
}
