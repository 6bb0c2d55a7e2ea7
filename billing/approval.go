package billing

import (
	"strings"
	"time"

	"whoseline/models"
)

// Approval is a correction above the operator's bound: it is carried out when a second operator has approved it.
type Approval struct {
	BusinessID string `gorm:"primaryKey" json:"businessId"` // "" = refunds of several
	ID         string `gorm:"primaryKey" json:"id"`
	Kind       string `json:"kind"` // refund, adjustment, or refunds of a source
	Wish       string `json:"wish"` // what was asked for, as JSON
	Amount     int64  `json:"amount"`

	AskedBy    string    `json:"askedBy"`
	AskedAt    time.Time `json:"askedAt"`
	ExpiresAt  time.Time `json:"expiresAt"`
	ApprovedBy string    `json:"approvedBy,omitempty"`
	ApprovedAt time.Time `json:"approvedAt,omitzero"`
}

// TableName is the table of approvals.
func (Approval) TableName() string { return "approvals" }

// ApprovalLife is how long an approval waits.
const ApprovalLife = 72 * time.Hour

// Decide refuses who may not approve, and what may not be approved any more. again: it was approved before, by the same person.
func (a Approval) Decide(by string, now time.Time) (again bool, err error) {
	same := func(x, y string) bool { return strings.EqualFold(strings.TrimSpace(x), strings.TrimSpace(y)) }
	if err := models.CheckName("as", by); err != nil {
		return false, err
	}
	switch {
	case same(a.AskedBy, by):
		return false, models.Fail(models.Conflict, "whoever asked for it cannot approve it")
	case a.ApprovedBy != "" && !same(a.ApprovedBy, by):
		return false, models.Fail(models.Conflict, "it was approved already, by "+a.ApprovedBy)
	case a.ApprovedBy != "":
		return true, nil
	case !now.Before(a.ExpiresAt):
		return false, models.Fail(models.Conflict, "it waited for too long: ask for it anew")
	}
	return false, nil
}
