package possession

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whoseline/models"
)

// The conversations of the three kinds of caller, each as a whole: an onboarding that collects numbers, an app that logs
// people in by number, an account with one telephone.

func TestAnOnboardingCollectsNumbers(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		refused(t, h.add("nobody", cairo), models.NotFound)
		h.open("ada", "bob")
		refused(t, h.send("ada"), models.NumberMissing)
		refused(t, h.try("ada", "686330"), models.NumberMissing)
		_, err := h.Finalise(t.Context(), who("ada"))
		refused(t, err, models.NumberNotVerified)
		must(t, h.add("ada", cairo))
		refused(t, h.try("ada", "686330"), models.CodeNotSent)
		must(t, h.send("ada"))
		code := h.net.last().Code
		refused(t, h.try("ada", other(code)), models.CodeWrong)
		must(t, h.try("ada", code))
		refused(t, h.try("ada", code), models.CodeUsed)
		refused(t, h.send("ada"), models.NumberVerified)
		refused(t, h.add("ada", cairo), models.NumberVerified)
		refused(t, h.add("bob", cairo), models.NumberTaken)

		must(t, h.add("ada", lagos))
		_, err = h.SetDefault(t.Context(), who("ada"), lagos)
		refused(t, err, models.NumberNotVerified)
		must(t, h.send("ada"))
		must(t, h.try("ada", h.net.last().Code))
		if got := h.get("ada").Possessed(); len(got) != 2 || !got[0].Default || got[1].Default || got[0].Phone != cairo || got[0].Channel != models.ChannelSMS {
			t.Errorf("verified: %+v", got)
		}
		after, err := h.SetDefault(t.Context(), who("ada"), lagos)
		must(t, err)
		if n, _ := after.Phone(); n.Phone != lagos {
			t.Errorf("the default is %+v", n)
		}
		for range 2 {
			done, err := h.Finalise(t.Context(), who("ada"))
			if must(t, err); !done.Finalised {
				t.Error("not final")
			}
		}
		for name, err := range map[string]error{
			"add": h.add("ada", phone("+201000000009")), "send": h.send("ada"), "try": h.try("ada", "1"),
			"default": second(h.SetDefault(t.Context(), who("ada"), cairo)), "remove": second(h.Remove(t.Context(), who("ada"), cairo)),
		} {
			if models.CodeOf(err) != models.StepDisabled {
				t.Errorf("%s afterwards: %v", name, err)
			}
		}
		want := []models.EventKind{"created", "code_sent", "verified", "created", "code_sent", "verified", "default_set", "finalised"}
		if diff := cmp.Diff(want, h.events("ada")); diff != "" {
			t.Error(diff)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestSelectingAnEarlierNumberAgain(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		code := h.sent("ada", cairo)
		must(t, h.add("ada", lagos))
		refused(t, h.try("ada", code), models.CodeNotSent) // bound to the other number
		must(t, h.add("ada", cairo))
		must(t, h.try("ada", code))
		for i := range 3 {
			must(t, h.add("ada", phone("+20100000001"+string(rune('0'+i)))))
		}
		refused(t, h.add("ada", phone("+201000000020")), models.NumberLimit)
		_, err := h.Remove(t.Context(), who("ada"), lagos)
		must(t, err)
		must(t, h.add("ada", phone("+201000000020")))
	})
}

func TestAnAppLogsPeopleInByNumber(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		p, err := ParseLoose("+1+1", "555-123-4567")
		must(t, err)
		ada := h.WhoHolds("shop", false, "2", p)
		if len(ada.Subject) != 32 || ada == h.WhoHolds("shop", false, "1", p) || ada.Subject == h.WhoHolds("shop", true, "2", p).Subject {
			t.Errorf("the subject of a number: %+v", ada)
		}
		ask := func(channel models.Channel, email string) (Sent, error) {
			return h.Enrol(t.Context(), SendCode{Who: ada, Policy: customer, Phone: p, Channel: channel, Email: email, IP: "192.0.2.1"})
		}
		answer := func(who Who, channel models.Channel, code string) error {
			return second(h.Check(t.Context(), CheckCode{Who: who, Policy: customer, Phone: p, Channel: channel, Code: code}))
		}
		refused(t, answer(ada, "", "1"), models.NotFound)
		sent, err := ask(models.ChannelEmail, "ada@example.com")
		must(t, err)
		code := h.net.last().Code
		if h.net.last().To() != "ada@example.com" || !sent.ExpiresAt.Equal(noon.Add(5*time.Minute)) {
			t.Errorf("%+v to %s", sent, h.net.last().To())
		}
		refused(t, answer(ada, models.ChannelSMS, code), models.CodeNotSent) // another way, another code
		refused(t, answer(h.WhoHolds("shop", false, "1", p), models.ChannelEmail, code), models.NotFound)
		must(t, answer(ada, models.ChannelEmail, code))
		got, err := h.Get(t.Context(), ada)
		if must(t, err); len(got.Possessed()) != 0 || got.Numbers[0].Verified() || got.Numbers[0].Default || got.Numbers[0].Assurance() != models.AssuranceMailbox {
			t.Errorf("a mailbox shows nothing about the number: %+v", got)
		}
		if last := h.events(ada.Subject); last[len(last)-1] != models.EventMailbox {
			t.Errorf("the events: %v", last)
		}
		_, err = ask(models.ChannelSMS, "") // to log in again
		must(t, err)
		must(t, answer(ada, models.ChannelSMS, h.net.last().Code))
		refused(t, answer(ada, models.ChannelSMS, h.net.last().Code), models.CodeUsed)
		got, err = h.Get(t.Context(), ada)
		if must(t, err); got.Possessed()[0].Channel != models.ChannelSMS || !got.Possessed()[0].VerifiedAt.Equal(noon) || !got.Numbers[0].Default {
			t.Errorf("the stronger proof: %+v", got)
		}
	})
}

func TestAnotherAddressGetsAnotherCode(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		ada := h.WhoHolds("shop", false, "2", lagos)
		codes := map[string]string{}
		for _, address := range []string{"ada@example.com", "eve@example.com"} {
			sent, err := h.Enrol(t.Context(), SendCode{Who: ada, Policy: customer, Phone: lagos, Channel: models.ChannelEmail, Email: address})
			if must(t, err); sent.Repeated {
				t.Error("a stranger was sent the same code")
			}
			codes[address] = h.net.last().Code
		}
		check := CheckCode{Who: ada, Policy: customer, Phone: lagos, Channel: models.ChannelEmail, Code: codes["ada@example.com"]}
		if codes["ada@example.com"] != codes["eve@example.com"] {
			refused(t, second(h.Check(t.Context(), check)), models.CodeWrong)
		}
	})
}

func TestAnAccountHasOneTelephone(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		h.open("ada")
		set := func(p models.Phone, vouched, handBack bool) (Sent, error) {
			c := SendCode{Who: who("ada"), Policy: member, Phone: p, HandBack: handBack}
			return h.Set(t.Context(), SetNumber{SendCode: c, Vouched: vouched})
		}
		check := func(code string) (Holder, error) {
			return h.CheckPhone(t.Context(), CheckCode{Who: who("ada"), Policy: member, Code: code})
		}
		refused(t, second(check("1")), models.NumberMissing)
		refused(t, second(h.Resend(t.Context(), SendCode{Who: who("ada"), Policy: member})), models.NumberMissing)
		refused(t, second(h.Remove(t.Context(), who("ada"), models.Phone{})), models.NumberMissing)
		if d := h.get("ada").Details; d != (Details{First: noon, Last: noon}) {
			t.Errorf("before anything: %+v", d)
		}
		h.clock.pass(time.Minute)
		sent, err := set(lagos, false, false)
		must(t, err)
		if n, ok := sent.Holder.Phone(); !ok || n.Verified() || sent.Holder.Details.Sequence != 1 {
			t.Errorf("set: %+v", sent.Holder)
		}
		h.clock.pass(time.Minute)
		done, err := check(h.net.last().Code)
		if must(t, err); done.Details != (Details{Sequence: 2, First: noon.Add(time.Minute), Last: noon.Add(2 * time.Minute)}) {
			t.Errorf("verified: %+v", done.Details)
		}
		refused(t, second(check(h.net.last().Code)), models.CodeUsed)
		refused(t, second(h.Resend(t.Context(), SendCode{Who: who("ada"), Policy: member})), models.NumberVerified)
		refused(t, second(set(lagos, false, false)), models.Unchanged)

		sent, err = set(cairo, false, true) // the code is handed back
		must(t, err)
		if n, _ := sent.Holder.Phone(); n.Phone != cairo || n.Verified() || len(sent.Code) != 6 || h.net.count() != 1 {
			t.Errorf("handed back: %+v", sent)
		}
		again, err := h.Resend(t.Context(), SendCode{Who: who("ada"), Policy: member, HandBack: true})
		if must(t, err); again.Code != sent.Code || !again.Repeated {
			t.Errorf("handed back again: %+v", again)
		}
		must(t, second(check(sent.Code)))
		gone, err := h.Remove(t.Context(), who("ada"), models.Phone{})
		if _, has := gone.Phone(); err != nil || has {
			t.Errorf("removed: %+v, %v", gone, err)
		}
		sent, err = set(lagos, true, false) // vouched for
		must(t, err)
		if n, _ := sent.Holder.Phone(); !n.Verified() || !n.Default || n.Channel != models.ChannelTrust || h.net.count() != 1 {
			t.Errorf("vouched for: %+v", sent.Holder)
		}
		refused(t, second(check("1")), models.CodeNotSent)
		want := []models.EventKind{"created", "verified", "changed", "code_sent", "verified", "removed", "created"}
		if diff := cmp.Diff(want, h.events("ada")); diff != "" {
			t.Error(diff)
		}
	})
}

func TestACodeThatOneCallerSentIsSpentForAll(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		code := h.sent("ada", lagos) // by the onboarding
		_, err := h.CheckPhone(t.Context(), CheckCode{Who: who("ada"), Policy: member, Code: code})
		must(t, err) // typed into the account
		refused(t, h.try("ada", code), models.CodeUsed)
	})
}

func TestEnvironmentsAndBusinessesNeverMeet(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		h.verified("ada", lagos)
		for _, w := range []Who{{BusinessID: "shop", Sandbox: true, Subject: "ada"}, {BusinessID: "rival", Subject: "ada"}} {
			refused(t, second(h.Get(t.Context(), w)), models.NotFound)
			refused(t, second(h.Remove(t.Context(), w, models.Phone{})), models.NotFound)
			refused(t, h.Erase(t.Context(), w), models.NotFound)
			_, err := h.Open(t.Context(), Opening{Who: w, Machine: true})
			must(t, err)
			got, err := h.Add(t.Context(), AddNumber{Who: w, Policy: applicant, Phone: lagos})
			if must(t, err); !got.Machine || len(got.Possessed()) != 0 {
				t.Errorf("%+v", got)
			}
		}
	})
}

func TestTheSameIdInTwoBusinessesIsTwoPeople(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		rival := Who{BusinessID: "rival", Subject: "ada"}
		must(t, second(h.Open(t.Context(), Opening{Who: rival})))
		h.verified("ada", lagos)
		must(t, second(h.Add(t.Context(), AddNumber{Who: rival, Policy: applicant, Phone: lagos})))
		must(t, second(h.Send(t.Context(), SendCode{Who: rival, Policy: applicant})))
		must(t, second(h.Remove(t.Context(), who("ada"), lagos)))
		must(t, h.Erase(t.Context(), who("ada")))
		got, err := h.Get(t.Context(), rival)
		if must(t, err); len(got.Numbers) != 1 || got.Numbers[0].Verified() || got.Details.Sequence != 2 {
			t.Errorf("%+v", got)
		}
		if n := h.count("possession_sends", "business_id = 'rival' AND number_index IS NOT NULL"); n != 1 {
			t.Error("another business's person was forgotten too")
		}
	})
}

func TestASubjectsIdIsNotAnyText(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		long := string(slices.Repeat([]byte("é"), 200))
		for _, bad := range []string{"", "a\x00b", "a\nb", "\xff", long + "x"} {
			refused(t, second(h.Open(t.Context(), Opening{Who: who(bad)})), models.Invalid)
			refused(t, second(h.Get(t.Context(), who(bad))), models.NotFound)
			refused(t, h.send(bad), models.NotFound)
		}
		h.open(long, "a/b", "a'b")
	})
}

func TestACodeIsReadAsItIsTypedAndWhatIsNoneCostsNoTry(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		h.open("ada")
		must(t, h.add("ada", cairo))
		refused(t, h.try("ada", "no code"), models.CodeNotSent)
		must(t, h.send("ada"))
		code := h.net.last().Code
		for range models.MaxTries + 1 {
			for _, text := range []string{"", " ", "12345", "1234567", "12345x", "six digits", "１２３４５６", code + "0"} {
				refused(t, h.try("ada", text), models.CodeWrong)
			}
		}
		must(t, h.try("ada", " "+code[:3]+"\u00a0-\u2011"+code[3:]+"\u200e\n"))
		refused(t, h.try("ada", "no code"), models.CodeUsed)
	})
}
