package staff

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" // what authenticator programs know; HMAC does not need collisions to be hard
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"time"

	"gorm.io/gorm"

	"whoseline/audit"
	"whoseline/models"
)

const (
	totpDigits = 6
	totpStep   = 30 * time.Second
	totpSecret = 20 // bytes, as RFC 4226 recommends

	recoveryCodes    = 10
	recoveryLength   = 10                                // characters: 49 bits
	recoveryAlphabet = "abcdefghjkmnpqrstuvwxyz23456789" // without those that look like others
)

var base32Text = base32.StdEncoding.WithPadding(base32.NoPadding)

// totpAt gives the code of a step: RFC 6238 with SHA-1, on RFC 4226.
func totpAt(secret []byte, step int64) string {
	state := hmac.New(sha1.New, secret)
	state.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
	sum := state.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:])&0x7fffffff%1_000_000)
}

// totpStepOf finds the step that a code belongs to, among this one and its neighbours, for clocks differ. A step that
// is not newer than the last one used is none.
func totpStepOf(secret []byte, code string, now time.Time, last int64) (step int64, ok bool) {
	current := now.Unix() / int64(totpStep/time.Second)
	for step := current - 1; step <= current+1; step++ {
		right := subtle.ConstantTimeCompare([]byte(totpAt(secret, step)), []byte(code)) == 1
		if right && step > last {
			return step, true
		}
	}
	return 0, false
}

// totpURI is what authenticator programs read from a picture.
func totpURI(secret, email string) string {
	label := url.PathEscape("Whoseline:" + email)
	return "otpauth://totp/" + label + "?" + url.Values{"secret": {secret}, "issuer": {"Whoseline"}}.Encode()
}

// newRecoveryCode makes a code of two halves, each character equally likely.
func newRecoveryCode() string {
	code := make([]byte, 0, recoveryLength)
	for len(code) < recoveryLength {
		var chance [16]byte
		_, _ = rand.Read(chance[:]) // never fails: crypto/rand stops the program instead
		for _, b := range chance {
			if i := int(b & 31); i < len(recoveryAlphabet) && len(code) < recoveryLength {
				code = append(code, recoveryAlphabet[i])
			}
		}
	}
	return string(code[:recoveryLength/2]) + "-" + string(code[recoveryLength/2:])
}

// OfferTOTP makes a secret for an authenticator program, as text and as an otpauth URI. It counts once AcceptTOTP has
// seen a code of it; another offer replaces it. A wrong password is Unauthorized and counted as at sign-in: whoever finds
// an open session shall not lock its owner out. Conflict when the visitor has a second factor already.
func (u *Users) OfferTOTP(ctx context.Context, v Visitor, password string) (secret, uri string, err error) {
	if _, err := u.prove(ctx, v, password); err != nil {
		return "", "", err
	}
	made := make([]byte, totpSecret)
	_, _ = rand.Read(made) // never fails: crypto/rand stops the program instead
	err = u.change(ctx, v.BusinessID, "offer second factor", func(tx *gorm.DB) error {
		m, err := activeMember(tx, v)
		if err != nil {
			return err
		}
		if m.TOTP != nil {
			return models.Fail(models.Conflict, "there is a second factor already: take it away first")
		}
		return setMember(tx, m, map[string]any{"totp_offer": u.vault.Seal(m.aad("totp_offer"), made)})
	})
	if err != nil {
		return "", "", err
	}
	secret = base32Text.EncodeToString(made)
	return secret, totpURI(secret, v.Email), nil
}

// AcceptTOTP makes the offered secret the visitor's second factor and gives ten recovery codes, each of which stands in
// for a code once. They are kept nowhere: show them once. A wrong code is Invalid, and Conflict means that nothing was
// offered.
func (u *Users) AcceptTOTP(ctx context.Context, v Visitor, code string) (recovery []string, err error) {
	for range recoveryCodes {
		recovery = append(recovery, newRecoveryCode())
	}
	err = u.change(ctx, v.BusinessID, "accept second factor", func(tx *gorm.DB) error {
		m, err := activeMember(tx, v)
		if err != nil {
			return err
		}
		set, err := u.accepted(m, code)
		if err != nil {
			return err
		}
		if err := setMember(tx, m, set); err != nil {
			return err
		}
		if err := insertRecoveryCodes(tx, m, u.recoveryHashes(m, recovery)); err != nil {
			return err
		}
		return u.note(tx, audit.Event{BusinessID: m.BusinessID, Actor: m.ID, Action: "user.second_factor_added", Target: m.ID})
	})
	if err != nil {
		return nil, err
	}
	return recovery, nil
}

// accepted is what changes in a member whose code fits the secret that was offered.
func (u *Users) accepted(m member, code string) (map[string]any, error) {
	if m.TOTP != nil || m.TOTPOffer == nil {
		return nil, models.Fail(models.Conflict, "no second factor was offered")
	}
	secret, err := u.vault.Open(m.aad("totp_offer"), m.TOTPOffer)
	if err != nil {
		return nil, models.Fault(fmt.Errorf("open the offered secret: %w", err))
	}
	digits, isRecovery, _ := parseCode(code)
	step, ok := totpStepOf(secret, digits, u.world.Now(), 0)
	if !ok || isRecovery {
		return nil, models.BadField("code", "the code is not the one that is due")
	}
	return map[string]any{"totp": u.vault.Seal(m.aad("totp"), secret), "totp_offer": nil, "totp_step": step}, nil
}

// DropTOTP takes the visitor's second factor away. A wrong password is Unauthorized and counted as at sign-in.
func (u *Users) DropTOTP(ctx context.Context, v Visitor, password string) error {
	if _, err := u.prove(ctx, v, password); err != nil {
		return err
	}
	return u.change(ctx, v.BusinessID, "drop second factor", func(tx *gorm.DB) error {
		m, err := activeMember(tx, v)
		if err != nil || m.TOTP == nil {
			return err
		}
		if err := dropTOTP(tx, m); err != nil {
			return err
		}
		return u.note(tx, audit.Event{BusinessID: m.BusinessID, Actor: m.ID, Action: "user.second_factor_dropped", Target: m.ID})
	})
}

// spend uses a code of a member's second factor up, or a recovery code. false: it is not good, or no longer.
func (u *Users) spend(tx *gorm.DB, m member, typed string) (bool, error) {
	code, recovery, ok := parseCode(typed)
	if !ok {
		return false, nil
	}
	if recovery {
		return deleteRecoveryCode(tx, m, u.recoveryHash(m, code))
	}
	secret, err := u.vault.Open(m.aad("totp"), m.TOTP)
	if err != nil {
		return false, models.Fault(fmt.Errorf("open the second factor: %w", err))
	}
	step, ok := totpStepOf(secret, code, u.world.Now(), m.TOTPStep)
	if !ok {
		return false, nil
	}
	return true, setMember(tx, m, map[string]any{"totp_step": step})
}

func (u *Users) recoveryHash(m member, code string) []byte {
	return u.vault.Hash("staff recovery code", []byte(m.BusinessID+"/"+m.ID+"/"+code))
}

func (u *Users) recoveryHashes(m member, codes []string) (hashes [][]byte) {
	for _, typed := range codes {
		code, _, _ := parseCode(typed)
		hashes = append(hashes, u.recoveryHash(m, code))
	}
	return hashes
}
