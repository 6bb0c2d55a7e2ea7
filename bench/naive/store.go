package naive

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

const price = 100

var errPoor = errors.New("the wallet cannot cover the price")

type walletRow struct {
	ID        int64 `gorm:"primaryKey"`
	Balance   int64
	Version   int64
	UpdatedAt time.Time
}

func (walletRow) TableName() string { return "wallet" }

type lookupRow struct {
	ID        int64 `gorm:"primaryKey"`
	WalletID  int64
	Mobile    string
	Status    int
	Price     int64
	Metadata  *string
	Result    *string
	CreatedAt time.Time
	UpdatedAt time.Time
}

func (lookupRow) TableName() string { return "lookup" }

type entryRow struct {
	ID        int64 `gorm:"primaryKey"`
	WalletID  int64
	LookupID  int64
	Kind      int
	Amount    int64
	CreatedAt time.Time
}

func (entryRow) TableName() string { return "ledger_entry" }

// debit takes the price from the wallet and writes the pending lookup, in one transaction.
func (h *handler) debit(wallet int64, body request) (*lookupRow, error) {
	metadata, err := json.Marshal(body.Metadata)
	if err != nil {
		return nil, fmt.Errorf("encode metadata: %w", err)
	}
	text := string(metadata)
	row := &lookupRow{WalletID: wallet, Mobile: body.Mobile, Price: price, Metadata: &text}
	err = h.db.Transaction(func(tx *gorm.DB) error {
		var w walletRow
		if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).First(&w, wallet).Error; err != nil {
			return err
		}
		if w.Balance < price {
			return errPoor
		}
		w.Balance -= price
		w.Version++
		if err := tx.Save(&w).Error; err != nil {
			return err
		}
		if err := tx.Create(row).Error; err != nil {
			return err
		}
		return tx.Create(&entryRow{WalletID: wallet, LookupID: row.ID, Kind: 1, Amount: -price}).Error
	})
	return row, err
}

// settle writes the answer and the second ledger row, in one transaction.
func (h *handler) settle(row *lookupRow) error {
	result := answer
	row.Status, row.Result = 1, &result
	return h.db.Transaction(func(tx *gorm.DB) error {
		if err := tx.Save(row).Error; err != nil {
			return err
		}
		return tx.Create(&entryRow{WalletID: row.WalletID, LookupID: row.ID, Kind: 2}).Error
	})
}
