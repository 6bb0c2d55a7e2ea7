package possession

import (
	"crypto/hmac"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"

	"whoseline/models"
)

// macKey names the key that codes are hashed with: the vault's own. A new key gets a new name.
const macKey = "vault-1"

func hexText(b []byte) string { return hex.EncodeToString(b) }

// RandomCode makes six digits, each code as likely as any other.
func RandomCode() string { return codeFrom(rand.Reader) }

// codeFrom takes chance from a reader that never fails. The rest of 2^32 above its last whole million is not used, so
// that every code is equally likely.
func codeFrom(chance io.Reader) string {
	const million, whole = 1_000_000, 1 << 32 / 1_000_000 * 1_000_000
	var four [4]byte
	for {
		if _, err := io.ReadFull(chance, four[:]); err != nil {
			panic("possession: no chance left: " + err.Error()) // crypto/rand stops the program itself
		}
		if n := binary.BigEndian.Uint32(four[:]); uint64(n) < whole {
			return fmt.Sprintf("%06d", n%million)
		}
	}
}

// bond is what a code is bound to. The code is right only there.
type bond struct {
	Who
	number  string // id
	channel models.Channel
	code    string // id
}

func (b bond) text(column string) []byte {
	return []byte(b.aad() + "/" + b.number + "/" + string(b.channel) + "/" + b.code + "/" + column)
}

// mac gives what is stored in place of a code.
func (s *Service) mac(b bond, code string) []byte {
	return s.vault.Hash("code", append(append(b.text("mac"), 0), code...))
}

// matches tells whether a text is the code, in a time that depends on neither.
func (s *Service) matches(w Who, c models.SentCode, text string) bool {
	b := bond{Who: w, number: c.NumberID, channel: c.Channel, code: c.ID}
	return c.KeyID == macKey && hmac.Equal(c.MAC, s.mac(b, text))
}
