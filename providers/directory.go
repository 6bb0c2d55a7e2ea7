package providers

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
)

// DirectoryStore keeps the rows of the directory.
type DirectoryStore interface {
	// Find gives the sealed owners of a number, in any order; none is no error. A bound of a hundred rows is enough.
	Find(ctx context.Context, numberIndex []byte) (sealed [][]byte, err error)

	// Add writes rows, all or none, and counts them: those of numbers that had no owner, and further ones of numbers
	// that had some. A row whose number and owner are there already is left as it is. The slice and what it points to
	// belong to the caller again afterwards.
	Add(ctx context.Context, rows []DirectoryRow) (added, changed int, err error)
}

// DirectoryRow is one owner of one number, as it is stored: nothing in it can be read without the Vault.
type DirectoryRow struct {
	NumberIndex []byte
	OwnerIndex  []byte // with NumberIndex it is unique
	Sealed      []byte
}

// Vault hides personal data at rest. Index is a keyed hash, the same for the same scope and text. Seal encrypts; Open
// gives the plain text back only under the same aad.
type Vault interface {
	Index(scope, text string) []byte
	Seal(aad string, plain []byte) []byte
	Open(aad string, sealed []byte) ([]byte, error)
}

// The scopes of the directory's keyed hashes. They are its own, so that a stolen database does not tell which rows of
// other tables speak of the same number.
const (
	numberScope = "directory"
	ownerScope  = "owner"
)

// Directory is the source of the operator's own owners: what was imported is found, everything else is a miss that
// leaves the question to the next source.
type Directory struct {
	store DirectoryStore
	vault Vault
	now   func() time.Time
}

var _ lookup.Source = (*Directory)(nil)

// NewDirectory makes the source, and the importer that fills it. now tells which dates of birth lie in the future.
func NewDirectory(store DirectoryStore, vault Vault, now func() time.Time) *Directory {
	return &Directory{store: store, vault: vault, now: now}
}

func directoryCandidate(p Parts) (Candidate, error) {
	if p.Store == nil || p.Vault == nil {
		return Candidate{}, errors.New("needs a store and a vault")
	}
	return Candidate{
		Source: NewDirectory(p.Store, p.Vault, p.Now), InProcess: true, NextOnMiss: true,
		Limits: Limits{MaxInflight: 256},
	}, nil
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
func (d *Directory) row(phone models.Phone, owner models.Owner) (DirectoryRow, error) {
	text, err := json.Marshal(owner)
	if err != nil {
		return DirectoryRow{}, errors.New("the owner cannot be written as JSON")
	}
	index, aad := d.address(phone)
	return DirectoryRow{
		NumberIndex: index,
		OwnerIndex:  d.vault.Index(ownerScope, phone.E164()+" "+string(text)),
		Sealed:      d.vault.Seal(aad, text),
	}, nil
}
