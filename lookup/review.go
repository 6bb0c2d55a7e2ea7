package lookup

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"

	"whoseline/models"
)

// Dispute is a lookup whose sources disagree about the owner, or of which one alone gave an answer, and what its business made of it.
type Dispute struct {
	BusinessID string `gorm:"primaryKey"`
	LookupID   string `gorm:"primaryKey"`
	Sandbox    bool
	Checked    models.Check
	Seq        int64     // of its newest review; 0 = nobody has looked at it
	Assignee   string    // id of the user who is to look at it; "" = nobody
	Stands     string    // the source whose answer the business goes by, or Neither; "" = undecided
	DecidedAt  time.Time // zero = undecided
}

// TableName is the table of disputes.
func (Dispute) TableName() string { return "lookup_disputes" }

// Neither is the decision that no source's answer stands.
const Neither = "neither"

// Review is one thing that somebody did about a dispute. It is never changed once written, and changes neither the answers nor what they cost.
type Review struct {
	BusinessID string `gorm:"primaryKey"`
	LookupID   string `gorm:"primaryKey"`
	Seq        int64  `gorm:"primaryKey;autoIncrement:false"`
	At         time.Time
	Actor      string // id of the user
	Assignee   string // who is to look at it from now on; "" = as before
	Stands     string // what was decided; "" = nothing
	Note       []byte // sealed under the lookup's key: gone with the person
	Text       string `gorm:"-"` // the note; "" = there is none, or its person was erased
}

// TableName is the table of reviews.
func (Review) TableName() string { return "lookup_reviews" }

// maxNote is how long a note may be, in characters.
const maxNote = 500

// disputable tells whether there is something to decide about a lookup.
func disputable(c models.Check) bool {
	return c == models.CheckConflict || c == models.CheckUnavailable
}

// Review notes what somebody did about a dispute: gave it to somebody, wrote a note, decided which answer stands, or several of these. told
// joins its transaction. Errors: models.NotFound; Conflict for a lookup about which there is nothing to decide; Invalid.
func (s *Service) Review(ctx context.Context, sandbox bool, v Review, told func(tx *gorm.DB) error) error {
	r, err := s.Get(ctx, v.BusinessID, sandbox, v.LookupID)
	if err != nil {
		return err
	}
	if err := r.reviewable(v); err != nil {
		return err
	}
	key, err := s.vault.OpenKey(r.DataKey, r.BusinessID+"/"+r.ID)
	if err != nil {
		return models.FaultIn("open the key of a lookup", err)
	}
	v.At = s.world.Now()
	seal := func(seq int64) []byte {
		if v.Text == "" {
			return nil
		}
		return key.Seal(nil, nil, []byte(v.Text), r.reviewAAD(seq))
	}
	return faultUnless(s.writeReview(ctx, r.Lookup, v, seal, told), "write a review")
}

// reviewable refuses what cannot be noted about a lookup.
func (r *Record) reviewable(v Review) error {
	switch {
	case r.Erased():
		return models.Fail(models.Conflict, "the person of this lookup was erased")
	case !disputable(r.Said.Check):
		return models.Fail(models.Conflict, "the sources of this lookup do not disagree")
	case v.Assignee == "" && v.Stands == "" && v.Text == "":
		return models.BadField("note", "write a note, name somebody, or decide")
	case utf8.RuneCountInString(v.Text) > maxNote:
		return models.BadField("note", "note must have at most 500 characters")
	case v.Stands != "" && v.Stands != Neither && !slices.ContainsFunc(r.Statements(), func(s Statement) bool { return s.Source == v.Stands }):
		return models.BadField("stands", "stands must be a source that answered, or neither")
	}
	return nil
}

// Reviews gives what was done about a lookup, oldest first, and how it stands; nil: nobody was asked to look at it.
func (s *Service) Reviews(ctx context.Context, r *Record) (d *Dispute, list []Review, err error) {
	if !disputable(r.Checked) {
		return nil, nil, nil
	}
	if d, list, err = s.reviewsOf(ctx, r.BusinessID, r.ID); err != nil || r.Erased() || len(list) == 0 {
		return d, list, faultUnless(err, "read the reviews of a lookup")
	}
	key, err := s.vault.OpenKey(r.DataKey, r.BusinessID+"/"+r.ID)
	if err != nil {
		return nil, nil, models.FaultIn("open the key of a lookup", err)
	}
	for i, v := range list {
		if v.Note == nil {
			continue
		}
		text, err := key.Open(nil, nil, v.Note, r.reviewAAD(v.Seq))
		if err != nil {
			return nil, nil, models.FaultIn("unseal a note", err)
		}
		list[i].Text = string(text)
	}
	return d, list, nil
}
