package staff

import "time"

// TOTPAt lets tests be an authenticator program.
var TOTPAt = totpAt

// ParseCode lets tests read what somebody typed.
var ParseCode = parseCode

// RewritePHC reads a hash and writes it again.
func RewritePHC(text string) (string, error) {
	p, err := parsePHC(text)
	return p.String(), err
}

// HashOf gives the hash of a password under the salt and cost of another one.
func HashOf(text, password string) ([]byte, error) {
	p, err := parsePHC(text)
	if err != nil {
		return nil, err
	}
	return p.of(password), nil
}

// HashesFor is how many hashes a sign-in works out for an e-mail with these stored ones.
func (u *Users) HashesFor(email string, stored ...string) (int, error) {
	kept := make([]phc, len(stored))
	for i, text := range stored {
		var err error
		if kept[i], err = parsePHC(text); err != nil {
			return 0, err
		}
	}
	return len(u.passwords.ways(u.salt(email), kept)), nil
}

// AccountDelay is how long to wait after the n-th wrong password.
func AccountDelay(n int64) time.Duration { return accountPatience.delay(n) }

// Crowd makes it look as if as many were signing in as may wait, until it is called again with a negative number.
func (u *Users) Crowd(sign int32) { u.passwords.waiting.Add(sign * (hashesAtOnce + hashesWaiting)) }
