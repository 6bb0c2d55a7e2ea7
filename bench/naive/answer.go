package naive

import "fmt"

// answer is what the source says, as it is stored.
const answer = `{"status":"found","dataValidation": false,"selfieValidation": false,"phoneDetails":[` +
	`{"fullName":"EHICHIOYA FAMOUS PRIOR","dateOfBirth":"2000-01-01"},` +
	`{"fullName":"EHICHIOYA FAMOUS PRIOR","dateOfBirth":"2000-01-03"}],"isConsent": true,` +
	`"idNumber":"08036xxxxxx","type":"phone","country":"NG","requestedBy":{"firstName":"API","lastName":"User",` +
	`"middleName":"","id":"619b683ecb55a2a588f4b839"},"provider":"telco-a","providerRef":"PRV-99881122"}`

const timeForm = "2006-01-02T15:04:05.000Z"

type success struct {
	Success    bool     `json:"success"`
	StatusCode int      `json:"statusCode"`
	Message    string   `json:"message"`
	Data       identity `json:"data"`
	Links      []string `json:"links"`
}

// identity has the members of the real answer, so that both weigh the same.
type identity struct {
	ID                  string         `json:"id"`
	Address             *string        `json:"address"`
	ParentID            *string        `json:"parentId"`
	Status              string         `json:"status"`
	Reason              *string        `json:"reason"`
	DataValidation      bool           `json:"dataValidation"`
	SelfieValidation    bool           `json:"selfieValidation"`
	AllValidationPassed bool           `json:"allValidationPassed"`
	FirstName           *string        `json:"firstName"`
	MiddleName          *string        `json:"middleName"`
	LastName            *string        `json:"lastName"`
	Image               *string        `json:"image"`
	Email               *string        `json:"email"`
	NIN                 *string        `json:"nin"`
	BirthState          *string        `json:"birthState"`
	Religion            *string        `json:"religion"`
	BirthLGA            *string        `json:"birthLGA"`
	BirthCountry        *string        `json:"birthCountry"`
	DateOfBirth         *string        `json:"dateOfBirth"`
	PhoneDetails        []owner        `json:"phoneDetails"`
	IsConsent           bool           `json:"isConsent"`
	IDNumber            string         `json:"idNumber"`
	BusinessID          string         `json:"businessId"`
	Type                string         `json:"type"`
	Gender              *string        `json:"gender"`
	RequestedAt         string         `json:"requestedAt"`
	RequestedByID       string         `json:"requestedById"`
	Country             string         `json:"country"`
	CreatedAt           string         `json:"createdAt"`
	LastModifiedAt      string         `json:"lastModifiedAt"`
	Metadata            map[string]any `json:"metadata"`
	RequestedBy         requester      `json:"requestedBy"`
}

type owner struct {
	FullName    string `json:"fullName"`
	DateOfBirth string `json:"dateOfBirth"`
}

type requester struct {
	FirstName  string `json:"firstName"`
	LastName   string `json:"lastName"`
	MiddleName string `json:"middleName"`
	ID         string `json:"id"`
}

// envelope is the answer to the client.
func envelope(row *lookupRow, body request) success {
	const by = "619b683ecb55a2a588f4b839"
	return success{
		Success: true, StatusCode: 200, Message: "success", Links: []string{},
		Data: identity{
			ID: fmt.Sprintf("%024x", row.ID), Status: "found", AllValidationPassed: true, IsConsent: *body.Consent,
			PhoneDetails: []owner{
				{"EHICHIOYA FAMOUS PRIOR", "2000-01-01"},
				{"EHICHIOYA FAMOUS PRIOR", "2000-01-03"},
			},
			IDNumber: body.Mobile, BusinessID: fmt.Sprintf("%024x", row.WalletID), Type: "phone", Country: "NG",
			RequestedAt: row.CreatedAt.UTC().Format(timeForm), RequestedByID: by,
			CreatedAt:      row.CreatedAt.UTC().Format(timeForm),
			LastModifiedAt: row.UpdatedAt.UTC().Format(timeForm),
			Metadata:       body.Metadata, RequestedBy: requester{FirstName: "API", LastName: "User", ID: by},
		},
	}
}
