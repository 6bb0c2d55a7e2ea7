package directory

import (
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
	"phone": phoneColumn, "mobile": phoneColumn, "number": phoneColumn,
	"fullname": fullNameColumn, "firstname": firstNameColumn, "middlename": middleNameColumn, "lastname": lastNameColumn,
	"dateofbirth": birthColumn, "dob": birthColumn, "gender": genderColumn, "nin": ninColumn, "email": emailColumn,
	"address": addressColumn, "addressline": addressColumn, "town": townColumn, "lga": lgaColumn, "state": stateColumn,
	"birthstate": birthStateColumn, "birthlga": birthLGAColumn, "birthcountry": birthCountryColumn,
	"religion": religionColumn, "image": imageColumn,
}

func columnOf(name string) column { return columnsByName[plain(name)] }

// plain makes first_name, firstName, First Name and FIRST-NAME one.
func plain(name string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '_' || c == '-' || c == ' ' || c == '\t':
			return -1
		case c >= 'A' && c <= 'Z':
			return c + 'a' - 'A'
		}
		return c
	}, name)
}

// row is one line of an import file, as text.
type row [columns]string

// set takes a value over unless the row has one already: of two columns with one meaning the first that is filled wins.
func (r *row) set(c column, text string) {
	if r[c] == "" && c != ignoredColumn {
		r[c] = strings.TrimSpace(text)
	}
}

// maxField is the longest field other than the image, in bytes.
const maxField = 1 << 10

// owner makes a number and its owner of the row, or a *fault of the first field that is wrong.
func (r *row) owner(now time.Time) (models.Phone, models.Owner, error) {
	phone, err := models.ParseNigerian(r[phoneColumn])
	if err != nil {
		return phone, models.Owner{}, &fault{columnNames[phoneColumn], "not a Nigerian phone number"}
	}
	for c, text := range r {
		if len(text) > maxField && column(c) != imageColumn {
			return phone, models.Owner{}, &fault{columnNames[c], "longer than 1 KiB"}
		}
	}
	owner := models.Owner{
		FullName: r[fullNameColumn], FirstName: r[firstNameColumn], MiddleName: r[middleNameColumn],
		LastName: r[lastNameColumn], Email: r[emailColumn], Image: r[imageColumn], NIN: r[ninColumn],
		BirthState: r[birthStateColumn], BirthLGA: r[birthLGAColumn], Birthplace: r[birthCountryColumn],
		Religion: r[religionColumn],
	}
	address := models.Address{Town: r[townColumn], LGA: r[lgaColumn], State: r[stateColumn], Line: r[addressColumn]}
	if address != (models.Address{}) {
		owner.Address = &address
	}
	return phone, owner, r.refine(&owner, now)
}

// refine gives the owner's fields that have a form that form.
func (r *row) refine(owner *models.Owner, now time.Time) error {
	var ok bool
	if owner.DateOfBirth, ok = models.BirthDate(r[birthColumn], now); !ok {
		return &fault{columnNames[birthColumn], "not a date of birth"}
	}
	if owner.Gender, ok = models.Gender(r[genderColumn]); !ok {
		return &fault{columnNames[genderColumn], "neither male nor female"}
	}
	if !models.IsNIN(owner.NIN) {
		return &fault{columnNames[ninColumn], "not 11 digits"}
	}
	if owner.Image != "" && !strings.HasPrefix(owner.Image, "data:image/") {
		return &fault{columnNames[imageColumn], "not a data URI of an image"}
	}
	if owner.FullName == "" {
		owner.FullName = models.JoinNames(owner.LastName, owner.FirstName, owner.MiddleName)
	}
	if owner.FullName == "" {
		return &fault{columnNames[fullNameColumn], "missing, and no other name is given"}
	}
	return nil
}
