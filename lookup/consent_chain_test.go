package lookup

import (
	"strings"
	"testing"

	"whoseline/models"
)

// consents gives a shop a chain with a refusal and two withdrawals in it.
func consents(t *testing.T, d *desk) {
	t.Helper()
	if err := BeginConsents(d.db.Gorm, d.vault, "shop"); err != nil {
		t.Fatal(err)
	}
	for _, number := range []string{"08031234501", "08031234502"} {
		phone, err := models.ParseNigerian(number)
		if err == nil {
			_, err = d.Withdraw(t.Context(), Withdrawal{BusinessID: "shop", Phone: phone, Reason: "moved on"})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	err := d.noteRefusal(t.Context(), models.ConsentEvent{
		BusinessID: "shop", ID: "refusal", Kind: models.ConsentRefused, NumberIndex: []byte("n"), Reason: "no consent", CreatedAt: noon,
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAThiefOfTheDatabaseCannotRewriteConsents(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct{ change, says string }{
		"nothing":                            {"", ""},
		"a reason":                           {"UPDATE consent_events SET reason = 'forged' WHERE id = 'refusal'", "was changed"},
		"whose number it was":                {"UPDATE consent_events SET number_index = 'm' WHERE id = 'refusal'", "was changed"},
		"when":                               {"UPDATE consent_events SET created_at = '2020-01-01 00:00:00+00:00' WHERE id = 'refusal'", "was changed"},
		"the newest event, taken away":       {"DELETE FROM consent_events WHERE id = 'refusal'", "is missing"},
		"the newest, with the head's number": {"DELETE FROM consent_events WHERE id = 'refusal'; UPDATE consent_heads SET seq = 2", "not the seal"},
		"an event in between, taken away":    {"DELETE FROM consent_events WHERE seq = 1", "is missing"},
		"everything, taken away":             {"DELETE FROM consent_events; DELETE FROM consent_withdrawals; DELETE FROM consent_heads", "is missing"},
		"everything, begun anew":             {"DELETE FROM consent_events; DELETE FROM consent_withdrawals; UPDATE consent_heads SET seq = 0", "not the seal"},
		"a withdrawal that is lifted":        {"DELETE FROM consent_withdrawals", "nobody may lift it"},
		"a withdrawal of another number":     {"UPDATE consent_withdrawals SET number_index = 'm' WHERE event_id = (SELECT min(event_id) FROM consent_withdrawals)", "nobody may lift it"},
		"a withdrawal that nobody reported":  {"INSERT INTO consent_withdrawals (business_id, number_index, event_id) VALUES ('shop', 'm', 'refusal')", "told of by no event"},
		"an event that was put in":           {"INSERT INTO consent_events (business_id, id, kind, key_id, number_index, created_at) VALUES ('shop', 'x', 'refused', 'k', 'n', '2026-03-01')", "is not linked"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			engines(t, func(t *testing.T, d *desk) {
				consents(t, d)
				for _, statement := range strings.Split(c.change, ";") {
					if err := d.db.Gorm.Exec(statement).Error; statement != "" && err != nil {
						t.Fatal(err)
					}
				}
				events, lie, err := d.VerifyConsents(t.Context(), "shop")
				switch {
				case err != nil:
					t.Fatal(err)
				case c.says == "" && (lie != nil || events != 3):
					t.Errorf("%d events, %+v", events, lie)
				case c.says != "" && (lie == nil || !strings.Contains(lie.What, c.says)):
					t.Errorf("%+v, want %q", lie, c.says)
				}
			})
		})
	}
}

func TestConsentsOfAnOlderVersionAreLinkedAtTheUpgrade(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		consents(t, d)
		for _, statement := range []string{"UPDATE consent_events SET seq = 0, link = NULL", "DELETE FROM consent_heads"} {
			if err := d.db.Gorm.Exec(statement).Error; err != nil {
				t.Fatal(err)
			}
		}
		if n, err := d.SealConsents(t.Context(), "shop", false, false); n != 0 || err != nil {
			t.Fatalf("without a beginning: %d, %v", n, err)
		}
		if n, err := d.SealConsents(t.Context(), "shop", true, false); n != 3 || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
		if events, lie, err := d.VerifyConsents(t.Context(), "shop"); events != 3 || lie != nil || err != nil {
			t.Errorf("%d, %+v, %v", events, lie, err)
		}
	})
}
