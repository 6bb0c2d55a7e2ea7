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
	"whoseline/batches"
	"whoseline/billing"
	"whoseline/models"
	"whoseline/payments"
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
	conflict := &conflictDetail{Fields: "name", Score: &score}
	conflict.compare([]statementDetail{said, {Source: "only compares"}})
	chart := draw([]dayRow{{Day: "Saturday", Short: "31 Jan", Found: 7, Failed: 2}}, "Nine lookups")
	kobo := int64(500)
	limits := limitsView{
		May: true, Threshold: &kobo, Level: levelTags[models.WalletLow], Owners: []ownerRow{{"k", "till"}}, Prices: []priceRow{{"A lookup", "found", 5000}}, Pays: true,
		Caps:   []capRow{{billing.Cap{Period: billing.Daily, Money: &kobo, Lookups: &kobo, Spent: 1, Asked: 2}, "Key till", day}},
		TopUps: []topUpRow{{payments.TopUp{Amount: 5000, Reference: "wl-1", CreatedAt: day}, topUpTags[payments.Open], "/pay/1"}},
	}
	return map[string]struct {
		body any
		says string
	}{
		"error":    {struct{ Words string }{"Nothing here."}, "Nothing here."},
		"sign-in":  {signInView{Email: "a@b.example", Next: "/console/lookups", Refusal: "wrong", Code: true}, `name="code"`},
		"overview": {overviewView{Figures: []figure{{"Balance", naira(5000), "", "none held"}}, Step: "day", Chart: &chart, Days: []dayRow{{Day: "Saturday", Date: "2026-01-31", Found: 7}}, Todo: []todo{{tag{"Failing", "bad"}, "Words", "/console/webhooks", "Open"}}, Checks: []check{{Title: "First", Done: true}}, Pending: []pendingRow{{"a code", "3", "6 min"}}, Sources: []sourceRow{{Name: "sandbox", State: tag{"Working", "good"}, LastAt: day}}}, "₦50.00"},
		"lookups": {
			lookupsView{Rows: make([]lookupRow, 1), Days: []group[lookupRow]{{"Saturday", []lookupRow{{ID: "x1", Number: "080", Status: tag{"Found", "good"}, Mark: &tag{"Conflict", "clash"}, RequestedAt: day, Members: []string{"LN-1"}}}}}, Members: []string{"loanRef"}, Older: "/console/lookups?before=n", Chips: []chip{{"Found", "/console/lookups"}}, Choices: []choice{{"status", "Status", []option{{"found", "Found", true}}}}},
			"LN-1",
		},
		"lookup": {
			lookupDetail{ID: "x1", Conflict: conflict, Review: &reviewView{May: true, Stands: "mtn", Reviews: []reviewRow{{day, "Ada decided", "a note"}}, Sources: []string{"mtn"}, People: []ownerRow{{"u", "Ada"}}}, MayReveal: true, Statements: []statementDetail{said}, Match: []matchRow{{Label: "First name"}}, Timeline: []moment{{At: day, Title: "Code sent", Class: "wait", Href: "/console/webhooks", Link: "Webhooks"}, {When: "then", Title: "A source is asked"}}, Question: []field{{Label: "Number", Value: "n"}}, Metadata: []field{{Label: "ref", Value: "7"}}, MetadataJSON: "{}", Waits: true},
			"66 % alike",
		},
		"wallet": {walletPage{Available: 100, MaxDays: 31, MaxRows: 9, Limits: limits, Days: []group[transferRow]{{"Saturday", []transferRow{{Transfer: models.Transfer{Seq: 4, Reference: "bank"}, Moved: 5}, {Transfer: models.Transfer{Reference: "x"}, Link: true}}}}, Next: "4"}, "₦0.05"},
		"conflicts": {
			conflictsView{Rows: []conflictRow{{ID: "x1", Number: "080", Mark: checkTags[models.CheckConflict], Assignee: "Ada"}}, Tabs: []tab{{"Open", "/o", true}}, Older: "/older"},
			"Ada",
		},
		"statement": {
			statementPage{
				MonthStatement: billing.MonthStatement{Opening: 100, Closing: 50, Unsettled: 5, Provisional: true}, Month: "2026-12", Business: "Acme", First: "2026-12-01",
				Last: "2026-12-31", Spent: -50, Earlier: "2026-11", Later: "2027-01",
				Products: []spendRow{{"Phone", "found", 1, -50}}, Keys: []spendRow{{"till", "", 1, -50}},
			},
			"−₦0.50",
		},
		"keys":     {keysView{Secret: secret, Next: "n", Keys: []keyRow{{Key: models.Key{ID: "k", Name: "till", ExpiresAt: day}, Usable: true, Rotatable: true}}}, "s3cret"},
		"webhooks": {webhooksView{Secret: secret, Next: "n", Again: true, Endpoints: []endpointRow{{WebhookEndpoint: models.WebhookEndpoint{ID: "e", URL: "https://x.example"}, Strip: []part{{"f-found", 1, 2, 3, 4}}}}, Days: []group[eventRow]{{"Saturday", []eventRow{{models.WebhookEvent{ID: "v"}, []tag{{"Delivered", "good"}}}}}}}, "https://x.example"},
		"staff":    {staffView{Secret: secret, Roles: []staff.Role{staff.Viewer, staff.Owner}, Role: "viewer", People: []personRow{{User: staff.User{ID: "u", Name: "Ada", HasTOTP: true, Role: staff.Owner}, Disabled: true}, {User: staff.User{ID: "w"}}}}, "<option selected>owner</option>"},
		"batches": {
			batchesView{
				Batches: []batchRow{{Batch: batches.Batch{ID: "b", Name: "August", Rows: 4, Found: 1, Budget: new(int64(500)), CreatedAt: day}, Tag: batchTags[batches.Paused], Words: whyWords["budget_reached"], Percent: 25, Resumes: true, Pausable: true}},
				Keys:    []ownerRow{{"k", "till"}}, Lines: []models.LineFault{{Line: 3, Field: "mobile", Detail: "bad number"}}, More: 7, Checked: "4 rows",
			},
			"Line 3: bad number",
		},
		"audit":   {auditView{Days: []group[auditRow]{{"Saturday", []auditRow{viewEvent(audit.Event{Seq: 9, Action: "lookup.revealed", Target: "61b934dfaab326675cdfaab3"}, nil)}}}, Next: "9"}, "revealed personal data"},
		"account": {accountView{Secret: secret, Offer: &offerView{"JBSW", "otpauth://totp/x"}, You: []field{{Label: "Name", Value: "Ada"}}, Sessions: []staff.Session{{ID: "s", StartedAt: day}, {Here: true}}, Others: true}, "otpauth://totp/x"},
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
