package console

import (
	"io"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/audit"
	"whoseline/models"
	"whoseline/staff"
)

var day = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// samples are bodies of every page, each with a text that the page must show.
func samples() map[string]struct {
	body any
	says string
} {
	secret := &secretView{"A secret", "Why", []string{"s3cret"}}
	score := 66
	said := statementDetail{Source: "directory", Outcome: "found", Ref: "r-1", At: day, Owners: [][]field{{{Name: "name", Label: "Name", Value: "A•••••", Differs: true}}}, Match: []field{{Label: "First name", Value: "true"}}}
	return map[string]struct {
		body any
		says string
	}{
		"error":    {struct{ Words string }{"Nothing here."}, "Nothing here."},
		"sign-in":  {signInView{Email: "a@b.example", Next: "/console/lookups", Refusal: "wrong", Code: true}, `name="code"`},
		"overview": {overviewView{Available: 5000, Days: []dayRow{{Day: "2026-01-31", Found: 7, More: "+"}}, TooMany: true, Chart: `{"at":[1]}`, Sources: []sourceRow{{Name: "sandbox", State: tag{"working", "good"}, LastAt: day}}}, "50.00 NGN"},
		"lookups": {
			lookupsView{Rows: []lookupRow{{ID: "x1", Number: "+234", Status: tag{"found", "good"}, Mark: &tag{"Conflict", "conflict"}, RequestedAt: day}}, Next: "n", Kept: []option{{Name: "env", Value: "live"}}, Statuses: []option{{Text: "any", Selected: true}}},
			"Conflict",
		},
		"lookup": {
			lookupDetail{ID: "x1", Conflict: &conflictDetail{Fields: "name", Score: &score, Sides: []statementDetail{said, {Source: "only compares"}}}, MayReveal: true, Statements: []statementDetail{said}, Match: []matchRow{{Label: "First name"}}, Transfers: []models.Transfer{{Seq: 1, CreatedAt: day}}, Attempts: []models.Attempt{{Source: "directory", HTTP: 200, Ref: "r"}}, Question: []field{{Label: "Number", Value: "n"}}},
			"66 % alike",
		},
		"wallet":   {walletPage{Available: 100, Transfers: []transferRow{{models.Transfer{Seq: 4, Kind: models.TopUp, Reference: "bank"}, false}, {models.Transfer{Reference: "x"}, true}}, Next: "4"}, "bank"},
		"keys":     {keysView{Secret: secret, Next: "n", Keys: []keyRow{{Key: models.Key{ID: "k", Name: "till", ExpiresAt: day}, Usable: true, Rotatable: true}}}, "s3cret"},
		"webhooks": {webhooksView{Secret: secret, Next: "n", Endpoints: []endpointRow{{WebhookEndpoint: models.WebhookEndpoint{ID: "e", URL: "https://x.example"}}}, Events: []eventRow{{models.WebhookEvent{ID: "v"}, []tag{{"delivered", "good"}}}}}, "https://x.example"},
		"staff":    {staffView{Secret: secret, Roles: []staff.Role{staff.Viewer, staff.Owner}, Role: "viewer", People: []personRow{{User: staff.User{ID: "u", Name: "Ada", HasTOTP: true, Role: staff.Owner}, Disabled: true}, {User: staff.User{ID: "w"}}}}, "<option selected>owner</option>"},
		"audit":    {auditView{Events: []auditRow{{audit.Event{Seq: 9, Action: "lookup.revealed"}, "Ada"}}, Next: "9"}, "lookup.revealed"},
		"account":  {accountView{Secret: secret, Offer: &offerView{"JBSW", "otpauth://totp/x"}, You: []field{{Label: "Name", Value: "Ada"}}}, "otpauth://totp/x"},
	}
}

// forbiddenByPolicy is what the pages' own policy would not let run.
var forbiddenByPolicy = regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+\s*=|javascript:|hx-on|(?:src|href|action)="(?:https?:)?//|<script(?:>| src="[^/])`)

func TestEveryPageOfTheConsoleCanBeShown(t *testing.T) {
	t.Parallel()
	for name := range pages {
		if _, there := samples()[name]; !there {
			t.Errorf("%s has no sample", name)
		}
	}
	for name, sample := range samples() {
		app := fiber.New()
		app.Get(root, func(c *fiber.Ctx) error {
			c.Locals(signedInKey, &staff.Visitor{User: staff.User{Role: staff.Owner}, BusinessName: `<Ada & "Sons">`})
			return show(c, name, "A page", sample.body)
		})
		response, err := app.Test(httptest.NewRequest("GET", root, nil), -1)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		html := string(body)
		if response.StatusCode != 200 || !strings.Contains(html, sample.says) || !strings.Contains(html, "&lt;Ada &amp; &#34;Sons&#34;&gt;") {
			t.Errorf("%s: %d %s", name, response.StatusCode, html)
		}
		if found := forbiddenByPolicy.FindString(html); found != "" {
			t.Errorf("%s holds %q", name, found)
		}
		if strings.Contains(html, "ZgotmplZ") {
			t.Errorf("%s: a value was refused where it stands", name)
		}
	}
}

func TestEveryStatusOfTheConsoleHasWords(t *testing.T) {
	t.Parallel()
	for code, want := range map[models.Code]int{
		models.Invalid: 400, forbidden: 403, models.NotFound: 404, models.MethodNotAllowed: 405, models.Conflict: 409,
		models.TooLarge: 413, models.UnsupportedMediaType: 415, models.IdempotencyMismatch: 422, models.TooManyRequests: 429,
		models.Busy: 503, models.Internal: 500, "something new": 500,
	} {
		if got := statusOf(code); got != want || statusWords[got][0] == "" {
			t.Errorf("%s: %d, want %d", code, got, want)
		}
	}
}
