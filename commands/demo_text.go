package commands

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"whoseline/app"

	"github.com/urfave/cli/v3"
)

// demoView is the demo's first line with --json.
type demoView struct {
	HTTP         string       `json:"http"`
	Ops          string       `json:"ops"`
	Docs         string       `json:"docs"`
	BusinessID   string       `json:"businessId"`
	LiveToken    string       `json:"liveToken"`
	SandboxToken string       `json:"sandboxToken"`
	Dir          string       `json:"dir"`
	Faces        demoPartners `json:"faces"`

	Console         string `json:"console"`
	ConsoleEmail    string `json:"consoleEmail"`
	ConsolePassword string `json:"consolePassword"`
}

func demoViewOf(a *app.App, state demoState, on app.Listeners) demoView {
	base := "http://" + on.HTTP.Addr().String()
	v := demoView{
		HTTP: base, Ops: "http://" + on.Ops.Addr().String(), Docs: base + "/docs", BusinessID: state.BusinessID,
		LiveToken: state.LiveToken, SandboxToken: state.SandboxToken, Faces: state.Faces,
		Console: base + "/console", ConsoleEmail: state.Console.Email, ConsolePassword: state.Console.Password,
	}
	v.Faces.ZITADEL.Issuer = a.IssuerURL()
	return v
}

func (t *terminal) sayDemo(c *cli.Command, v demoView) error {
	v.Dir = c.String("dir")
	if c.Bool("json") {
		return t.sayJSON(v)
	}
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	return demoText.Execute(t.Out, struct {
		demoView
		Program string
	}{v, program})
}

// demoText is what a newcomer pastes. The walks can be repeated: each takes a number that nobody has had.
var demoText = template.Must(template.New("demo").Funcs(template.FuncMap{
	"shell": shellWord, "absolute": filepath.Abs,
}).Parse(`Whoseline is running. The business "Demo Fintech" has money and asks the sandbox, 50 naira an answer.

Whose number is it? (found, charged)
  {{template "ask" .HTTP}}'token: {{.LiveToken}}' {{template "about" "08000000000"}}

A number that nobody knows (not_found, charged)
  {{template "ask" .HTTP}}'token: {{.LiveToken}}' {{template "about" "08000000001"}}

The same with the sandbox key (free)
  {{template "ask" .HTTP}}'token: {{.SandboxToken}}' {{template "about" "08000000000"}}

The wallet and its statement
  curl {{.HTTP}}/v1/wallet -H 'token: {{.LiveToken}}'
  curl {{.HTTP}}/v1/wallet/transfers -H 'token: {{.LiveToken}}'

More money, once it is spent
  {{shell .Program}} wallet top-up --dir {{.Dir | absolute | shell}} --amount 1000000 --reference more-1

Does this person hold it? Three dialects, one engine. Paste this into another terminal, and then any of the walks below.
  URL={{.HTTP}}
  JSON='Content-Type: application/json'
  outbox() { {{shell .Program}} outbox --dir {{.Dir | absolute | shell}} --json "$@"; }
  field() { sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p'; }

In Lumin's dialect: a session, a number, a code, the code from the outbox typed back
  TENANT={{.Faces.Lumin.TenantID}}
  SECRET={{.Faces.Lumin.TenantSecret}}
  PHONES=$URL/Onboarding/api/v1/onboarding/PhoneInfo
  NUMBER=803$(date +%s | tail -c 8)
  TOKEN=$(curl -s $URL/Onboarding/api/v1/Auth/GenerateOnboardingSessionToken -H "$JSON" \
    -d '{"tenantId":"'$TENANT'","tenantSecret":"'$SECRET'"}' | field token)
  curl -sw '\n' $PHONES -H "Authorization: Bearer $TOKEN" -H "$JSON" \
    -d '{"code":"234","phoneNumber":"0'$NUMBER'"}'
  curl -sw '\n' -X POST $PHONES/SendOtp -H "Authorization: Bearer $TOKEN"
  CODE=$(outbox --number +234$NUMBER --limit 1 | field code)
  curl -sw '\n' $PHONES/ValidateOTP -H "Authorization: Bearer $TOKEN" -H "$JSON" -d '{"otp":"'$CODE'"}'
  curl -sw '\n' $PHONES/GetVerifiedPhones -H "Authorization: Bearer $TOKEN"

In DigiPay's dialect: a token of the company, a code, the code typed back for a token of the user
  COMPANY={{.Faces.DigiPay.CompanyID}}
  CLIENT={{.Faces.DigiPay.ClientID}}
  SECRET={{.Faces.DigiPay.SecretKey}}
  NUMBER=806$(date +%s | tail -c 8)
  PERSON='"dial_code":"+234","phone_number":"'$NUMBER'","user_type":2,"otp_type":1'
  DEVICE='"device_type":2,"device_id":"a1b2c3","device_unique_id":"1234"'
  TOKEN=$(curl -s -X POST $URL/digipay/v3/auth/authenticate -u $CLIENT:$SECRET | field access_token)
  curl -sw '\n' $URL/digipay/v3/auth/send_otp -H "Authorization: Token $TOKEN" -H "CompanyID: $COMPANY" \
    -H "$JSON" -d "{$PERSON}"
  CODE=$(outbox --number +234$NUMBER --limit 1 | field code)
  curl -sw '\n' $URL/digipay/v3/auth/verify_otp -H "Authorization: Token $TOKEN" -H "CompanyID: $COMPANY" \
    -H "$JSON" -d "{$PERSON,$DEVICE,\"otp\":\"$CODE\"}"

In ZITADEL's dialect: a token of a person, a number, the code typed back
  KEY={{.LiveToken}}
  NUMBER=813$(date +%s | tail -c 8)
  TOKEN=$(curl -s -X POST $URL/v1/subjects/ada/tokens -H "token: $KEY" | field token)
  curl -sw '\n' -X PUT $URL/auth/v1/users/me/phone -H "Authorization: Bearer $TOKEN" -H "$JSON" \
    -d '{"phone":"+234'$NUMBER'"}'
  CODE=$(outbox --number +234$NUMBER --limit 1 | field code)
  curl -sw '\n' $URL/auth/v1/users/me/phone/_verify -H "Authorization: Bearer $TOKEN" -H "$JSON" \
    -d '{"code":"'$CODE'"}'
  curl -sw '\n' $URL/auth/v1/users/me/phone -H "Authorization: Bearer $TOKEN"

Console       {{.Console}}  (e-mail {{.ConsoleEmail}}, password {{.ConsolePassword}})
API docs      {{.Docs}}
Metrics       {{.Ops}}/metrics
Sandbox key   {{.SandboxToken}}
Kept in       {{.Dir}} (delete it to start anew)

Ctrl-C stops it.
{{define "ask"}}curl -i {{.}}/v2/api/identity/ng/phone -H {{end}}
{{- define "about"}}-H 'Content-Type: application/json' -d '{"mobile":"{{.}}","isSubjectConsent":true}'{{end}}`))

// shellWord quotes a text for a shell, so that it stays one word.
func shellWord(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
