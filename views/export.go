package views

import (
	"encoding/json"
	"strconv"
	"time"

	"whoseline/lookup"
	"whoseline/models"
)

// LookupRow is a lookup as a line of an export.
type LookupRow struct {
	ID          string          `json:"id"`
	Status      string          `json:"status"`
	Product     string          `json:"product"`
	Source      string          `json:"source,omitempty"`
	Check       models.Check    `json:"crossCheck,omitempty"`
	Key         string          `json:"key"`
	Purpose     string          `json:"purpose,omitempty"`
	Charged     int64           `json:"charged"`  // kobo
	Refunded    int64           `json:"refunded"` // kobo
	RequestedAt Instant         `json:"requestedAt"`
	AnsweredAt  *Instant        `json:"answeredAt"`
	Erased      bool            `json:"erased,omitempty"`
	Number      string          `json:"number,omitempty"` // this and what follows only where it was asked for
	Owners      []Owner         `json:"owners,omitempty"`
	Metadata    json.RawMessage `json:"metadata,omitempty"`
}

// LookupRowOf shows a lookup; personal: with what tells who it is about.
func LookupRowOf(r *lookup.Record, personal bool) LookupRow {
	v := LookupRow{
		ID: r.ID, Status: r.Status.Shown(), Product: "phone", Source: r.Source, Check: r.Checked, Key: r.KeyID, Purpose: r.Purpose, Charged: r.Charged,
		Refunded: r.Refunded, RequestedAt: Instant(r.RequestedAt), AnsweredAt: At(r.AnsweredAt), Erased: r.Erased(),
	}
	if r.Advanced {
		v.Product = "phone_advanced"
	}
	if !personal || r.Erased() {
		return v
	}
	v.Number, v.Metadata = r.Asked.Phone, r.Asked.Metadata
	for _, o := range r.Said.Owners {
		v.Owners = append(v.Owners, Owner{known(o.Printed()), known(o.DateOfBirth)})
	}
	return v
}

// LookupColumns are the columns of lookups as a table.
func LookupColumns(personal bool) []string {
	columns := []string{
		"id", "requested_at", "answered_at", "status", "product", "source", "cross_check", "key", "purpose", "charged_kobo", "refunded_kobo", "erased",
	}
	if personal {
		columns = append(columns, "number", "full_name", "date_of_birth", "metadata")
	}
	return columns
}

// Cells gives the lookup as a line of the table.
func (v LookupRow) Cells(personal bool) []string {
	cells := []string{
		v.ID, stamp(v.RequestedAt), "", v.Status, v.Product, Cell(v.Source), string(v.Check), v.Key, Cell(v.Purpose), strconv.FormatInt(v.Charged, 10),
		strconv.FormatInt(v.Refunded, 10), strconv.FormatBool(v.Erased),
	}
	if v.AnsweredAt != nil {
		cells[2] = stamp(*v.AnsweredAt)
	}
	if personal {
		name, born := "", ""
		if len(v.Owners) > 0 {
			name, born = said(v.Owners[0].FullName), said(v.Owners[0].DateOfBirth)
		}
		cells = append(cells, v.Number, Cell(name), Cell(born), Cell(string(v.Metadata)))
	}
	return cells
}

func stamp(at Instant) string { return time.Time(at).UTC().Format(Layout) }

// TransferColumns are the columns of transfers as a table.
func TransferColumns() []string {
	return []string{"entry", "created_at", "kind", "reference", "debit", "credit", "amount_kobo", "currency", "balance_kobo"}
}

// Cells gives the transfer as a line of the table.
func (v Transfer) Cells() []string {
	return []string{
		v.Entry, stamp(v.CreatedAt), string(v.Kind), Cell(v.Reference), string(v.Debit), string(v.Credit), strconv.FormatInt(v.Amount, 10), v.Currency,
		strconv.FormatInt(v.Balance, 10),
	}
}

// Delivery is an event on its way to an endpoint.
type Delivery struct {
	Event      string              `json:"event"`
	Endpoint   string              `json:"endpoint"`
	State      models.WebhookState `json:"state"`
	Attempts   int                 `json:"attempts"`
	LastStatus int                 `json:"lastStatus,omitempty"`
	LastError  string              `json:"lastError,omitempty"`
	CreatedAt  Instant             `json:"createdAt"`
	EndedAt    *Instant            `json:"endedAt"`
}

// DeliveryOf shows a delivery.
func DeliveryOf(d models.WebhookDelivery) Delivery {
	return Delivery{d.EventID, d.EndpointID, d.State, d.Attempts, d.LastStatus, d.LastError, Instant(d.CreatedAt), At(d.EndedAt)}
}

// DeliveryColumns are the columns of deliveries as a table.
func DeliveryColumns() []string {
	return []string{"event", "endpoint", "state", "attempts", "last_status", "last_error", "created_at", "ended_at"}
}

// Cells gives the delivery as a line of the table.
func (v Delivery) Cells() []string {
	ended := ""
	if v.EndedAt != nil {
		ended = stamp(*v.EndedAt)
	}
	return []string{v.Event, v.Endpoint, string(v.State), strconv.Itoa(v.Attempts), strconv.Itoa(v.LastStatus), Cell(v.LastError), stamp(v.CreatedAt), ended}
}
