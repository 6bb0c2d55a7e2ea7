package access

import (
	"slices"
	"strconv"
	"strings"

	"whoseline/models"
)

// Scope is something that an API key may do.
type Scope string

// The scopes.
const (
	ScopeLookup   Scope = "lookup"
	ScopeHistory  Scope = "history"
	ScopeWallet   Scope = "wallet"
	ScopeConsents Scope = "consents"
	ScopeErasures Scope = "erasures"
	ScopeWebhooks Scope = "webhooks"
	ScopeSubjects Scope = "subjects"
	ScopeBatches  Scope = "batches"
	ScopeTopUps   Scope = "top_ups"
	ScopeExports  Scope = "exports"

	AnyScope Scope = "" // what every key may do
)

// ScopeMeaning is a scope with what it allows, for people.
type ScopeMeaning struct {
	Scope  Scope
	Allows string
}

// Scopes are all of them.
func Scopes() []ScopeMeaning {
	return []ScopeMeaning{
		{ScopeLookup, "look numbers up, which costs money, and confirm such lookups"},
		{ScopeHistory, "read lookups again, and list them"},
		{ScopeWallet, "read balance, prices, statements and checkpoints, and ask for quotes"},
		{ScopeConsents, "read and report withdrawals of consent"},
		{ScopeErasures, "erase people"},
		{ScopeWebhooks, "name endpoints, read events and send them again"},
		{ScopeBatches, "ask files of numbers, which costs money, and read what came of them"},
		{ScopeTopUps, "start payments into the wallet, and read them"},
		{ScopeExports, "have lookups, transfers, the audit trail and webhooks as files; with history also what is personal in them"},
		{ScopeSubjects, "look after people's numbers and tokens, and the words of messages"},
	}
}

// UsualScopes are enough for a server that looks numbers up.
func UsualScopes() []Scope { return []Scope{ScopeLookup, ScopeHistory, ScopeWallet} }

// maxPurposes is how many purposes a key may be bound to.
const maxPurposes = 20

// checkScopes takes scopes in any order, and gives them in that of Scopes.
func checkScopes(wanted []Scope) (texts []string, err error) {
	texts = []string{}
	for _, s := range Scopes() {
		if slices.Contains(wanted, s.Scope) {
			texts = append(texts, string(s.Scope))
		}
	}
	for _, s := range wanted {
		if !slices.Contains(texts, string(s)) {
			var all []string
			for _, known := range Scopes() {
				all = append(all, string(known.Scope))
			}
			return nil, models.BadField("scopes", "scopes are "+strings.Join(all, ", "))
		}
	}
	return texts, nil
}

func checkPurposes(purposes []string) ([]string, error) {
	if len(purposes) > maxPurposes {
		return nil, models.BadField("purposes", "purposes must be at most "+strconv.Itoa(maxPurposes))
	}
	for _, p := range purposes {
		if err := models.CheckName("purposes", p); err != nil {
			return nil, err
		}
	}
	return append([]string{}, purposes...), nil
}

// May refuses what the key's scopes do not allow. A key without scopes may do everything. Error: models.NotPermitted.
func (c *Caller) May(s Scope) error {
	if s == AnyScope || len(c.Key.Scopes) == 0 || slices.Contains(c.Key.Scopes, string(s)) {
		return nil
	}
	return &models.Error{Code: models.NotPermitted, Message: "the key lacks the scope " + string(s), Scope: string(s)}
}

// MayAskFor refuses a purpose that the key is not bound to. Error: models.NotPermitted.
func (c *Caller) MayAskFor(purpose string) error {
	if len(c.Key.Purposes) == 0 || slices.Contains(c.Key.Purposes, purpose) {
		return nil
	}
	return models.Fail(models.NotPermitted, "the key may not ask for this purpose")
}
