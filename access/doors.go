package access

import "whoseline/models"

// Credential is what a caller shows, by kind.
type Credential string

// The kinds of credentials.
const (
	WithKey           Credential = "API key"        // the business's server
	WithSecret        Credential = "client secret"  // the same, at a dialect: its id and secret
	WithCompanyToken  Credential = "company token"  // what DigiPay's authenticate gives for them
	WithDialectToken  Credential = "face token"     // a person's, given by the dialect itself
	WithSubjectToken  Credential = "subject token"  // a person's, from /v1/subjects/{ref}/tokens
	WithProviderToken Credential = "provider token" // a person's, from the business's identity provider
)

// Credentials gives all kinds, in the order of the page about evidence.
func Credentials() []Credential {
	return []Credential{WithKey, WithSecret, WithCompanyToken, WithDialectToken, WithSubjectToken, WithProviderToken}
}

// Reach is for whom a caller may act at a door.
type Reach string

// The reaches. "" = the caller is refused.
const (
	ReachOwn Reach = "own" // for the person whom the token names, and no one else
	ReachAll Reach = "all" // for everybody of the business, in the environment of the credential
)

// Entry is what one kind of caller may do at a door, and which proofs can come of it.
type Entry struct {
	By    Credential
	Reach Reach
	Gives []models.Channel
}

// Door is an operation of a dialect, or several that are guarded alike.
type Door struct {
	Dialect string
	Name    string
	Takes   []Entry // whoever is not named is refused
}

// DoorName names a door of Doors.
type DoorName struct{ Dialect, Name string }

// The doors.
var (
	DoorLookup         = DoorName{"Youverify", "look up a number"}
	DoorConfirm        = DoorName{"v1", "confirm a lookup"}
	DoorSubjects       = DoorName{"v1", "subjects and their tokens"}
	DoorLuminSession   = DoorName{"Lumin", "session tokens"}
	DoorLuminPhones    = DoorName{"Lumin", "PhoneInfo, SendOtp, GetVerifiedPhones, SetDefault, Approve"}
	DoorLuminValidate  = DoorName{"Lumin", "ValidateOTP"}
	DoorDigiPayClient  = DoorName{"DigiPay", "authenticate"}
	DoorDigiPaySend    = DoorName{"DigiPay", "send_otp, login_phone"}
	DoorDigiPayVerify  = DoorName{"DigiPay", "verify_otp"}
	DoorZITADELMine    = DoorName{"ZITADEL", "users/me/phone: read, set, resend, remove"}
	DoorZITADELVerify  = DoorName{"ZITADEL", "users/me/phone/_verify"}
	DoorZITADELUsers   = DoorName{"ZITADEL", "v2 users: set, resend, remove"}
	DoorZITADELVouch   = DoorName{"ZITADEL", "v2 users: set with isVerified or returnCode"}
	DoorZITADELConfirm = DoorName{"ZITADEL", "v2 users: verify"}
)

// Doors is who may do what where, and what comes of it. The doors ask this table, and docs/evidence.md shows it.
func Doors() []Door {
	text, byMail := models.ChannelSMS, models.ChannelEmail
	vouched := models.ChannelTrust
	door := func(n DoorName, takes ...Entry) Door { return Door{n.Dialect, n.Name, takes} }
	return []Door{
		door(DoorLookup, Entry{WithKey, ReachAll, nil}),
		door(DoorConfirm, Entry{WithKey, ReachAll, proofs(text)}),
		door(DoorSubjects, Entry{WithKey, ReachAll, nil}),
		door(DoorLuminSession, Entry{WithSecret, ReachAll, nil}),
		door(DoorLuminPhones, persons(true)...),
		door(DoorLuminValidate, persons(true, text)...),
		door(DoorDigiPayClient, Entry{WithSecret, ReachAll, nil}),
		door(DoorDigiPaySend, Entry{WithCompanyToken, ReachAll, nil}, Entry{WithDialectToken, ReachOwn, nil}),
		door(DoorDigiPayVerify, Entry{WithCompanyToken, ReachAll, proofs(text, byMail)}, Entry{WithDialectToken, ReachOwn, proofs(text)}),
		door(DoorZITADELMine, persons(false)...),
		door(DoorZITADELVerify, persons(false, text, vouched)...),
		door(DoorZITADELUsers, append(persons(false), Entry{WithKey, ReachAll, nil})...),
		door(DoorZITADELVouch, Entry{WithKey, ReachAll, proofs(vouched)}),
		door(DoorZITADELConfirm, append(persons(false, text, vouched), Entry{WithKey, ReachAll, proofs(text, vouched)})...),
	}
}

func proofs(channels ...models.Channel) []models.Channel { return channels }

// persons are the entries of people who act for themselves. Not every dialect gives tokens of its own.
func persons(ofDialect bool, gives ...models.Channel) (all []Entry) {
	for _, c := range []Credential{WithDialectToken, WithSubjectToken, WithProviderToken} {
		if ofDialect || c != WithDialectToken {
			all = append(all, Entry{c, ReachOwn, gives})
		}
	}
	return all
}

// doors is the table by name, for the doors themselves.
var doors = func() map[DoorName]Door {
	all := map[DoorName]Door{}
	for _, d := range Doors() {
		all[DoorName{d.Dialect, d.Name}] = d
	}
	return all
}()

// May tells for whom a kind of caller may act at a door: "" = for nobody.
func (n DoorName) May(by Credential) Reach {
	for _, e := range doors[n].Takes {
		if e.By == by {
			return e.Reach
		}
	}
	return ""
}

// At tells what kind of credential a token is at a dialect: "" where it is another dialect's.
func (s *Subject) At(dialect Dialect) Credential {
	switch {
	case s.Issuer != "":
		return WithProviderToken
	case s.Dialect == "":
		return WithSubjectToken
	case s.Dialect != dialect:
		return ""
	case s.Subject == s.ClientID:
		return WithCompanyToken
	}
	return WithDialectToken
}
