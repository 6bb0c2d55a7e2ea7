package access

import (
	"crypto/rand"
	"crypto/sha256"
	"hash/crc32"
	"strings"
)

// A token of ours is a prefix, 32 random characters (190 bits) and six that are the CRC-32 of all before them. A
// scanner that finds one in a source tree can tell it from chance without asking us, and so can we, without asking
// the database.
const (
	livePrefix    = "wl_live_"
	sandboxPrefix = "wl_test_"
	partnerPrefix = "wl_face_" // of the secrets of partner clients
	ourPrefix     = "wl_"
	randomLen     = 32
	checksumLen   = 6
	tokenLen      = len(livePrefix) + randomLen + checksumLen

	minToken = 16 // of a token that another gateway has made
	maxToken = 200
	hintLen  = 4

	alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// digest is the SHA-256 of a token: what is kept of it.
//
// Looking a token up by its digest in a map or an index takes a time that depends on the digest's leading bytes, and
// tells a guesser nothing about the token, because nobody can steer a SHA-256 towards another one's beginning.
type digest = [sha256.Size]byte

// digestOf hashes a token of at most maxToken bytes without touching the heap.
func digestOf(token string) digest {
	var text [maxToken]byte
	return sha256.Sum256(text[:copy(text[:], token)])
}

// mint makes a new token from the system's secure source of chance.
func mint(sandbox bool) string { return mintAs(prefixOf(sandbox)) }

// mintAs makes a token with another prefix of the same length.
func mintAs(prefix string) string {
	text := make([]byte, 0, tokenLen)
	text = append(text, prefix...)
	var chance [randomLen]byte
	for len(text) < len(livePrefix)+randomLen {
		_, _ = rand.Read(chance[:]) // never fails: crypto/rand stops the program instead
		text = appendUniform(text, chance[:])
	}
	return string(text) + checksum(string(text))
}

// appendUniform turns bytes into characters until the random part is full. Bytes that would favour some characters
// are dropped.
func appendUniform(text, chance []byte) []byte {
	const fair = 256 / len(alphabet) * len(alphabet)
	for _, b := range chance {
		if int(b) < fair && len(text) < len(livePrefix)+randomLen {
			text = append(text, alphabet[int(b)%len(alphabet)])
		}
	}
	return text
}

func prefixOf(sandbox bool) string {
	if sandbox {
		return sandboxPrefix
	}
	return livePrefix
}

// checksum gives the six characters that end a token which begins with text.
func checksum(text string) string {
	var end [checksumLen]byte
	sum := crc32.ChecksumIEEE([]byte(text))
	for i := checksumLen - 1; i >= 0; i-- {
		end[i] = alphabet[sum%uint32(len(alphabet))]
		sum /= uint32(len(alphabet))
	}
	return string(end[:])
}

// plausible tells whether a token may exist: ours must carry its checksum, another gateway's need only have the
// length and the characters of a token.
func plausible(token string) bool {
	if !strings.HasPrefix(token, ourPrefix) {
		return presentable(token)
	}
	if len(token) != tokenLen || (!strings.HasPrefix(token, livePrefix) && !strings.HasPrefix(token, sandboxPrefix)) {
		return false
	}
	for i := len(livePrefix); i < tokenLen; i++ {
		if strings.IndexByte(alphabet, token[i]) < 0 {
			return false
		}
	}
	return token[tokenLen-checksumLen:] == checksum(token[:tokenLen-checksumLen])
}

// presentable tells whether a text can be sent in a header as it stands: 16 to 200 visible ASCII characters.
func presentable(token string) bool {
	if len(token) < minToken || len(token) > maxToken {
		return false
	}
	for i := range len(token) {
		if token[i] <= ' ' || token[i] > '~' {
			return false
		}
	}
	return true
}

// hintOf gives the end of a token, by which its owner tells keys apart.
func hintOf(token string) string { return token[len(token)-hintLen:] }
