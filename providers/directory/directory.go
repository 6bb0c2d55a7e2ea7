// Package directory answers: what does the operator itself know about a number's owners, and how did that get in?
package directory

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"whoseline/lookup"
	"whoseline/models"
	"whoseline/providers"
	"whoseline/providers/gate"
)

// Store keeps the rows of the directory.
type Store interface {
	// Find gives the sealed owners of a number, in any order; none is no error. A bound of a hundred rows is enough.
	Find(ctx context.Context, numberIndex []byte) (sealed [][]byte, err error)

	// Add writes rows, all or none, and counts them: those of numbers that had no owner, and those of numbers that had
	// one. A row whose number and owner are there already stays as it is. Afterwards the slice belongs to the caller
	// again.
	Add(ctx context.Context, rows []Row) (added, changed int, err error)
}

// Row is one owner of one number, as it is stored: nothing in it can be read without the Vault.
type Row struct {
	NumberIndex []byte
	OwnerIndex  []byte // with NumberIndex it is unique
	Sealed      []byte
}

// Vault seals personal data at rest. Index is a keyed hash, the same for the same scope and text. Seal encrypts; Open
// gives the plain text back only under the same aad.
type Vault interface {
	Index(scope, text string) []byte
	Seal(aad string, plain []byte) []byte
	Open(aad string, sealed []byte) ([]byte, error)
}

// The scopes of the directory's keyed hashes. They are its own, so that a stolen database does not show which rows of
// other tables are about the same number.
const (
	numberScope = "directory"
	ownerScope  = "owner"
)

// Directory is the source with the operator's own owners: what was imported is found. Everything else is a miss, after
// which the next source is asked.
type Directory struct {
	store Store
	vault Vault
	now   func() time.Time
}

var _ lookup.Source = (*Directory)(nil)

// New makes the source, and the importer that fills it. now tells which dates of birth lie in the future.
func New(store Store, vault Vault, now func() time.Time) *Directory {
	return &Directory{store: store, vault: vault, now: now}
}

// Candidate says on which terms it is asked.
func (d *Directory) Candidate() providers.Candidate {
	return providers.Candidate{Name: "directory", Source: d, InProcess: true, NextOnMiss: true, Limits: gate.Limits{MaxInflight: 256}}
}

// Owners gives the owners of a number in the order of full name and date of birth.
func (d *Directory) Owners(ctx context.Context, q lookup.Question) lookup.Finding {
	index, aad := d.address(q.Phone)
	rows, err := d.store.Find(ctx, index)
	if err != nil {
		return lookup.Finding{Outcome: models.OutcomeProviderDown, Err: fmt.Errorf("find in directory: %w", err)}
	}
	if len(rows) == 0 {
		return lookup.Finding{Outcome: models.OutcomeNotFound}
	}
	owners, err := d.open(aad, rows)
	if err != nil {
		return lookup.Finding{Outcome: models.OutcomeBadPayload, Err: fmt.Errorf("open directory row: %w", err)}
	}
	return lookup.Finding{Outcome: models.OutcomeFound, Owners: owners}
}

// address gives where a number's owners are kept and what their sealing is bound to.
func (d *Directory) address(phone models.Phone) (index []byte, aad string) {
	index = d.vault.Index(numberScope, phone.E164())
	return index, hex.EncodeToString(index)
}

func (d *Directory) open(aad string, rows [][]byte) ([]models.Owner, error) {
	texts := make([][]byte, len(rows))
	for i, sealed := range rows {
		text, err := d.vault.Open(aad, sealed)
		if err != nil {
			return nil, err
		}
		texts[i] = text
	}
	slices.SortFunc(texts, bytes.Compare) // settles the order of owners with one name and one date of birth
	owners := make([]models.Owner, len(texts))
	for i, text := range texts {
		if json.Unmarshal(text, &owners[i]) != nil {
			return nil, errors.New("it holds no owner")
		}
	}
	slices.SortStableFunc(owners, func(a, b models.Owner) int {
		return cmp.Or(cmp.Compare(a.FullName, b.FullName), cmp.Compare(a.DateOfBirth, b.DateOfBirth))
	})
	return owners, nil
}

// row hides one owner. The owner's hash includes the number, so that rows of one person under two numbers look
// unrelated.
func (d *Directory) row(phone models.Phone, owner models.Owner) (Row, error) {
	text, err := json.Marshal(owner)
	if err != nil {
		return Row{}, errors.New("the owner cannot be written as JSON")
	}
	index, aad := d.address(phone)
	return Row{
		NumberIndex: index,
		OwnerIndex:  d.vault.Index(ownerScope, phone.E164()+" "+string(text)),
		Sealed:      d.vault.Seal(aad, text),
	}, nil
}
