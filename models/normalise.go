package models

import (
	"strings"
	"time"
)

// birthLayouts are the forms of a date that sources are known to use; days come before months in all that begin with
// one.
var birthLayouts = []string{"2006-1-2", "2-1-2006", "2/1/2006", "2 Jan 2006", "2-Jan-2006"}

// shortLayouts have years of two digits.
var shortLayouts = []string{"2-Jan-06", "2 Jan 06"}

// BirthDate gives a date of birth as YYYY-MM-DD, and "" for "". It refuses what is no date, lies after today or before
// 1850. A year of two digits means the most recent one that is not in the future.
func BirthDate(text string, today time.Time) (string, bool) {
	if text == "" {
		return "", true
	}
	date, ok := ParseDate(birthLayouts, text)
	if !ok {
		if date, ok = ParseDate(shortLayouts, text); ok && date.After(today) {
			date = date.AddDate(-100, 0, 0)
		}
	}
	if !ok || date.After(today) || date.Year() < 1850 {
		return "", false
	}
	return date.Format(time.DateOnly), true
}

// ParseDate reads a date by the first layout that fits.
func ParseDate(layouts []string, text string) (time.Time, bool) {
	for _, layout := range layouts {
		if date, err := time.Parse(layout, text); err == nil {
			return date, true
		}
	}
	return time.Time{}, false
}

// Gender gives male, female or, for "", "".
func Gender(text string) (string, bool) {
	switch strings.ToLower(text) {
	case "":
		return "", true
	case "m", "male":
		return "male", true
	case "f", "female":
		return "female", true
	default:
		return "", false
	}
}

// IsNIN tells whether text is a National Identification Number, which has 11 digits, or empty.
func IsNIN(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text == "" || len(text) == 11
}

// JoinNames makes a full name of its parts, those that are empty left out.
func JoinNames(parts ...string) string {
	return strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
}
