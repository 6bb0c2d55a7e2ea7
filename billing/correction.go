package billing

import (
	"crypto/sha256"
	"regexp"

	"gorm.io/gorm"

	"whoseline/models"
)

// CorrectionOrder asks for a correction. A reference is used once: the same order again answers as the first time.
type CorrectionOrder struct {
	BusinessID string
	LookupID   string // whose capture is given back; "" = the balance is adjusted
	Amount     int64  // minor units; of a refund 0 = all that was captured; of an adjustment less than 0 = it is taken
	Reason     string // lower case and underscores, at most 32
	Note       string // may be empty
	Reference  string
	Actor      string // who corrects
	Dry        bool   // only say what would come of it

	Told func(tx *gorm.DB, c models.Correction) error `json:"-"` // hears of it within its transaction
}

// Corrected is what came of a correction, or with a dry run would come of it.
type Corrected struct {
	models.Correction
	Available int64 `json:"available"` // afterwards
	Repeated  bool  `json:"repeated"`  // it had been carried out before, and nothing was done
	Dry       bool  `json:"dryRun"`
}

var reasonForm = regexp.MustCompile(`^[a-z][a-z_]{0,31}$`)

// Check refuses an order that nobody may give.
func (o CorrectionOrder) Check() error {
	if err := models.CheckReference("reference", o.Reference); err != nil {
		return err
	}
	if !reasonForm.MatchString(o.Reason) {
		return models.BadField("reason", "reason must be a code of lower-case letters and underscores, such as wrong_answer")
	}
	if err := models.CheckName("as", o.Actor); err != nil {
		return err
	}
	if err := models.CheckText("note", o.Note); err != nil {
		return err
	}
	switch {
	case o.LookupID == "" && o.Amount == 0:
		return models.BadField("amount", "amount must not be 0")
	case o.LookupID != "" && o.Amount < 0:
		return models.BadField("amount", "amount must be more than 0")
	}
	return nil
}

// kind and target are those of the correction.
func (o CorrectionOrder) kind() models.TransferKind {
	if o.LookupID != "" {
		return models.Refund
	}
	return models.Adjustment
}

func (o CorrectionOrder) target() string {
	if o.LookupID != "" {
		return o.LookupID
	}
	return o.Reference
}

// same tells whether an order is the one that a correction came of.
func (o CorrectionOrder) same(c models.Correction) bool {
	return c.Kind == o.kind() && c.Target == o.target() && c.Reason == o.Reason &&
		(c.Amount == o.Amount || o.LookupID != "" && o.Amount == 0)
}

// refundable tells how much of a lookup is given back.
func refundable(l models.Lookup, amount int64) (int64, error) {
	switch {
	case l.Charged == 0:
		return 0, models.Fail(models.Conflict, "nothing was charged for the lookup")
	case l.Refunded > 0:
		return 0, models.Fail(models.Conflict, "the lookup was refunded already")
	case amount > l.Charged:
		return 0, models.BadField("amount", "amount must be at most what was charged for the lookup")
	case amount == 0:
		return l.Charged, nil
	}
	return amount, nil
}

// adjustable refuses what would make a balance negative, or too large.
func (a *account) adjustable(amount int64) error {
	switch {
	case amount > 0 && a.Available+a.Held > maxBalance-amount:
		return models.BadField("amount", "the balance would be too large")
	case a.Available < -amount || amount < -maxBalance:
		return models.Fail(models.InsufficientFunds, "the wallet has less than would be taken")
	}
	return nil
}

// correctionMove is the transfer of a correction.
func correctionMove(c models.Correction) move {
	t := newTransfer(c.BusinessID, c.Kind, c.Amount)
	if c.Amount < 0 {
		t.Amount, t.Debit, t.Credit = -c.Amount, t.Credit, t.Debit
	}
	evidence := correctionEvidence(&c)
	t.Reference, t.Evidence, t.CreatedAt = c.Target, evidence[:], c.CreatedAt
	return move{t}
}

func correctionEvidence(c *models.Correction) [32]byte {
	buf := text(make([]byte, 0, 256), "correction", string(c.Kind), c.BusinessID, c.Target, c.Reference, c.Reason, c.Note, c.Actor)
	return sha256.Sum256(number(buf, c.Amount, stamp(c.CreatedAt)))
}
