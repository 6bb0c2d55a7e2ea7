package views

import "whoseline/staff"

// OperatorKey is what a program of one of the operator's people shows.
type OperatorKey struct {
	ID        string   `json:"id"`
	Token     string   `json:"token,omitempty"` // shown when it is made, and never again
	UserID    string   `json:"userId"`
	Name      string   `json:"name"`
	Hint      string   `json:"hint"`
	CreatedAt Instant  `json:"createdAt"`
	RevokedAt *Instant `json:"revokedAt"`
}

// OperatorKeyOf shows an operator key. token is empty unless it was made just now.
func OperatorKeyOf(k staff.Key, token string) OperatorKey {
	return OperatorKey{k.ID, token, k.UserID, k.Name, k.Hint, Instant(k.CreatedAt), At(k.RevokedAt)}
}
