package channel

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whoseline/config"
	"whoseline/models"
	"whoseline/possession"
	"whoseline/providers/channel/smpp"
	"whoseline/test/certificate"
	"whoseline/test/smsc"
)

const smscPassword = "s3cret"

// smppCarrierOf makes the carrier of an account with a centre, and gives the receipts that it reports.
func smppCarrierOf(t *testing.T, centre *smsc.Centre, change func(*config.Account)) (possession.Sender, chan possession.DeliveryReport) {
	t.Helper()
	account := config.Account{Addr: centre.Addr, TLS: tlsNever, Username: "whoseline", Secret: smscPassword, Sender: "Acme"}
	if change != nil {
		change(&account)
	}
	receipts := make(chan possession.DeliveryReport, 100)
	made, err := Carriers([]string{"smpp"}, Parts{
		Accounts: map[string]config.Account{"smpp": account}, Now: atNoon,
		Report: func(_ context.Context, r possession.DeliveryReport) (bool, error) {
			receipts <- r
			return true, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := closeCarriers(made); err != nil {
			t.Error(err)
		}
	})
	made[0].Start()
	return made[0].Sender, receipts
}

func textTo(digits string) possession.Message {
	return possession.Message{
		ID: "65f0c0ffee0000000000abcd", Channel: models.ChannelSMS, Phone: models.PhoneFromE164("+" + digits), Code: "123456",
		Text: "123456 is your code [Acme] €", ExpiresAt: noon.Add(5 * time.Minute),
	}
}

func nextReceipt(t *testing.T, from chan possession.DeliveryReport) possession.DeliveryReport {
	t.Helper()
	select {
	case r := <-from:
		return r
	case <-time.After(30 * time.Second):
		t.Fatal("no receipt")
		return possession.DeliveryReport{}
	}
}

func TestATextGoesThroughAMessageCentre(t *testing.T) {
	t.Parallel()
	centre := smsc.Start(t, smsc.Options{Password: smscPassword})
	sender, receipts := smppCarrierOf(t, centre, nil)
	for digits, want := range map[string]possession.Delivery{
		"2348031234560": {Outcome: possession.Accepted, Segments: 1},
		"2348031234561": {Outcome: possession.InvalidNumber, Why: "0x0B"},
		"2348031234562": {Outcome: possession.RateLimited, Why: "0x58"},
		"2348031234563": {Outcome: possession.Accepted, Segments: 1},
	} {
		got := sender.Send(t.Context(), textTo(digits))
		if (got.Err != nil) != (want.Outcome != possession.Accepted) || (got.Reference != "") != (want.Outcome == possession.Accepted) {
			t.Errorf("%s: %+v", digits, got)
		}
		reference := got.Reference
		got.Reference, got.Err, got.Provider = "", nil, strings.TrimPrefix(got.Provider, "smpp")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", digits, diff)
		}
		if reference == "" {
			continue
		}
		report := possession.DeliveryReport{Provider: "smpp", Reference: reference, State: models.DeliveryDelivered}
		if strings.HasSuffix(digits, "3") {
			report.State = models.DeliveryFailed
		}
		if diff := cmp.Diff(report, nextReceipt(t, receipts)); diff != "" {
			t.Errorf("%s: %s", digits, diff)
		}
	}
	for _, in := range centre.Await(t, "submit", 4) {
		if in.Text != "123456 is your code [Acme] €" || in.From != "Acme" || in.Seconds < 299 {
			t.Errorf("the centre understood %+v", in)
		}
	}
}

func TestWhatGoesWrongWithAMessageCentreIsUnderstood(t *testing.T) {
	t.Parallel()
	centre := smsc.Start(t, smsc.Options{Password: smscPassword})
	for name, c := range map[string]struct {
		change func(*config.Account)
		want   possession.Outcome
		why    string
	}{
		"wrong password": {func(a *config.Account) { a.Secret = "wrong" }, possession.Credentials, "0x0E"},
		"full":           {func(a *config.Account) { a.SystemType = "full" }, possession.RateLimited, "0x14"},
		"breaks":         {func(a *config.Account) { a.SystemType = "drop" }, possession.Timeout, ""},
		"not there":      {func(a *config.Account) { a.Addr = "127.0.0.1:1" }, possession.ProviderDown, ""},
		"no TLS":         {func(a *config.Account) { a.TLS = tlsAtOnce }, possession.ProviderDown, ""},
	} {
		sender, _ := smppCarrierOf(t, centre, c.change)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		got := sender.Send(ctx, textTo("2348031234560"))
		cancel()
		if got.Outcome != c.want || got.Why != c.why || got.Err == nil || got.Reference != "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestAMessageCentreIsReachedOverTLS(t *testing.T) {
	t.Parallel()
	key, cert := certificate.Make(t)
	centre := smsc.Start(t, smsc.Options{Password: smscPassword, Key: key, Cert: cert})
	for caFile, want := range map[string]possession.Outcome{cert: possession.Accepted, "": possession.ProviderDown} {
		sender, _ := smppCarrierOf(t, centre, func(a *config.Account) { a.TLS, a.CAFile = "", caFile })
		if got := sender.Send(t.Context(), textTo("2348031234560")); got.Outcome != want {
			t.Errorf("%q: %+v", caFile, got)
		}
	}
}

func TestTheStatusOfASubmitDecides(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want possession.Outcome
		why  string
	}{
		{nil, possession.Accepted, ""},
		{smpp.StatusBadDestination, possession.InvalidNumber, "0x0B"},
		{smpp.StatusThrottled, possession.RateLimited, "0x58"},
		{smpp.StatusQueueFull, possession.RateLimited, "0x14"},
		{smpp.StatusSystemError, possession.ProviderDown, "0x08"},
		{smpp.StatusSubmitFailed, possession.ProviderDown, "0x45"},
		{fmt.Errorf("%w: bind: %w", smpp.ErrUnsent, smpp.StatusBindFailed), possession.Credentials, "0x0D"},
		{fmt.Errorf("%w: bind: %w", smpp.ErrUnsent, smpp.StatusBadPassword), possession.Credentials, "0x0E"},
		{fmt.Errorf("%w: bind: %w", smpp.ErrUnsent, smpp.StatusBadSystemID), possession.Credentials, "0x0F"},
		{smpp.Status(0x999), possession.ProviderDown, "0x999"},
		{fmt.Errorf("%w: %w", smpp.ErrUnsent, context.DeadlineExceeded), possession.ProviderDown, ""},
		{fmt.Errorf("%w: %w", smpp.ErrUnanswered, context.DeadlineExceeded), possession.Timeout, ""},
		{errors.New("anything"), possession.ProviderDown, ""},
	} {
		if got, why := decideSMPP(c.err); got != c.want || why != c.why {
			t.Errorf("%v: %s %q", c.err, got, why)
		}
	}
}

func TestTextsAreWrittenInTheNarrowestAlphabet(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		bytes  string
		coding smpp.Coding
	}{
		"a@€": {"a\x00\x1b\x65", smpp.GSM7},
		"я😀":  {"\x04\x4f\xd8\x3d\xde\x00", smpp.UCS2},
	} {
		if got, coding := encoded(text); string(got) != want.bytes || coding != want.coding {
			t.Errorf("%s: %x in %d", text, got, coding)
		}
	}
}

func TestAReceiptIsHandedOnUntilItsMessageIsKnown(t *testing.T) {
	t.Parallel()
	client, err := smpp.New(smpp.Options{Addr: "127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for name, c := range map[string]struct {
		known string
		err   error
		want  []string
	}{
		"the first":  {"26", nil, []string{"26"}},
		"the second": {"1a", nil, []string{"26", "1a"}},
		"none":       {"", nil, []string{"26", "1a", "1A"}},
		"a failure":  {"1A", errors.New("no database"), []string{"26"}},
	} {
		var asked []string
		var log bytes.Buffer
		s := &smppSender{name: "smpp", client: client, log: slog.New(slog.NewTextHandler(&log, nil))}
		s.tell = func(_ context.Context, r possession.DeliveryReport) (bool, error) {
			asked = append(asked, r.Reference)
			if r.State != models.DeliveryExpired || r.Provider != "smpp" {
				t.Errorf("%+v", r)
			}
			return r.Reference == c.known, c.err
		}
		s.report(t.Context(), smpp.Receipt{IDs: []string{"26", "1a", "1A"}, State: smpp.Expired})
		if diff := cmp.Diff(c.want, asked); diff != "" || (c.err != nil) != strings.Contains(log.String(), "no database") {
			t.Errorf("%s: %s %s", name, diff, log.String())
		}
	}
}

func TestAnSMPPAccountWithASlipIsRefused(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*config.Account){
		"addr is not set":                    func(a *config.Account) { a.Addr = "" },
		"username is not set":                func(a *config.Account) { a.Username = "" },
		"sender is not set":                  func(a *config.Account) { a.Sender = "" },
		"starttls, which SMPP does not know": func(a *config.Account) { a.TLS = tlsLater },
		"hold a NUL":                         func(a *config.Account) { a.Secret = "a\x00b" },
	} {
		account := config.Account{Addr: "smsc.example:3550", Username: "whoseline", Secret: "s", Sender: "Acme"}
		change(&account)
		_, err := Carriers([]string{"smpp"}, Parts{Accounts: map[string]config.Account{"smpp": account}})
		if err == nil || !strings.Contains(err.Error(), "channels.account.smpp: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
