package commands_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whoseline/storage"
)

// Z-15: ZITADEL's own clients, each in its own process, over a real socket to the real program.
func TestZITADELsOwnClientsUnderstandUs(t *testing.T) {
	t.Parallel()
	s := open(t, storage.SQLite)
	business := s.answer(t, "business", "create", "--name", "Ada & Sons")["id"].(string)
	key := s.answer(t, "key", "create", "--business", business, "--sandbox")["token"].(string)
	g := s.serve(t)
	for i, name := range []string{"go", "grpc", "grpc-web", "node"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := person{gateway: g, key: key, business: business, ref: name, number: fmt.Sprintf("+23480300000%02d", i)}
			p.provesANumber(t, official(t, name, g.http, p.token(t)))
		})
	}
	for i, name := range []string{"grpc", "grpc-web"} {
		t.Run(name+", for a user by name", func(t *testing.T) {
			t.Parallel()
			p := person{gateway: g, key: key, business: business, ref: "named " + name, number: fmt.Sprintf("+23480300001%02d", i)}
			p.token(t) // with it the person comes into being
			p.isSpokenFor(t, official(t, name, g.http, key))
		})
	}
}

// person is somebody who proves that a number is theirs.
type person struct {
	*gateway
	key, business, ref, number string
}

func (p person) token(t *testing.T) string {
	t.Helper()
	return p.told(t, "/v1/subjects/"+url.PathEscape(p.ref)+"/tokens", "")["token"].(string)
}

// code gives the code that was sent, which a business may have handed to it.
func (p person) code(t *testing.T) string {
	t.Helper()
	return p.told(t, "/v2/users/"+url.PathEscape(p.ref)+"/phone/resend", `{"returnCode":{}}`)["verificationCode"].(string)
}

func (p person) told(t *testing.T, path, body string) (said map[string]any) {
	t.Helper()
	request, err := http.NewRequest("POST", p.http+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+p.key)
	response, err := p.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&said); err != nil || response.StatusCode != 200 {
		t.Fatalf("%s: %d %v, %v", path, response.StatusCode, said, err)
	}
	return said
}

// understood is what a client made of an answer.
type understood struct {
	Code             int
	Message, ID      string
	Sequence         uint64
	Owner, Phone     string
	Verified         bool
	VerificationCode string
}

// provesANumber goes through the first service.
func (p person) provesANumber(t *testing.T, c *client) {
	t.Helper()
	c.expect(t, request{Call: "GetMyPhone"}, understood{Owner: p.business})
	c.expect(t, request{Call: "SetMyPhone", Arg: p.number}, understood{Sequence: 1, Owner: p.business})
	c.expect(t, request{Call: "SetMyPhone", Arg: "0803"},
		understood{Code: 3, Message: `invalid SetMyPhoneRequest.Phone: value does not have prefix "+"`})
	right := p.code(t) // the second event
	c.expect(t, request{Call: "VerifyMyPhone", Arg: other(right)},
		understood{Code: 3, Message: "Code is invalid (COMMAND-sM0cs)", ID: "COMMAND-sM0cs"})
	c.expect(t, request{Call: "VerifyMyPhone", Arg: right}, understood{Sequence: 3, Owner: p.business})
	c.expect(t, request{Call: "VerifyMyPhone", Arg: right},
		understood{Code: 5, Message: "Code not found (COMMAND-Rsj8c)", ID: "COMMAND-Rsj8c"})
	c.expect(t, request{Call: "GetMyPhone"}, understood{Sequence: 3, Owner: p.business, Phone: p.number, Verified: true})
	c.expect(t, request{Call: "ResendMyPhoneVerification"},
		understood{Code: 9, Message: "Phone already verified (COMMAND-2M9sf)", ID: "COMMAND-2M9sf"})
	c.expect(t, request{Call: "RemoveMyPhone"}, understood{Sequence: 4, Owner: p.business})
}

// isSpokenFor goes through the second service.
func (p person) isSpokenFor(t *testing.T, c *client) {
	t.Helper()
	set := c.ask(t, request{Call: "SetPhone", User: p.ref, Arg: p.number, Wish: "return"})
	right := set.VerificationCode
	if diff := cmp.Diff(understood{Sequence: 1, Owner: p.business, VerificationCode: right}, set); diff != "" || len(right) != 6 {
		t.Fatalf("SetPhone: %s", diff)
	}
	c.expect(t, request{Call: "ResendPhoneCode", User: p.ref, Wish: "send"}, understood{Sequence: 2, Owner: p.business})
	c.expect(t, request{Call: "VerifyPhone", User: p.ref, Arg: other(right)},
		understood{Code: 3, Message: "Code is invalid (COMMAND-eis9R)", ID: "COMMAND-eis9R"})
	c.expect(t, request{Call: "VerifyPhone", User: p.ref, Arg: right}, understood{Sequence: 3, Owner: p.business})
	c.expect(t, request{Call: "RemovePhone", User: "nobody"},
		understood{Code: 5, Message: "Phone not found (COMMAND-ieJ2e)", ID: "COMMAND-ieJ2e"})
	c.expect(t, request{Call: "RemovePhone", User: p.ref}, understood{Sequence: 4, Owner: p.business})
}

// other gives a code that is not the right one.
func other(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}
