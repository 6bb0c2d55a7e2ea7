package possession

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"whoseline/models"
)

func TestATemplateFitsOneMessage(t *testing.T) {
	t.Parallel()
	for text, good := range map[string]bool{
		defaultText: true,
		"{code}":    true,
		"Your code: {code}\nValid {minutes} min.": true,
		"Ton code est {code}, à bientôt":          false, // ô is not in GSM-7
		"Código {code} válido":                    false,
		"Dein Code: {code}. Grüße":                true,
		"no code":                                 false,
		"":                                        false,
		"{code} {code}":                           false,
		"{code} {name}":                           false,
		"{code} {":                                false,
		strings.Repeat("x", 154) + "{code}":       true,
		strings.Repeat("x", 155) + "{code}":       false,
		strings.Repeat("x", 152) + "€{code}":      true,
		strings.Repeat("x", 153) + "€{code}":      false, // it takes two places
		"{code} 🎉":                                false,
	} {
		if err := CheckTemplate(text); (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestWhatAMessageSays(t *testing.T) {
	t.Parallel()
	for left, want := range map[time.Duration]string{
		10 * time.Minute: "10", 9*time.Minute + time.Second: "10", time.Minute: "1", time.Second: "1", -time.Second: "1",
	} {
		text := fill(defaultText, "123456", left)
		if text != "123456 is your verification code. It is valid for "+want+" minutes. Do not share it with anyone." {
			t.Errorf("%v: %s", left, text)
		}
		if septets, ok := GSM7(text); !ok || len(septets) > maxText {
			t.Errorf("%d places, %v", len(septets), ok)
		}
	}
}

func TestTheBestLanguageIsChosen(t *testing.T) {
	t.Parallel()
	own := []Template{{Language: "en", Text: "english"}, {Language: "pt", Text: "portuguese"}, {Language: "pt-BR", Text: "brazilian"}}
	for tag, want := range map[string]string{
		"pt-BR": "brazilian", "pt-AO": "portuguese", "pt": "portuguese", "fr": "english", "": "english", "no tag!": "english",
	} {
		if got := choose(own, languages(tag)); got != want {
			t.Errorf("%q: %s", tag, got)
		}
	}
	if got := choose(nil, languages("fr")); got != defaultText {
		t.Errorf("without own words: %s", got)
	}
}

func TestPrintingAMessageShowsNothing(t *testing.T) {
	t.Parallel()
	m := Message{ID: "m1", Phone: lagos, Email: "ada@example.com", Text: "123456 is it", Code: "123456"}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("sent", "message", m)
	slog.New(slog.NewTextHandler(&log, nil)).Info("sent", "message", m)
	printed := log.String() + fmt.Sprintf("%v %+v %#v %s %q", m, m, m, m, m)
	for _, secret := range []string{"123456", "2348012345678", "ada@"} {
		if strings.Contains(printed, secret) {
			t.Errorf("%s is in %s", secret, printed)
		}
	}
	if m.To() != "+2348012345678" {
		t.Errorf("to %s", m.To())
	}
	if m.Channel = models.ChannelEmail; m.To() != "ada@example.com" {
		t.Errorf("to %s", m.To())
	}
}

func TestABusinessHasItsOwnWords(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		set := func(business, language, text string) error {
			return h.SetTemplate(t.Context(), Template{BusinessID: business, Language: language, Text: text})
		}
		must(t, set("shop", "en", "Shop code"+" {code}"))
		must(t, set("shop", "en", "Shop: {code}"))
		must(t, set("shop", "fr", "Boutique: {code}"))
		must(t, set("rival", "en", "Rival: {code}"))
		refused(t, set("shop", "en", "no code"), models.Invalid)
		refused(t, set("shop", "English", "{code}"), models.Invalid)
		h.open("ada")
		must(t, h.add("ada", lagos))
		say := func(language string) string {
			_, err := h.Send(t.Context(), SendCode{Who: who("ada"), Policy: applicant, Language: language})
			must(t, err)
			m := h.net.last()
			return strings.Replace(m.Text, m.Code, "#", 1)
		}
		if got := say("fr-SN"); got != "Boutique: #" {
			t.Errorf("in French: %s", got)
		}
		if got := say("ha"); got != "Shop: #" {
			t.Errorf("in Hausa: %s", got)
		}
		must(t, set("shop", "en", ""))
		if list, err := h.Templates(t.Context(), "shop"); err != nil || len(list) != 1 || list[0].Language != "fr" {
			t.Errorf("%+v, %v", list, err)
		}
		if got := say(""); !strings.HasPrefix(got, "# is your verification code.") {
			t.Errorf("without own words: %s", got)
		}
	})
}

func TestABusinessHasWordsInSoManyLanguagesAndNoMore(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		set := func(business, language string) error {
			return h.SetTemplate(t.Context(), Template{BusinessID: business, Language: language, Text: "Code {code}"})
		}
		for i := range maxTemplates {
			must(t, set("shop", fmt.Sprintf("en-%03d", i)))
		}
		refused(t, set("shop", "en"), models.Conflict)
		must(t, set("shop", "en-000")) // it is there already
		must(t, set("rival", "en"))
		must(t, h.SetTemplate(t.Context(), Template{BusinessID: "shop", Language: "en-007"}))
		must(t, set("shop", "en"))
	})
}
