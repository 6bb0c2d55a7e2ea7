package commands_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"whoseline/test/wait"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// guess is a code typed back through one of two faces that reach the same person.
type guess struct{ token, code string }

// request goes through Lumin's face and through ZITADEL's, two at a time, so that each of two gateways sees both.
func (q guess) request(base string, i int) (*http.Request, error) {
	path, body := "/Onboarding/api/v1/onboarding/PhoneInfo/ValidateOTP", `{"otp":"`+q.code+`"}`
	if i/2%2 == 1 {
		path, body = "/auth/v1/users/me/phone/_verify", `{"code":"`+q.code+`"}`
	}
	request, err := http.NewRequest("POST", base+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+q.token)
	request.Header.Set("Content-Type", "application/json")
	return request, nil
}

// try makes a guess and gives the reply, without a status if there is none.
func (g *gateway) try(t *testing.T, q guess, i int) reply {
	t.Helper()
	request, err := q.request(g.http, i)
	if err != nil {
		t.Error(err)
		return reply{}
	}
	response, err := g.client.Do(request)
	if err != nil {
		t.Error(err)
		return reply{}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return reply{response.StatusCode, body, response.Header}
}

// spent tells whether a reply says, in its face's words, that there is no code that could be checked.
func (r reply) spent() bool {
	return r.status == 400 && bytes.Contains(r.body, []byte(`"errorCode":"10601"`)) ||
		r.status == 404 && bytes.Contains(r.body, []byte(`Code not found (COMMAND-Rsj8c)`))
}

// awaited is a code that was sent, and the gateways on one database that could be told it.
type awaited struct {
	db       *storage.DB
	business string
	gateways []*gateway
	right    guess
}

func awaitedCode(t *testing.T, engine string) awaited {
	t.Helper()
	s := open(t, engine, "CHANNELS__LIVE=outbox", "FACES__PER_SUBJECT=0")
	who := s.tenant(t, 1)
	gateways := serveMany(t, s, processes(engine))
	p := person{gateway: gateways[0], key: who.token, business: who.id, ref: "ada", number: "+2348031234567"}
	token := p.token(t)
	p.told(t, "/v2/users/ada/phone", `{"phone":"`+p.number+`","sendCode":{}}`)
	code := s.answer(t, "outbox", "--to", p.number)["code"].(string)
	return awaited{storagetest.OpenURL(t, s.url), who.id, gateways, guess{token, code}}
}

// code reads what is known of the code.
func (a awaited) code(t *testing.T) (c models.SentCode) {
	t.Helper()
	if err := a.db.Read.Where("business_id = ?", a.business).Take(&c).Error; err != nil {
		t.Fatal(err)
	}
	return c
}

func TestOfAHundredRightCodesOverTwoProcessesAndTwoFacesOneSucceeds(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		a, accepted := awaitedCode(t, engine), 0
		for _, r := range together(a.gateways, 100, func(g *gateway, i int) reply { return g.try(t, a.right, i) }) {
			switch {
			case r.status == 200:
				accepted++
			case !r.spent():
				t.Errorf("%d %s", r.status, r.body)
			}
		}
		if accepted != 1 {
			t.Errorf("%d were accepted", accepted)
		}
		var verified int64
		err := a.db.Read.Model(&models.SubjectEvent{}).
			Where("business_id = ? AND kind = ?", a.business, models.EventVerified).Count(&verified).Error
		if err != nil || verified != 1 || a.code(t).UsedAt.IsZero() {
			t.Errorf("%d events, %v", verified, err)
		}
	})
}

func TestGuessesOfCallersWhoHangUpAreCountedAndStopAtFive(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		a := awaitedCode(t, engine)
		wrong := guess{a.right.token, other(a.right.code)}
		for i := range 20 {
			a.gateways[i%len(a.gateways)].hangUp(t, wrong, i)
		}
		wait.Until(t, "five tries are counted", func() bool { return a.code(t).Tries == models.MaxTries })
		for i, g := range append(a.gateways, a.gateways...) {
			if r := g.try(t, a.right, 2*i); !r.spent() {
				t.Errorf("the right code: %d %s", r.status, r.body)
			}
		}
		if c := a.code(t); c.Tries != models.MaxTries || c.Sealed != nil || !c.UsedAt.IsZero() {
			t.Errorf("%d tries, used at %s", c.Tries, c.UsedAt)
		}
	})
}

// hangUp makes a guess and is gone before the answer.
func (g *gateway) hangUp(t *testing.T, q guess, i int) {
	t.Helper()
	request, err := q.request(g.http, i)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.DialTimeout("tcp", request.URL.Host, wait.Patience)
	if err != nil {
		t.Fatal(err)
	}
	if err := request.Write(conn); err != nil {
		t.Error(err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}
