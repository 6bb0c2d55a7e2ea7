package handlers_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// The tokens of D-9 and D-3 are as the vendor's clients take them apart, and a number is the same user each time.
func TestDigiPaysTokensAreAsItsClientsReadThem(t *testing.T) {
	t.Parallel()
	archive := read(t, "testdata/digipay/values-of-the-documents.txtar")
	c := &conversation{
		gateway: raise(t, storagetest.MigratedURL(t, storage.SQLite), archive), running: map[string]chan answer{},
	}
	var users []string
	for _, f := range archive.Files {
		number, asks := strings.CutSuffix(f.Name, "-request")
		if !asks {
			continue
		}
		c.play(t, number, "request", "", string(f.Data))
		c.play(t, number, "response", "", "")
		if found := regexp.MustCompile(`"user_id":"(\w+)"`).FindSubmatch(c.answer.body); found != nil {
			users = append(users, string(found[1]))
		}
	}
	if len(c.tokens) != 3 || len(users) != 2 || users[0] != users[1] {
		t.Fatalf("%d tokens, users %v", len(c.tokens), users)
	}
	company, person := takenApart(t, c.tokens[0].text), takenApart(t, c.tokens[1].text)
	if company.Method.Alg() != "HS256" || person.Method.Alg() != "HS512" {
		t.Errorf("signed by %s and %s", company.Method.Alg(), person.Method.Alg())
	}
	claims := company.Claims.(jwt.MapClaims)
	if sub, _ := claims.GetSubject(); len(sub) != 32 || len(claims["roles"].([]any)) != 1 || claims["roles"].([]any)[0] != "ROLE_MERCHANT" {
		t.Errorf("the company's token says %v", claims)
	}
	claims = person.Claims.(jwt.MapClaims)
	if sub, _ := claims.GetSubject(); sub != users[0] || claims["iat"] == nil || claims["exp"] == nil {
		t.Errorf("the user's token says %v", claims)
	}
}

func takenApart(t *testing.T, text string) *jwt.Token {
	t.Helper()
	token, _, err := jwt.NewParser().ParseUnverified(text, jwt.MapClaims{})
	must(t, err)
	return token
}
