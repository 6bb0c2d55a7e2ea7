package staff

import (
	"net/netip"
)

// tries is how often in a row something was tried in vain.
type tries struct {
	Scope  string `gorm:"primaryKey"`
	Name   []byte `gorm:"primaryKey"`
	N      int64
	At     int64 // of the last one, in microseconds since 1970
	FreeAt int64 // until then it may not be tried again; likewise
}

// TableName is the table of tries.
func (tries) TableName() string { return "sign_in_tries" }

// patience is how many tries there may be.
func (t tries) patience() patience {
	if t.Scope != "address" {
		return accountPatience
	}
	return addressPatience
}

// account is under what the tries of an e-mail are counted, whether somebody has it or not.
func (u *Users) account(email string) tries {
	if u.house != "" { // who guesses at a business's console keeps nobody away from the desk
		return tries{Scope: "operator", Name: u.emailIndex(email)}
	}
	return tries{Scope: "account", Name: u.emailIndex(email)}
}

// address is under what those from an address are counted. Of IPv6 a customer has at least a /64.
func (u *Users) address(from netip.Addr) tries {
	from = from.Unmap().WithZone("")
	if from.Is6() {
		if block, err := from.Prefix(64); err == nil {
			from = block.Addr()
		}
	}
	return tries{Scope: "address", Name: u.vault.Hash("sign-in address", from.AsSlice())}
}

// counted is a try that was counted: what was known before, and after.
type counted struct{ before, after tries }
