package commands_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/tidwall/gjson"

	"whoseline/payments/paysim"
	"whoseline/test/wait"
)

// TestEveryPaymentIsCreditedOnceThoughGatewaysDie has thirty payments made while gateways are killed, and tells each of them twice, to whichever
// gateway is there. At the end the wallet has just what was paid.
func TestEveryPaymentIsCreditedOnceThoughGatewaysDie(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		const rounds, each = 3, 10
		sim := paysim.New("https://pay.example")
		far := httptest.NewServer(sim)
		t.Cleanup(far.Close)
		s := open(t, engine, "PAYMENTS__VENDOR=monnify", "PAYMENTS__BASE="+far.URL+"/monnify", "PAYMENTS__KEY="+paysim.Key, "PAYMENTS__SECRET="+paysim.Secret,
			"PAYMENTS__CONTRACT=100")
		who := s.tenant(t, 1)
		paid, credited := int64(0), func() int64 { return s.wallet(t, who.id).Available - price }
		for round := range rounds {
			g := s.serve(t)
			var references []string
			for i := range each {
				body := fmt.Sprintf(`{"amount":%d,"email":"ada@acme.example"}`, 10_000+round*100+i)
				made := g.tell(call{method: "POST", path: "/v1/top-ups", token: who.token, body: body})
				if made.status != 201 {
					t.Fatalf("%d %s", made.status, made.body)
				}
				reference := gjson.GetBytes(made.body, "reference").String()
				sim.Pay(reference, int64(10_000+round*100+i), "NGN", "PAID")
				paid += int64(10_000 + round*100 + i)
				references = append(references, reference)
			}
			before := credited()
			for range 2 {
				for _, reference := range references {
					_, header, message := sim.Message(reference)
					r, err := http.NewRequestWithContext(t.Context(), "POST", g.http+"/payments/monnify", bytes.NewReader(message))
					if err != nil {
						t.Fatal(err)
					}
					r.Header = header
					if said, err := http.DefaultClient.Do(r); err == nil {
						_ = said.Body.Close()
					}
				}
			}
			wait.Until(t, "something is credited", func() bool { return credited() > before })
			g.kill()
		}
		s.serve(t)
		wait.Until(t, "everything is credited", func() bool { return credited() >= paid })
		if got := credited(); got != paid {
			t.Errorf("%d is credited, %d was paid", got, paid)
		}
		s.mustVerify(t)
	})
}
