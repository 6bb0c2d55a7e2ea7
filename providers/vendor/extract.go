package vendor

import (
	"encoding/base64"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"whoseline/models"
)

// maxOwners and maxText bound an answer. More owners make it no answer, a longer text is dropped.
const (
	maxOwners = 100
	maxText   = 512 // bytes
)

// extraction takes the values out of one answer and cleans them. A value without sense is dropped and noted by its
// field.
type extraction struct {
	def     *definition
	in      Inquiry
	today   time.Time
	dropped []string
}

// owners gives every owner that has a name, in the answer's order.
func (x *extraction) owners(root gjson.Result) (all []Person) {
	if len(x.def.Fields) == 0 {
		return nil
	}
	if len(x.def.Owners) == 0 {
		return x.append(nil, root, x.def.Fields)
	}
	list := x.def.Owners.value(root)
	if !list.IsArray() || len(list.Array()) == 0 {
		return x.append(nil, root, x.def.Single)
	}
	for _, element := range list.Array() {
		all = x.append(all, element, x.def.Fields)
	}
	return all
}

func (x *extraction) append(all []Person, root gjson.Result, fields map[string]paths) []Person {
	text := func(name string) string { return x.text(root, name, fields[name]) }
	p := Person{IDType: text("id_type"), IDNumber: text("id_number")}
	p.FirstName, p.MiddleName, p.LastName = text("first"), text("middle"), text("last")
	p.FullName = text("full")
	if p.FullName == "" {
		p.FullName = models.JoinNames(p.LastName, p.FirstName, p.MiddleName)
	}
	if p.FullName == "" {
		return all
	}
	p.FullName = strings.ToUpper(p.FullName)
	p.DateOfBirth = x.checked("dob", text("dob"), x.birthDate)
	p.Gender = x.checked("gender", text("gender"), models.Gender)
	p.Phone = x.checked("phone", text("phone"), answeredPhone)
	p.NIN = x.checked("nin", text("nin"), func(nin string) (string, bool) { return nin, models.IsNIN(nin) })
	if p.NIN == "" && slices.Contains(x.def.NINTypes, p.IDType) && models.IsNIN(p.IDNumber) {
		p.NIN = p.IDNumber
	}
	p.Email = text("email")
	p.BirthState, p.BirthLGA, p.Birthplace = text("birth_state"), text("birth_lga"), text("birth_country")
	p.Religion = text("religion")
	if address := (models.Address{Town: text("town"), LGA: text("lga"), State: text("state"), Line: text("line")}); address != (models.Address{}) {
		p.Address = &address
	}
	if x.in.Photo {
		p.Image = x.checked("photo", x.raw(root, fields["photo"]), photo)
	}
	return append(all, p)
}

// raw gives the text that a path leads to, and nothing for what the vendor writes for nothing.
func (x *extraction) raw(root gjson.Result, p paths) string {
	for _, path := range p {
		value := root.Get(path)
		if value.IsObject() || value.IsArray() {
			continue
		}
		if text := strings.TrimSpace(value.String()); text != "" && !slices.Contains(x.def.Nulls, text) {
			return text
		}
	}
	return ""
}

// text is raw with its blanks collapsed.
func (x *extraction) text(root gjson.Result, name string, p paths) string {
	return x.checked(name, x.raw(root, p), func(text string) (string, bool) {
		clean := strings.Join(strings.Fields(text), " ")
		ok := len(clean) <= maxText && utf8.ValidString(clean) && !strings.ContainsFunc(clean, unicode.IsControl)
		return clean, ok
	})
}

// checked drops a text that does not pass.
func (x *extraction) checked(name, text string, check func(string) (string, bool)) string {
	if text == "" {
		return ""
	}
	clean, ok := check(text)
	if !ok {
		if !slices.Contains(x.dropped, name) {
			x.dropped = append(x.dropped, name)
		}
		return ""
	}
	return clean
}

// birthDate tries the definition's layouts before the common ones. With a year of two digits it takes the most recent
// date that is not in the future.
func (x *extraction) birthDate(text string) (string, bool) {
	date, ok := models.ParseDate(x.def.DOBLayouts, text)
	if !ok {
		return models.BirthDate(text, x.today)
	}
	if date.After(x.today) {
		date = date.AddDate(-100, 0, 0)
	}
	return models.BirthDate(date.Format(time.DateOnly), x.today)
}

// answeredPhone gives a number of an answer as E.164: one with its plus as it stands, else one of Nigeria.
func answeredPhone(text string) (string, bool) {
	if phone, err := models.ParseNigerian(text); err == nil {
		return phone.E164(), true
	}
	digits, international, ok := models.Dialled(text)
	ok = ok && international && !strings.HasPrefix(digits, "234") && len(digits) >= 5 && len(digits) <= 15 && digits[0] != '0'
	if !ok {
		return "", false
	}
	return "+" + digits, true
}

// photo gives a picture as a data: URI. Vendors send base64, with or without that prefix; a link is not followed.
func photo(text string) (string, bool) {
	data := text
	if strings.HasPrefix(text, "data:image/") {
		_, data, _ = strings.Cut(text, ";base64,")
	}
	raw, err := base64.StdEncoding.DecodeString(data)
	switch {
	case err != nil || len(raw) < 8:
		return "", false
	case string(raw[:4]) == "\x89PNG":
		return "data:image/png;base64," + data, true
	case raw[0] == 0xff && raw[1] == 0xd8:
		return "data:image/jpg;base64," + data, true
	default:
		return "", false
	}
}
