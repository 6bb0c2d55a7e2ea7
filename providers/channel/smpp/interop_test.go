package smpp_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"whoseline/providers/channel/smpp"
	"whoseline/test/certificate"
	"whoseline/test/smsc"
)

const password = "s3cret"

// reported is where the receipts of a test arrive.
type reported chan smpp.Receipt

func (r reported) next(t *testing.T) smpp.Receipt {
	t.Helper()
	select {
	case one := <-r:
		return one
	case <-time.After(30 * time.Second):
		t.Fatal("no receipt")
		return smpp.Receipt{}
	}
}

func bind(t *testing.T, centre *smsc.Centre, change func(*smpp.Options)) (*smpp.Client, reported) {
	t.Helper()
	receipts := make(reported, 100)
	o := smpp.Options{
		Addr: centre.Addr, SystemID: "whoseline", Password: password,
		OnReceipt: func(_ context.Context, r smpp.Receipt) { receipts <- r },
	}
	if change != nil {
		change(&o)
	}
	client, err := smpp.New(o)
	if err != nil {
		t.Fatal(err)
	}
	client.Start()
	t.Cleanup(client.Close)
	return client, receipts
}

func to(digits string) smpp.Message {
	return smpp.Message{
		From: smpp.From("Whoseline"), To: smpp.International(digits), Text: []byte("123456 is your code"), Validity: 5 * time.Minute,
	}
}

func TestAMessageCentreOfOthersUnderstandsUs(t *testing.T) {
	t.Parallel()
	centre := smsc.Start(t, smsc.Options{Password: password})
	client, receipts := bind(t, centre, nil)
	sent, err := client.Submit(t.Context(), to("2348031234560"))
	if err != nil || sent.ID != "ABCDF0" || sent.Segments != 1 {
		t.Fatalf("%+v %v", sent, err)
	}
	got := centre.Await(t, "submit", 1)[0]
	if got.To != "2348031234560" || got.From != "Whoseline" || got.Text != "123456 is your code" || got.Coding != 0 || got.Part != nil {
		t.Errorf("it understood %+v", got)
	}
	if got.Seconds < 299 || got.Seconds > 300 || !slices.Equal(got.Kinds, []int{5, 0, 1, 1}) {
		t.Errorf("worth delivering for %d s, addresses %v", got.Seconds, got.Kinds)
	}
	if r := receipts.next(t); r.State != smpp.Delivered || r.IDs[0] != sent.ID || r.Code != "" {
		t.Errorf("%+v", r)
	}
	if r := centre.Await(t, "reported", 1)[0]; r.Status != 0 {
		t.Errorf("our answer to the receipt: %d", r.Status)
	}
	if a := centre.Await(t, "alive", 1)[0]; a.Status != 0 {
		t.Errorf("our answer to its question: %d", a.Status)
	}
	client.Close()
	centre.Await(t, "unbind", 1)
}

func TestTheLastDigitDecides(t *testing.T) {
	t.Parallel()
	centre := smsc.Start(t, smsc.Options{Password: password})
	client, receipts := bind(t, centre, nil)
	for digits, want := range map[string]smpp.Status{"2348031234561": smpp.StatusBadDestination, "2348031234562": smpp.StatusThrottled} {
		var status smpp.Status
		if _, err := client.Submit(t.Context(), to(digits)); !errors.As(err, &status) || status != want {
			t.Errorf("%s: %v", digits, err)
		}
	}
	sent, err := client.Submit(t.Context(), to("2348031234563"))
	if err != nil {
		t.Fatal(err)
	}
	if r := receipts.next(t); r.State != smpp.Undeliverable || r.IDs[0] != sent.ID || r.Code != "069" {
		t.Errorf("%+v", r)
	}
}

func TestAWrongPasswordIsToldAsSuch(t *testing.T) {
	t.Parallel()
	centre := smsc.Start(t, smsc.Options{Password: "another"})
	client, _ := bind(t, centre, nil)
	for range 3 { // once while it binds and then at once
		var status smpp.Status
		_, err := client.Submit(t.Context(), to("2348031234560"))
		if !errors.Is(err, smpp.ErrUnsent) || !errors.As(err, &status) || status != smpp.StatusBadPassword || !status.Credentials() {
			t.Error(err)
		}
	}
}

func TestIDsAreFoundInEitherBase(t *testing.T) {
	t.Parallel()
	centre := smsc.Start(t, smsc.Options{Password: password})
	for _, kind := range []string{"hex", "decimal", "digits", "tlv"} {
		client, receipts := bind(t, centre, func(o *smpp.Options) { o.SystemType = kind })
		sent, err := client.Submit(t.Context(), to("2348031234560"))
		if err != nil {
			t.Fatal(kind, err)
		}
		if r := receipts.next(t); !slices.Equal(r.IDs, []string{sent.ID}) || r.State != smpp.Delivered {
			t.Errorf("%s: %s is reported as %+v", kind, sent.ID, r)
		}
	}
}

func TestAConnectionThatBreaksLeavesNobodyWaiting(t *testing.T) {
	t.Parallel()
	centre := smsc.Start(t, smsc.Options{Password: password})
	client, _ := bind(t, centre, func(o *smpp.Options) { o.SystemType = "drop" })
	var submits sync.WaitGroup
	for range 5 {
		submits.Go(func() {
			_, err := client.Submit(t.Context(), to("2348031234560"))
			if !errors.Is(err, smpp.ErrUnanswered) && !errors.Is(err, smpp.ErrUnsent) {
				t.Error(err)
			}
		})
	}
	submits.Wait()
	if n := len(centre.Await(t, "bind", 2)); n < 2 { // it comes back by itself
		t.Errorf("bound %d times", n)
	}
}

func TestACentreThatNeverAnswersIsLeftInTime(t *testing.T) {
	t.Parallel()
	centre := smsc.Start(t, smsc.Options{Password: password})
	client, _ := bind(t, centre, func(o *smpp.Options) { o.SystemType = "mute" })
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var submits sync.WaitGroup
	submits.Go(func() {
		if _, err := client.Submit(ctx, to("2348031234560")); !errors.Is(err, smpp.ErrUnanswered) || !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	centre.Await(t, "submit", 1)
	cancel()
	submits.Wait()
}

func TestAFullQueueShrinksTheWindow(t *testing.T) {
	t.Parallel()
	centre := smsc.Start(t, smsc.Options{Password: password})
	client, _ := bind(t, centre, func(o *smpp.Options) { o.SystemType = "full" })
	for range 10 {
		var status smpp.Status
		if _, err := client.Submit(t.Context(), to("2348031234560")); !errors.As(err, &status) || status != smpp.StatusQueueFull {
			t.Fatal(err)
		}
	}
	if client.Window() != 1 {
		t.Errorf("the window is %d", client.Window())
	}
}

func TestLongAndForeignTextsArriveWhole(t *testing.T) {
	t.Parallel()
	centre := smsc.Start(t, smsc.Options{Password: password})
	client, receipts := bind(t, centre, nil)
	long := to("2348031234560")
	long.Text = []byte(strings.Repeat("0123456789", 20))
	sent, err := client.Submit(t.Context(), long)
	if err != nil || sent.Segments != 2 {
		t.Fatalf("%+v %v", sent, err)
	}
	foreign := to("2348031234564")
	foreign.Coding, foreign.Text = smpp.UCS2, nil
	for _, unit := range utf16.Encode([]rune("ваш код 123456 😀")) {
		foreign.Text = append(foreign.Text, byte(unit>>8), byte(unit))
	}
	if _, err := client.Submit(t.Context(), foreign); err != nil {
		t.Fatal(err)
	}
	got := centre.Await(t, "submit", 3)
	if got[0].Text+got[1].Text != string(long.Text) || got[2].Text != "ваш код 123456 😀" || got[2].Coding != 8 {
		t.Errorf("%+v", got)
	}
	if p, q := got[0].Part, got[1].Part; len(p) != 5 || len(q) != 5 || p[2] != q[2] || !slices.Equal(p[3:], []int{2, 1}) || !slices.Equal(q[3:], []int{2, 2}) {
		t.Errorf("parts %v and %v", p, q)
	}
	if r := receipts.next(t); r.IDs[0] != sent.ID {
		t.Errorf("%+v: only the last part is reported on", r)
	}
	if r := receipts.next(t); r.IDs[0] == sent.ID {
		t.Errorf("%+v: twice", r)
	}
}

func TestACentreIsSpokenWithOverTLS(t *testing.T) {
	t.Parallel()
	key, cert := certificate.Make(t)
	vouching, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(vouching)
	centre := smsc.Start(t, smsc.Options{Password: password, Key: key, Cert: cert})
	client, _ := bind(t, centre, func(o *smpp.Options) { o.TLS = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12} })
	if _, err := client.Submit(t.Context(), to("2348031234560")); err != nil {
		t.Error(err)
	}
	stranger, _ := bind(t, centre, func(o *smpp.Options) { o.TLS = &tls.Config{MinVersion: tls.VersionTLS12} })
	var unknown *tls.CertificateVerificationError
	if _, err := stranger.Submit(t.Context(), to("2348031234560")); !errors.Is(err, smpp.ErrUnsent) || !errors.As(err, &unknown) {
		t.Errorf("a certificate that nobody vouches for: %v", err)
	}
}
