package possession

import (
	"testing"

	"whoseline/models"
)

// vouching is a policy that takes the business's word, as ZITADEL's does; strict is one that does not and claims numbers.
var (
	vouching = Policy{Attested: true}
	strict   = Policy{Exclusive: true}
)

// A code that was handed to the business shows no more than its word, however it is typed in, and the telephone's own code
// is another one.
func TestACodeThatWasHandedBackDoesNotShowThatANumberIsHeld(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		h.open("ada")
		who := who("ada")
		sent, err := h.Set(t.Context(), SetNumber{SendCode: SendCode{Who: who, Policy: vouching, Phone: cairo, HandBack: true}})
		must(t, err)
		typed := CheckCode{Who: who, Policy: strict, Code: sent.Code}
		refused(t, second(h.Check(t.Context(), typed)), models.CodeNotSent)
		if n := h.get("ada").Numbers[0]; n.Assurance() != "" {
			t.Fatalf("it is worth %q", n.Assurance())
		}
		_, err = h.Send(t.Context(), SendCode{Who: who, Policy: strict})
		must(t, err)
		texted := h.net.last().Code
		if texted == sent.Code {
			t.Fatal("the telephone got the code that the business knows")
		}
		again, err := h.Resend(t.Context(), SendCode{Who: who, Policy: vouching, HandBack: true})
		must(t, err)
		typed.Code = again.Code
		refused(t, second(h.Check(t.Context(), typed)), models.CodeNotSent)
		typed.Policy = vouching
		got, err := h.Check(t.Context(), typed)
		if must(t, err); len(got.Possessed()) != 0 || !got.Numbers[0].Verified() || got.Numbers[0].Channel != models.ChannelTrust {
			t.Errorf("%+v", got.Numbers)
		}
	})
}

// What the business vouches for is nobody's claim, can still be proven, and is then worth more.
func TestANumberThatIsVouchedForCanStillBeProven(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		h.open("ada", "eve")
		who, rival := who("ada"), who("eve")
		_, err := h.Set(t.Context(), SetNumber{SendCode: SendCode{Who: who, Policy: Policy{Attested: true, Exclusive: true}, Phone: cairo}, Vouched: true})
		must(t, err)
		refused(t, second(h.SetDefault(t.Context(), who, cairo)), models.NumberNotVerified)
		refused(t, second(h.Finalise(t.Context(), who)), models.NumberNotVerified)
		h.prove(rival, strict, cairo)
		refused(t, second(h.Add(t.Context(), AddNumber{Who: who, Policy: strict, Phone: cairo})), models.NumberTaken)
		if _, err := h.Remove(t.Context(), rival, cairo); err != nil {
			t.Fatal(err)
		}
		h.prove(who, strict, cairo)
		got := h.get("ada")
		if len(got.Possessed()) != 1 || got.Numbers[0].Channel != models.ChannelSMS || !got.Numbers[0].Default {
			t.Errorf("%+v", got.Numbers)
		}
		must(t, second(h.Finalise(t.Context(), who)))
	})
}

func TestAProofByAnUnknownChannelIsWorthNothing(t *testing.T) {
	t.Parallel()
	n := Held{Channel: "pigeon", VerifiedAt: noon}
	if n.Assurance() != "" || n.Verified() || n.Possessed() {
		t.Errorf("worth %q", n.Assurance())
	}
}

// prove adds a number, sends a code there and types it back.
func (h *house) prove(who Who, policy Policy, p models.Phone) {
	h.t.Helper()
	must(h.t, second(h.Add(h.t.Context(), AddNumber{Who: who, Policy: policy, Phone: p})))
	must(h.t, second(h.Send(h.t.Context(), SendCode{Who: who, Policy: policy})))
	must(h.t, second(h.Check(h.t.Context(), CheckCode{Who: who, Policy: policy, Code: h.net.last().Code})))
}
