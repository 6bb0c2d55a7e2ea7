package models

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxID and maxName bound what is an id or a name in any room.
const (
	MaxID   = 64
	maxName = 200 // characters

	lettersAndDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// CheckName takes 1 to 200 printable characters.
func CheckName(field, name string) error {
	if strings.TrimSpace(name) == "" {
		return BadField(field, field+" must not be empty")
	}
	return CheckText(field, name)
}

// CheckText takes up to 200 printable characters.
func CheckText(field, text string) error {
	if !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxName {
		return BadField(field, field+" must be at most "+strconv.Itoa(maxName)+" characters")
	}
	if strings.ContainsFunc(text, unicode.IsControl) {
		return BadField(field, field+" must not hold control characters")
	}
	return nil
}

// CheckID takes 1 to 64 letters, digits, - and _.
func CheckID(id string) error {
	for i := range len(id) {
		if c := id[i]; c != '-' && c != '_' && strings.IndexByte(lettersAndDigits, c) < 0 {
			return BadField("id", "id may hold letters, digits, - and _ only")
		}
	}
	if id == "" || len(id) > MaxID {
		return BadField("id", "id must be 1 to "+strconv.Itoa(MaxID)+" characters")
	}
	return nil
}

// IsVisible tells whether a text is visible ASCII characters, without the colon that parts a user from a password.
func IsVisible(text string) bool {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] > '~' || text[i] == ':' {
			return false
		}
	}
	return text != ""
}
