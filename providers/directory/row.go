package directory

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"whoseline/models"
)

// column is what a field of an import file is about.
type column int

const (
	ignoredColumn column = iota
	phoneColumn
	fullNameColumn
	firstNameColumn
	middleNameColumn
	lastNameColumn
	birthColumn
	genderColumn
	ninColumn
	emailColumn
	addressColumn
	townColumn
	lgaColumn
	stateColumn
	birthStateColumn
	birthLGAColumn
	birthCountryColumn
	religionColumn
	imageColumn
	columns
)

// columnNames are the names by which reports speak of the columns.
var columnNames = [columns]string{
	"", "phone", "full_name", "first_name", "middle_name", "last_name", "date_of_birth", "gender", "nin", "email",
	"address_line", "town", "lga", "state", "birth_state", "birth_lga", "birth_country", "religion", "image",
}

// columnsByName holds every spelling that a file may use, in its plain form.
var columnsByName = map[string]column{
	"phone": phoneColumn, "phonenumber": phoneColumn, "phoneno": phoneColumn, "mobile": phoneColumn, "mobilenumber": phoneColumn,
	"mobileno": phoneColumn, "mobilephone": phoneColumn, "number": phoneColumn, "msisdn": phoneColumn, "gsm": phoneColumn,
	"gsmnumber": phoneColumn, "gsmno": phoneColumn, "tel": phoneColumn, "telephone": phoneColumn, "telephonenumber": phoneColumn,
	"cell": phoneColumn, "cellphone": phoneColumn, "contactnumber": phoneColumn,
	"fullname": fullNameColumn, "name": fullNameColumn, "firstname": firstNameColumn, "givenname": firstNameColumn,
	"forename": firstNameColumn, "middlename": middleNameColumn, "othername": middleNameColumn, "othernames": middleNameColumn,
	"lastname": lastNameColumn, "surname": lastNameColumn, "familyname": lastNameColumn,
	"dateofbirth": birthColumn, "dob": birthColumn, "birthdate": birthColumn, "birthday": birthColumn,
	"gender": genderColumn, "sex": genderColumn, "nin": ninColumn, "ninnumber": ninColumn,
	"email": emailColumn, "emailaddress": emailColumn, "mail": emailColumn,
	"address": addressColumn, "addressline": addressColumn, "town": townColumn, "city": townColumn, "lga": lgaColumn,
	"state": stateColumn, "birthstate": birthStateColumn, "birthlga": birthLGAColumn, "birthcountry": birthCountryColumn,
	"religion": religionColumn, "image": imageColumn, "photo": imageColumn,
}

func columnOf(name string) column { return columnsByName[plain(name)] }

// plain makes one name of first_name, firstName, First Name, FIRST-NAME and "First name:": only letters and digits
// count.
func plain(name string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'A' && c <= 'Z':
			return c + 'a' - 'A'
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			return c
		}
		return -1
	}, name)
}

// row is one line of an import file, as text.
type row [columns]string

// set stores a value unless the row has one already: of two columns with one meaning the first that is filled counts.
// It removes what spreadsheets put around a number to keep it text.
func (r *row) set(c column, text string) {
	if r[c] != "" || c == ignoredColumn {
		return
	}
	text = models.Unmarked(text)
	if kept, formula := strings.CutPrefix(text, `="`); formula {
		text = strings.TrimSpace(strings.TrimSuffix(kept, `"`))
	}
	if c == phoneColumn || c == ninColumn || c == birthColumn {
		text = strings.TrimSpace(strings.TrimPrefix(text, "'"))
	}
	if (c == ninColumn || c == birthColumn || c == genderColumn) && slices.Contains(nothings, strings.ToLower(text)) {
		text = ""
	}
	r[c] = text
}

// nothings are the words of databases and of programs for a value that is not there.
var nothings = []string{"null", `\n`, "nan", "nat", "none", "n/a", "#n/a", "na", "-", "0000-00-00", "0000-00-00 00:00:00"}

// maxField is the longest field other than the image, in bytes.
const maxField = 1 << 10

// owner makes a number and its owner from the row, or gives a *fault for the first field without which there is no
// owner. A detail that cannot be used is left out, and lost names it: the owner is worth more than the detail.
func (r *row) owner(now time.Time) (phone models.Phone, owner models.Owner, lost []*fault, err error) {
	if phone, err = models.ParseNigerian(r[phoneColumn]); err != nil {
		return phone, owner, nil, &fault{columnNames[phoneColumn], "not a Nigerian phone number"}
	}
	for c, text := range r {
		if len(text) > maxField && column(c) != imageColumn {
			return phone, owner, nil, &fault{columnNames[c], "longer than 1 KiB"}
		}
	}
	owner = models.Owner{
		FullName: r[fullNameColumn], FirstName: r[firstNameColumn], MiddleName: r[middleNameColumn],
		LastName: r[lastNameColumn], Email: r[emailColumn],
		BirthState: r[birthStateColumn], BirthLGA: r[birthLGAColumn], Birthplace: r[birthCountryColumn],
		Religion: r[religionColumn],
	}
	address := models.Address{Town: r[townColumn], LGA: r[lgaColumn], State: r[stateColumn], Line: r[addressColumn]}
	if address != (models.Address{}) {
		owner.Address = &address
	}
	if owner.FullName == "" {
		owner.FullName = models.JoinNames(owner.LastName, owner.FirstName, owner.MiddleName)
	}
	if owner.FullName == "" {
		return phone, owner, nil, &fault{columnNames[fullNameColumn], "missing, and no other name is given"}
	}
	return phone, owner, r.refine(&owner, now), nil
}

// refine brings the owner's details into their form, and names those that have another one.
func (r *row) refine(owner *models.Owner, now time.Time) (lost []*fault) {
	var ok bool
	if owner.DateOfBirth, ok = writtenDate(r[birthColumn], now); !ok {
		lost = append(lost, &fault{columnNames[birthColumn], "not a date of birth"})
	}
	if owner.Gender, ok = models.Gender(r[genderColumn]); !ok {
		lost = append(lost, &fault{columnNames[genderColumn], "neither male nor female"})
	}
	if models.IsNIN(r[ninColumn]) {
		owner.NIN = r[ninColumn]
	} else {
		lost = append(lost, &fault{columnNames[ninColumn], "not 11 digits"})
	}
	if image := r[imageColumn]; image == "" || strings.HasPrefix(image, "data:image/") {
		owner.Image = image
	} else {
		lost = append(lost, &fault{columnNames[imageColumn], "not a data URI of an image"})
	}
	return lost
}

var (
	// midnight is the time that databases and programs add to a date that has none. Another one tells of another time
	// zone, and perhaps of another day.
	midnight = regexp.MustCompile(`^(\S+)[T ]0?0:00(:00([.,]0+)?)?( ?(Z|UTC|[+-]\d\d(:?\d\d)?))?$`)

	// writtenLayouts are further forms of a date, in files. A month never comes before a day: where both are numbers below
	// 13, nobody could tell.
	writtenLayouts = []string{
		"2006/1/2", "2006.1.2", "20060102", "2.1.2006", "2006-Jan-2", "2 January 2006", "2-January-2006", "Jan 2, 2006", "January 2, 2006",
		"Mon, 2 Jan 2006", "Monday, 2 January 2006", "Monday, January 2, 2006",
	}
)

// writtenDate is models.BirthDate for files, which hold dates as databases, programs and people write them.
func writtenDate(text string, today time.Time) (string, bool) {
	if parts := midnight.FindStringSubmatch(text); parts != nil {
		text = parts[1]
	}
	if date, ok := models.ParseDate(writtenLayouts, text); ok {
		text = date.Format(time.DateOnly)
	}
	return models.BirthDate(text, today)
}
