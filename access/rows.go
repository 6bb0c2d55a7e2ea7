package access

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"whoseline/audit"
	"whoseline/billing"
	"whoseline/models"
	"whoseline/settings"
)

// What the audit trail tells of rows. A field that is added later stands at the end and only where it is not its zero, so that
// the states of older rows stay what they are.

func keyRow(k models.Key) audit.Row {
	fields := []string{
		hex.EncodeToString(k.Hash), k.Name, strconv.FormatBool(k.Sandbox), k.Hint, strconv.Itoa(k.Rate), strings.Join(k.AllowedIPs, " "),
		k.Requester.ID, k.Requester.FirstName, k.Requester.MiddleName, k.Requester.LastName,
		moment(k.CreatedAt), moment(k.ExpiresAt), moment(k.RevokedAt),
	}
	for _, later := range [][2]string{{"scopes", strings.Join(k.Scopes, " ")}, {"purposes", strings.Join(k.Purposes, "\n")}} {
		if later[1] != "" {
			fields = append(fields, later[0]+"="+later[1])
		}
	}
	if k.VerdictOnly {
		fields = append(fields, "verdict only")
	}
	return audit.Row{Table: "api_keys", ID: k.ID, Fields: fields}
}

func moment(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return strconv.FormatInt(at.UnixMicro(), 10)
}

func businessRow(b Business) (audit.Row, error) {
	choices, err := canonicalChoices(b.Settings)
	row := audit.Row{Table: "businesses", ID: b.ID, Fields: []string{b.ParentID, b.Name, choices, moment(b.CreatedAt)}}
	if b.Suspended() {
		row.Fields = append(row.Fields, "suspended="+moment(b.SuspendedAt), b.SuspendedFor)
	}
	return row, err
}

// canonicalChoices gives them as they are read back.
func canonicalChoices(c settings.Choices) (string, error) {
	text, err := json.Marshal(c)
	if err == nil {
		var stored settings.Choices
		if err = json.Unmarshal(text, &stored); err == nil {
			text, err = json.Marshal(stored)
		}
	}
	return string(text), err
}

func priceRow(p billing.Price) audit.Row {
	return audit.Row{Table: "prices", ID: string(p.Product) + "/" + string(p.Outcome), Fields: []string{strconv.FormatInt(p.Amount, 10)}}
}

func datedRow(p billing.Price) audit.Row {
	row := audit.Row{
		Table: "price_list", ID: string(p.Product) + "/" + string(p.Outcome) + "/" + p.From.UTC().Format(time.RFC3339),
		Fields: []string{strconv.FormatInt(p.Amount, 10)},
	}
	for _, t := range p.Tiers {
		row.Fields = append(row.Fields, strconv.FormatInt(t.Above, 10), strconv.FormatInt(t.Amount, 10))
	}
	return row
}

func capRow(c billing.Cap) audit.Row {
	bound := func(n *int64) string {
		if n == nil {
			return ""
		}
		return strconv.FormatInt(*n, 10)
	}
	return audit.Row{Table: "spend_caps", ID: string(c.Period) + " " + c.Owner, Fields: []string{bound(c.Money), bound(c.Lookups)}}
}

// priceRows gives the prices that were set for a business, or by the operator.
func (b *Businesses) priceRows(ctx context.Context, businessID string) (all []audit.Row, err error) {
	base, dated, err := b.keys.store.setPrices(ctx, businessID)
	for _, p := range base {
		all = append(all, priceRow(p))
	}
	for _, p := range dated {
		all = append(all, datedRow(p))
	}
	return all, models.FaultIn("read prices", err)
}

// rowsPage is how many keys are read at a time.
const rowsPage = 100

// Rows gives a business, its keys and its own prices as the audit trail tells of them; of OperatorTrail the operator's prices.
func (b *Businesses) Rows(ctx context.Context, businessID string) (all []audit.Row, err error) {
	if businessID == OperatorTrail {
		return b.priceRows(ctx, billing.OperatorList)
	}
	business, err := b.keys.store.business(ctx, businessID)
	if err != nil {
		return nil, models.FaultIn("read business", err)
	}
	row, err := businessRow(business)
	if err != nil {
		return nil, models.Fault(err)
	}
	own, err := b.priceRows(ctx, businessID)
	if err != nil {
		return nil, err
	}
	all = append([]audit.Row{row}, own...)
	caps, err := b.keys.store.capsOf(ctx, businessID)
	if err != nil {
		return nil, models.FaultIn("read caps", err)
	}
	for _, c := range caps {
		all = append(all, capRow(c))
	}
	for page := (models.Page{Limit: rowsPage}); ; {
		list, next, err := b.keys.List(ctx, businessID, page)
		if err != nil {
			return nil, err
		}
		for _, k := range list {
			all = append(all, keyRow(k))
		}
		if page.After = next; next == "" {
			return all, nil
		}
	}
}

// noteBusiness tells of a business that was made, or whose settings were changed.
func (k *Keys) noteBusiness(tx *gorm.DB, action string, b Business) error {
	row, err := businessRow(b)
	if err != nil {
		return models.Fault(err)
	}
	return k.trail.NoteWith(tx, audit.Event{BusinessID: b.ID, Action: action, Target: b.ID, Rows: []audit.Row{row}})
}
