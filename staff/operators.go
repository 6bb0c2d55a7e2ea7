package staff

import (
	"context"
	"slices"
	"strings"

	"whoseline/audit"
	"whoseline/models"
)

// The roles of the operator's own people, beside Auditor, who sees all and changes nothing.
const (
	Operator Role = "operator" // everything
	Finance  Role = "finance"  // money
	Support  Role = "support"  // what businesses ask about
)

// Act is something that is done at the operator's desk.
type Act string

// The acts.
const (
	Look          Act = "look"           // at businesses, sources, queues and health
	SeeTrail      Act = "see_trail"      // of the operator's people
	SeeTenant     Act = "see_tenant"     // a business's console, as its viewer
	RunBusinesses Act = "run_businesses" // create, suspend, resume
	RevokeKeys    Act = "revoke_keys"    // of a business
	MoveMoney     Act = "move_money"     // credit, refund, adjust
	ApproveMoney  Act = "approve_money"  // what somebody else asked for
	SwitchSources Act = "switch_sources" // off and on
)

// acts is the one table of what a role may do at the desk. What it does not name, nobody may.
var acts = map[Act][]Role{
	Look:          {Operator, Finance, Support, Auditor},
	SeeTrail:      {Operator, Auditor},
	SeeTenant:     {Operator, Support},
	RunBusinesses: {Operator},
	RevokeKeys:    {Operator, Support},
	MoveMoney:     {Operator, Finance},
	ApproveMoney:  {Operator, Finance},
	SwitchSources: {Operator},
}

// OperatorRoles are the roles of the operator's people.
func OperatorRoles() []Role { return []Role{Operator, Finance, Support, Auditor} }

// Can tells whether a role permits an act at the operator's desk.
func (r Role) Can(a Act) bool { return slices.Contains(acts[a], r) }

// operates tells whether a role is one of the operator's people.
func (r Role) operates() bool { return r.Can(Look) }

// Named gives the user with an e-mail, among those of one owner. NotFound: there is none.
func (u *Users) Named(ctx context.Context, ownerID, email string) (User, error) {
	list, err := u.List(ctx, ownerID)
	if err != nil {
		return User{}, err
	}
	email = canonicalEmail(email)
	for _, one := range list {
		if one.Email == email {
			return one, nil
		}
	}
	return User{}, models.Fail(models.NotFound, "there is no operator with this e-mail")
}

// OperatorActor is how audit trails and books name one of the operator's people.
func (u User) OperatorActor() string { return audit.Operator + " " + u.ID }

// Canonical gives the name under which a person acts: that of the user with this e-mail, else the name as it was given. A person who goes by an
// e-mail at one place and by an id at another is one and the same.
func (u *Users) Canonical(ctx context.Context, ownerID, who string) (string, error) {
	who = strings.TrimSpace(who)
	if !strings.Contains(who, "@") {
		return who, nil
	}
	switch one, err := u.Named(ctx, ownerID, who); {
	case err == nil:
		return one.OperatorActor(), nil
	case models.CodeOf(err) == models.NotFound:
		return who, nil
	default:
		return "", err
	}
}
