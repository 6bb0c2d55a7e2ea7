package staff

import (
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"whoseline/models"
)

// The bounds of what concerns a business's staff.
const (
	maxUsers    = 500 // users of a business, disabled ones included
	maxSessions = 20  // of a user: one more ends the oldest
	maxEmail    = 254 // characters
	minPassword = 12
	maxPassword = 200
)

// errSignIn answers everybody who may not sign in. The words are the same for every reason.
var errSignIn = error(models.Fail(models.Unauthorized, "the e-mail or the password is wrong"))

// errSessionEnded answers a token whose session has ended or never was.
var errSessionEnded = error(models.Fail(models.Unauthorized, "the session has ended: sign in again"))

// canonicalEmail is the form in which e-mails are kept and sought.
func canonicalEmail(text string) string { return strings.ToLower(strings.TrimSpace(text)) }

func (u *Users) checkUser(n NewUser) error {
	parsed, err := mail.ParseAddress(n.Email)
	if err != nil || parsed.Address != n.Email || !models.IsVisible(n.Email) || len(n.Email) > maxEmail {
		return models.BadField("email", "email must be an address such as ada@example.com")
	}
	if err := models.CheckText("name", n.Name); err != nil {
		return err
	}
	if err := u.checkRole(n.Role); err != nil {
		return err
	}
	return checkPassword(n.Password, n.Email)
}

func (u *Users) checkRole(r Role) error {
	switch {
	case u.house != "" && !r.operates():
		return models.BadField("role", "role must be operator, finance, support or auditor")
	case u.house == "" && !r.known():
		return models.BadField("role", "role must be owner, admin, viewer or auditor")
	}
	return nil
}

// commonPasswords are those that guessers try first among the ones that are long enough, after Have I Been Pwned's and
// NCSC's counts. Rows of one or a few characters are refused without a list.
var commonPasswords = []string{
	"password1234", "password12345", "password123456", "passwordpassword", "password1password", "123456789012",
	"1234567890123", "12345678901234", "123456789012345", "1234567890123456", "0123456789012", "123456789abc",
	"qwertyuiop12", "qwertyuiop123", "qwertyuiop[]", "qwertyqwerty", "qwerty123456", "qwerty1234567", "1q2w3e4r5t6y",
	"1qaz2wsx3edc", "1qazxsw23edc", "q1w2e3r4t5y6", "qazwsxedcrfv", "zxcvbnm12345", "asdfghjkl123", "asdfasdfasdf",
	"abcdefghijkl", "abcdefghijklm", "abc123abc123", "abcd12345678", "iloveyou1234", "iloveyouforever", "letmein12345",
	"welcome12345", "welcome123456", "administrator", "administrator1", "admin1234567", "admin12345678", "adminadmin123",
	"changeme1234", "changemenow1", "correcthorsebatterystaple", "unbelievable", "lovelovelove", "trustno1trustno1",
	"superman1234", "football1234", "nigeria12345", "mynameisnigeria", "whoseline123", "whoseline1234", "whoselinewhoseline",
}

// checkPassword refuses what a guesser tries first. email is the user's, in its canonical form.
func checkPassword(password, email string) error {
	length := utf8.RuneCountInString(password)
	if !utf8.ValidString(password) || length < minPassword || length > maxPassword {
		return models.BadField("password", "password must be 12 to 200 characters")
	}
	plain := strings.ToLower(password)
	local, _, _ := strings.Cut(email, "@")
	if plain == email || plain == local || slices.Contains(commonPasswords, plain) || fewCharacters(plain) {
		return models.BadField("password", "password is among the first that a guesser would try")
	}
	return nil
}

// fewCharacters tells whether a text is made of fewer than four different characters.
func fewCharacters(text string) bool {
	different := map[rune]bool{}
	for _, r := range text {
		different[r] = true
	}
	return len(different) < 4
}

// patience is how often something may be tried in vain, and how long it then has to wait. The wait doubles with every
// further try. After a day without a try all is forgotten.
type patience struct{ free int64 }

// An address may be that of a whole office; an account is one person's.
var (
	accountPatience = patience{free: 5}
	addressPatience = patience{free: 20}
)

const (
	firstDelay   = 10 * time.Second
	longestDelay = 15 * time.Minute
	forgetTries  = 24 * time.Hour
)

// delay is how long to wait after the n-th try in a row.
func (p patience) delay(n int64) time.Duration {
	if n < p.free {
		return 0
	}
	if n-p.free >= 7 { // 10 s · 2⁷ is more than the longest
		return longestDelay
	}
	return firstDelay << (n - p.free)
}

// count counts one more try before it is made, as a failed one, or says how long to wait. A clock that was set back
// keeps nobody out for longer than the longest delay.
func (p patience) count(before tries, now time.Time) (after tries, wait time.Duration) {
	if left := time.UnixMicro(before.FreeAt).Sub(now); left > 0 && left <= longestDelay {
		return before, left
	}
	after = before
	if now.Sub(time.UnixMicro(before.At)) >= forgetTries {
		after.N = 0
	}
	after.N++
	after.At, after.FreeAt = now.UnixMicro(), 0 // free at any time, also by a clock that is a little behind
	if wait := p.delay(after.N); wait > 0 {
		after.FreeAt = now.Add(wait).UnixMicro()
	}
	return after, 0
}

// parseCode reads what somebody typed for the second factor: six digits, or a recovery code. Spaces and hyphens are left
// out, and upper and lower case are the same.
func parseCode(text string) (code string, recovery, ok bool) {
	if len(text) > 64 {
		return "", false, false
	}
	code = strings.ToLower(models.TypedCode(text))
	switch len(code) {
	case totpDigits:
		return code, false, strings.Trim(code, "0123456789") == ""
	case recoveryLength:
		return code, true, strings.Trim(code, recoveryAlphabet) == ""
	}
	return "", false, false
}
