package views

import (
	"encoding/json"
	"strconv"

	"whoseline/access"
	"whoseline/audit"
	"whoseline/models"
	"whoseline/settings"
	"whoseline/staff"
)

// Business is a tenant.
type Business struct {
	ID       string           `json:"id"`
	Name     string           `json:"name"`
	ParentID string           `json:"parentId,omitempty"`
	Settings settings.Choices `json:"settings"`

	SuspendedAt  *Instant `json:"suspendedAt,omitempty"` // missing: its callers are served
	SuspendedFor string   `json:"suspendedFor,omitempty"`
}

// BusinessOf shows a business.
func BusinessOf(b access.Business) Business {
	return Business{b.ID, b.Name, b.ParentID, b.Settings, At(b.SuspendedAt), b.SuspendedFor}
}

// Key is an API key.
type Key struct {
	ID          string   `json:"id"`
	Token       string   `json:"token,omitempty"` // shown when it is made, and never again
	BusinessID  string   `json:"businessId"`
	Name        string   `json:"name"`
	Mode        string   `json:"mode"` // live or sandbox
	Hint        string   `json:"hint"` // the token's last characters
	Rate        int      `json:"rate"`
	AllowedIPs  []string `json:"allowedIps"`
	Scopes      []string `json:"scopes"`      // empty: everything
	Purposes    []string `json:"purposes"`    // empty: all
	VerdictOnly bool     `json:"verdictOnly"` // its answers name nobody
	CreatedAt   Instant  `json:"createdAt"`
	ExpiresAt   *Instant `json:"expiresAt"`
	RevokedAt   *Instant `json:"revokedAt"`
	UsedAt      *Instant `json:"usedAt"` // within a minute or so
}

// KeyOf shows a key. token is empty unless it was made just now.
func KeyOf(k models.Key, token string) Key {
	return Key{
		k.ID, token, k.BusinessID, k.Name, Mode(k.Sandbox), k.Hint, k.Rate, k.AllowedIPs, k.Scopes, k.Purposes,
		k.VerdictOnly, Instant(k.CreatedAt), At(k.ExpiresAt), At(k.RevokedAt), At(k.UsedAt),
	}
}

// PartnerClient is a client of a partner's dialect, without its secret.
type PartnerClient struct {
	Face       access.Dialect `json:"face"`
	ClientID   string         `json:"clientId"`
	BusinessID string         `json:"businessId"`
	Mode       string         `json:"mode"`
	Name       string         `json:"name"`
	CreatedAt  Instant        `json:"createdAt"`
	DisabledAt *Instant       `json:"disabledAt"`
}

// PartnerClientOf shows a client.
func PartnerClientOf(f access.PartnerClient) PartnerClient {
	return PartnerClient{f.Dialect, f.ClientID, f.BusinessID, Mode(f.Sandbox), f.Name, Instant(f.CreatedAt), At(f.DisabledAt)}
}

// Issuer is an identity provider that a business believes.
type Issuer struct {
	Issuer       string `json:"issuer"`
	Audience     string `json:"audience"`
	BusinessID   string `json:"businessId"`
	Mode         string `json:"mode"`
	JWKSURL      string `json:"jwksUrl,omitempty"`
	SharedSecret bool   `json:"sharedSecret"`
	SubjectClaim string `json:"subjectClaim"`
}

// IssuerOf shows an issuer.
func IssuerOf(i access.Issuer) Issuer {
	return Issuer{i.Issuer, i.Audience, i.BusinessID, Mode(i.Sandbox), i.JWKSURL, i.JWKSURL == "", i.SubjectClaim}
}

// User is somebody who may sign in to the console.
type User struct {
	ID           string     `json:"id"`
	Email        string     `json:"email"`
	Name         string     `json:"name"`
	Role         staff.Role `json:"role"`
	SecondFactor bool       `json:"secondFactor"`
	CreatedAt    Instant    `json:"createdAt"`
	LastSeenAt   *Instant   `json:"lastSeenAt"`
	DisabledAt   *Instant   `json:"disabledAt"`
	Password     string     `json:"password,omitempty"` // shown when we have made it, and never again
}

// UserOf shows a user. password is empty unless we have made it just now.
func UserOf(u staff.User, password string) User {
	return User{u.ID, u.Email, u.Name, u.Role, u.HasTOTP, Instant(u.CreatedAt), At(u.LastSeenAt), At(u.DisabledAt), password}
}

// AuditEvent is something that somebody did.
type AuditEvent struct {
	Seq    int64           `json:"seq"`
	At     Instant         `json:"at"`
	Actor  string          `json:"actor"`
	Action string          `json:"action"`
	Target string          `json:"target"`
	Detail json.RawMessage `json:"detail"`
}

// AuditEventOf shows an event.
func AuditEventOf(e audit.Event) AuditEvent {
	return AuditEvent{e.Seq, Instant(e.At), e.Actor, e.Action, e.Target, json.RawMessage(e.Detail)}
}

// AuditColumns are the columns of events as a table.
func AuditColumns() []string { return []string{"seq", "at", "actor", "action", "target", "detail"} }

// Cells gives the event as a line of the table.
func (v AuditEvent) Cells() []string {
	return []string{strconv.FormatInt(v.Seq, 10), stamp(v.At), Cell(v.Actor), v.Action, Cell(v.Target), Cell(string(v.Detail))}
}
