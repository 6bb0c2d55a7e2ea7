package lookup

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// titles are the words before a name that are no part of it.
var titles = map[string]bool{
	"MR": true, "MRS": true, "MS": true, "MISS": true, "DR": true, "PROF": true, "ENGR": true, "BARR": true, "CHIEF": true,
	"ALHAJI": true, "ALHAJA": true, "MALLAM": true, "MALAM": true, "HAJIYA": true, "REV": true, "REVD": true, "PST": true,
	"SIR": true, "HON": true,
}

// letters are those that Unicode does not take apart into a plain letter and a mark; the hooked ones of Hausa are among
// them.
var letters = strings.NewReplacer(
	"ɓ", "b", "Ɓ", "B", "ɗ", "d", "Ɗ", "D", "ƙ", "k", "Ƙ", "K", "ƴ", "y", "Ƴ", "Y", "ß", "ss", "æ", "ae", "Æ", "AE", "ø", "o", "Ø", "O",
	"ł", "l", "Ł", "L", "đ", "d", "Đ", "D", "'", "", "’", "", "‘", "", "`", "", "´", "", "ʼ", "", "ʻ", "", ".", "",
)

// names gives a name's words in the form in which they are compared: upper case, without marks, punctuation and titles.
// A name that is nothing but titles keeps them.
func names(text string) []string {
	plain := strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.M, r):
			return -1
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToUpper(r)
		default:
			return ' '
		}
	}, norm.NFKD.String(letters.Replace(text)))
	words := strings.Fields(plain)
	if bare := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return titles[w] }); len(bare) > 0 {
		return bare
	}
	return words
}

// spelled tells whether two names differ only in where their words are parted: MARY JANE and MARYJANE.
func spelled(a, b []string) bool {
	return len(a) > 0 && strings.Join(a, "") == strings.Join(b, "")
}

// contains tells whether the words of a name stand in a full name, in any order, or whether consecutive words of the
// full name spell it.
func contains(full, name []string) bool {
	if len(name) == 0 {
		return false
	}
	if !slices.ContainsFunc(name, func(w string) bool { return !slices.Contains(full, w) }) {
		return true
	}
	for from := range full {
		for to := from + 1; to <= len(full); to++ {
			if spelled(full[from:to], name) {
				return true
			}
		}
	}
	return false
}

// maxWords bounds the work, which grows with the square. Nobody has more names.
const maxWords = 16

// similarity tells how near two names are, in any order of their words. 100 is equal, apart from where the words are
// parted. Less is the mean of how well each word of either name matches one of the other. It is symmetric.
func similarity(a, b []string) int {
	if spelled(a, b) {
		return 100
	}
	return percent((covered(a, b) + covered(b, a)) / 2)
}

// nearness tells how well the words of a name match words of a full name.
func nearness(full, name []string) int {
	if contains(full, name) {
		return 100
	}
	return percent(covered(name, full))
}

// percent keeps 100 for what is equal.
func percent(share float64) int { return min(int(math.Round(share*100)), 99) }

// covered is how well each word of one name matches one of the other, from 0 to 1. Long words count more.
func covered(of, by []string) float64 {
	of, by = of[:min(len(of), maxWords)], by[:min(len(by), maxWords)]
	sum, weight := 0.0, 0
	for _, word := range of {
		best := 0.0
		for _, other := range by {
			best = max(best, jaroWinkler(word, other))
		}
		n := utf8.RuneCountInString(word)
		sum, weight = sum+best*float64(n), weight+n
	}
	if weight == 0 {
		return 0
	}
	return sum / float64(weight)
}

// jaroWinkler measures how near two words are, from 0 to 1: the share of common letters at about the same place, and
// more for a common beginning of up to four letters. The shorter word, or the smaller of equals, is always searched in
// the other one, so that the measure is symmetric.
func jaroWinkler(one, other string) float64 {
	a, b := []rune(one), []rune(other)
	if len(a) > len(b) || len(a) == len(b) && one > other {
		a, b = b, a
	}
	if len(a) == 0 {
		return 0
	}
	near := jaro(a, b)
	prefix := 0
	for prefix < min(len(a), 4) && a[prefix] == b[prefix] {
		prefix++
	}
	return near + float64(prefix)*0.1*(1-near)
}

func jaro(a, b []rune) float64 {
	window := max(len(b)/2-1, 0)
	taken := make([]bool, len(b))
	var common []rune // of a, in its order
	for i, r := range a {
		for j := max(i-window, 0); j < min(i+window+1, len(b)); j++ {
			if !taken[j] && b[j] == r {
				taken[j], common = true, append(common, r)
				break
			}
		}
	}
	if len(common) == 0 {
		return 0
	}
	moved, at := 0, 0
	for j, r := range b {
		if taken[j] {
			if common[at] != r {
				moved++
			}
			at++
		}
	}
	m := float64(len(common))
	return (m/float64(len(a)) + m/float64(len(b)) + (m-float64(moved)/2)/m) / 3
}
