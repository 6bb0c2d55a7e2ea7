package commands_test

import (
	"strings"
	"testing"

	"whoseline/test/wait"

	"whoseline/models"
	"whoseline/possession"
	"whoseline/test/smsc"
)

func TestACodeTravelsThroughAMessageCentreAndItsReceiptComesBack(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		const password = "smsc-s3cret"
		centre := smsc.Start(t, smsc.Options{Password: password})
		account := "CHANNELS__ACCOUNT__SMPP__"
		p := posting(t, engine, "smpp", account+"ADDR="+centre.Addr, account+"TLS=none", account+"USERNAME=whoseline",
			account+"SECRET="+password, account+"SENDER=Acme", account+"SYSTEM_TYPE=decimal")
		for number, want := range map[string]models.DeliveryState{
			"+2348031234500": models.DeliveryDelivered, "+2348031234503": models.DeliveryFailed,
		} {
			if _, err := p.send(t, number, false); err != nil {
				t.Fatal(err)
			}
			wait.Until(t, "the receipt of the message", func() bool { return p.last(t).Delivery == want })
			if row := p.last(t); row.Outcome != "accepted" || row.Provider != "smpp" || row.Reference == "" || row.Segments != 1 {
				t.Errorf("%+v", row)
			}
		}
		if _, err := p.send(t, "+2348031234501", false); models.CodeOf(err) != models.ChannelRefused {
			t.Error(err)
		}
		if row := p.last(t); row.Outcome != "invalid_number" || row.Tries[0].Why != "0x0B" {
			t.Errorf("%+v", row)
		}
		for _, in := range centre.Await(t, "submit", 3) {
			code := in.Text[:6]
			check := possession.CheckCode{Who: p.subject(false), Policy: possession.Policy{Again: true}, Phone: models.PhoneFromE164("+" + in.To), Code: code}
			if _, err := p.Possession.Check(t.Context(), check); err != nil && !strings.HasSuffix(in.To, "1") {
				t.Errorf("the code that arrived at %s does not count: %v", in.To, err)
			}
			mustNotShow(t, "the log", p.log.String(), []string{code, in.To, in.To[3:], password, in.Text})
		}
		if code, _, errs := p.site.command(t, "business", "list"); code != 0 {
			t.Error(errs)
		}
		if n := len(centre.Await(t, "bind", 1)); n != 1 {
			t.Errorf("%d sessions: a command needs none", n)
		}
	})
}
