package possession

// gsm7 is the alphabet of GSM 03.38: each character stands at the place of its code. gsm7Wide holds the codes of those
// that follow an escape.
const (
	gsm7 = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsm7Escape = 0x1B
)

var gsm7Wide = map[rune]byte{
	'^': 0x14, '{': 0x28, '}': 0x29, '\\': 0x2F, '[': 0x3C, '~': 0x3D, ']': 0x3E, '|': 0x40, '€': 0x65,
}

var gsm7Codes = codesOf(gsm7)

func codesOf(alphabet string) map[rune]byte {
	codes := make(map[rune]byte, 128)
	for _, r := range alphabet {
		codes[r] = byte(len(codes))
	}
	delete(codes, gsm7Escape) // it is no character
	return codes
}

// GSM7 writes a text in the alphabet of text messages, one byte a character and two for the wide ones. Its length is
// the room that the text takes of the 160 in one message. ok tells whether the alphabet has all its characters.
func GSM7(text string) (septets []byte, ok bool) {
	septets = make([]byte, 0, len(text))
	for _, r := range text {
		code, plain := gsm7Codes[r]
		wide, escaped := gsm7Wide[r]
		switch {
		case plain:
			septets = append(septets, code)
		case escaped:
			septets = append(septets, gsm7Escape, wide)
		default:
			return nil, false
		}
	}
	return septets, true
}
