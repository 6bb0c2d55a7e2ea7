package simulator

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"
)

// Person is an invented owner of a number. Whoever resembles one does so by chance.
type Person struct {
	First  string `json:"first"`
	Middle string `json:"middle"`
	Last   string `json:"last"`
	Born   string `json:"born"` // YYYY-MM-DD
	Gender string `json:"gender"`
	NIN    string `json:"nin"` // begins with 000, as no real one does
	Email  string `json:"email"`
	Town   string `json:"town"`
	State  string `json:"state"`
	Street string `json:"street"`
}

var (
	women    = []string{"Amara", "Bisola", "Chidera", "Damilola", "Ebere", "Folake", "Halima", "Ivie"}
	men      = []string{"Akin", "Bashir", "Chuka", "Danjuma", "Ekene", "Femi", "Garba", "Osaze"}
	middles  = []string{"Blue", "Cedar", "Delta", "Ember", "Flint", "Grove", "Harbour", "Indigo"}
	families = []string{"Sampleton", "Mockwell", "Fakunle-Test", "Dummyson", "Placeholder", "Fixturely", "Stubbs-Demo", "Inventa"}
	towns    = [][2]string{{"Ikeja", "Lagos"}, {"Nsukka", "Enugu"}, {"Zaria", "Kaduna"}, {"Ughelli", "Delta"}}
)

// PersonOf gives the owner of a number, the same at every vendor and for every way of writing the number, so that an
// answer about another number is noticed.
func PersonOf(number string) Person { return invent(canonical(number)) }

// flatmateOf is the second owner of a number that has two.
func flatmateOf(number string) Person { return invent(canonical(number) + " second") }

func invent(seed string) Person {
	dice := sha256.Sum256([]byte("whoseline people " + seed))
	p := Person{
		First: women[dice[0]%8], Middle: middles[dice[1]%8], Last: families[dice[2]%8], Gender: "Female",
		Street: fmt.Sprintf("%d Invention Close", 1+int(dice[3])%90),
	}
	if dice[4]%2 == 0 {
		p.First, p.Gender = men[dice[0]%8], "Male"
	}
	p.Town, p.State = towns[dice[5]%4][0], towns[dice[5]%4][1]
	days := (int(dice[6])<<8 | int(dice[7])) % 15_000
	p.Born = time.Date(1955, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, days).Format(time.DateOnly)
	p.NIN = fmt.Sprintf("000%03d%03d%02d", dice[8], dice[9], dice[10]%100)
	p.Email = strings.ToLower(p.First) + "@example.com"
	return p
}

// alike compares what people write: letters only, upper and lower the same.
func alike(a, b string) bool {
	return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}

// portrait stands where a vendor has a photo in base64: the beginning of a JPEG, of nobody.
const portrait = "/9j/4AAQSkZJRgABAQ=="
