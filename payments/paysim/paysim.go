// Package paysim answers: what would a payment vendor say? It plays Paystack, Flutterwave and Monnify from memory, each below its name.
// Nobody pays by himself: a test, or whoever tries things out, says what was paid.
package paysim

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/tidwall/gjson"
)

// What accounts with the vendors are known by.
const (
	Secret = "sk_sim_secret"
	Word   = "sim-word"
	Key    = "MK_SIM"
)

// Payment is what a vendor knows of a payment.
type Payment struct {
	Vendor   string `json:"vendor"`
	Amount   int64  `json:"amount"` // kobo, what was asked for
	Paid     int64  `json:"paid"`   // kobo
	Currency string `json:"currency"`
	State    string `json:"state"` // in the vendor's own word; empty = nobody has tried
}

// Sim is the vendors.
type Sim struct {
	mu       sync.Mutex
	payments map[string]*Payment
	away     bool
	mux      *http.ServeMux
	public   string
}

// New makes the vendors. public is where their pages would be.
func New(public string) *Sim {
	s := &Sim{payments: map[string]*Payment{}, mux: http.NewServeMux(), public: public}
	s.mux.HandleFunc("POST /paystack/transaction/initialize", s.secret("paystack", func(body []byte) any {
		page := s.begin("paystack", body, "reference", gjson.GetBytes(body, "amount").Int())
		return map[string]any{"status": true, "message": "Authorization URL created", "data": map[string]string{"authorization_url": page}}
	}))
	s.mux.HandleFunc("GET /paystack/transaction/verify/{reference}", s.verified(func(reference string, p Payment) any {
		return map[string]any{"status": true, "message": "Verification successful", "data": map[string]any{
			"status": p.State, "reference": reference, "amount": p.Paid, "currency": p.Currency,
		}}
	}))
	s.mux.HandleFunc("POST /flutterwave/v3/payments", s.secret("flutterwave", func(body []byte) any {
		page := s.begin("flutterwave", body, "tx_ref", naira(body, "amount"))
		return map[string]any{"status": "success", "message": "Hosted Link", "data": map[string]string{"link": page}}
	}))
	s.mux.HandleFunc("GET /flutterwave/v3/transactions/verify_by_reference", s.verified(func(reference string, p Payment) any {
		return map[string]any{"status": "success", "data": map[string]any{
			"status": p.State, "tx_ref": reference, "amount": float64(p.Paid) / 100, "currency": p.Currency,
		}}
	}))
	s.mux.HandleFunc("POST /monnify/api/v1/auth/login", func(w http.ResponseWriter, r *http.Request) {
		if name, secret, ok := r.BasicAuth(); !ok || name != Key || secret != Secret {
			http.Error(w, `{"requestSuccessful":false}`, http.StatusUnauthorized)
			return
		}
		answer(w, map[string]any{"requestSuccessful": true, "responseBody": map[string]any{"accessToken": Secret, "expiresIn": 3600}})
	})
	s.mux.HandleFunc("POST /monnify/api/v1/merchant/transactions/init-transaction", s.secret("monnify", func(body []byte) any {
		page := s.begin("monnify", body, "paymentReference", naira(body, "amount"))
		return map[string]any{"requestSuccessful": true, "responseBody": map[string]string{"checkoutUrl": page}}
	}))
	s.mux.HandleFunc("GET /monnify/api/v2/merchant/transactions/query", s.verified(func(reference string, p Payment) any {
		return map[string]any{"requestSuccessful": true, "responseBody": map[string]any{
			"paymentStatus": p.State, "paymentReference": reference, "amountPaid": float64(p.Paid) / 100, "currency": p.Currency,
		}}
	}))
	s.mux.HandleFunc("POST /__pay/{reference}", s.control)
	return s
}

func naira(body []byte, path string) int64 {
	return int64(gjson.GetBytes(body, path).Float()*100 + 0.5)
}

// ServeHTTP answers as a vendor, if it is not away.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	away := s.away
	s.mu.Unlock()
	if away && !strings.HasPrefix(r.URL.Path, "/__pay/") {
		http.Error(w, "away", http.StatusBadGateway)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// Away has the vendors answer nobody, or everybody again.
func (s *Sim) Away(away bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = away
}

func (s *Sim) secret(_ string, do func(body []byte) any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+Secret {
			http.Error(w, `{"status":false,"message":"Invalid key"}`, http.StatusUnauthorized)
			return
		}
		var body bytes.Buffer
		if _, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, 1<<16)); err != nil {
			http.Error(w, "unreadable", http.StatusBadRequest)
			return
		}
		answer(w, do(body.Bytes()))
	}
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // whoever asked has gone
}

// begin keeps a payment, and gives its page.
func (s *Sim) begin(vendor string, body []byte, name string, amount int64) (page string) {
	reference := gjson.GetBytes(body, name).String()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.payments[reference] = &Payment{Vendor: vendor, Amount: amount, Currency: "NGN"}
	return s.public + "/" + vendor + "/pay/" + reference
}

// verified answers what is known of a payment; of one that nobody has tried, that there is none.
func (s *Sim) verified(say func(reference string, p Payment) any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		reference := r.PathValue("reference")
		for _, name := range []string{"tx_ref", "paymentReference"} {
			if reference == "" {
				reference = r.URL.Query().Get(name)
			}
		}
		p, known := s.Payment(reference)
		if !known || p.State == "" {
			http.Error(w, `{"status":false,"message":"Transaction reference not found"}`, http.StatusNotFound)
			return
		}
		answer(w, say(reference, p))
	}
}

// Payment gives what is known of a payment.
func (s *Sim) Payment(reference string) (Payment, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, known := s.payments[reference]
	if !known {
		return Payment{}, false
	}
	return *p, true
}

// Pay says that so much was paid; state is the vendor's own word.
func (s *Sim) Pay(reference string, kobo int64, currency, state string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.payments[reference]; p != nil {
		p.Paid, p.Currency, p.State = kobo, currency, state
	}
}

// Message gives the webhook of a payment, signed as its vendor does.
func (s *Sim) Message(reference string) (vendor string, header http.Header, body []byte) {
	p, _ := s.Payment(reference)
	header = http.Header{"Content-Type": {"application/json"}}
	switch p.Vendor {
	case "flutterwave":
		body = fmt.Appendf(nil, `{"event":"charge.completed","data":{"tx_ref":%q,"status":%q}}`, reference, p.State)
		header.Set("verif-hash", Word)
	case "monnify":
		body = fmt.Appendf(nil, `{"eventType":"SUCCESSFUL_TRANSACTION","eventData":{"paymentReference":%q,"paymentStatus":%q}}`, reference, p.State)
		header.Set("monnify-signature", Sign(body))
	default:
		body = fmt.Appendf(nil, `{"event":"charge.success","data":{"reference":%q,"status":%q}}`, reference, p.State)
		header.Set("x-paystack-signature", Sign(body))
	}
	return p.Vendor, header, body
}

// Sign is the signature of a message.
func Sign(body []byte) string {
	mac := hmac.New(sha512.New, []byte(Secret))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// control answers POST /__pay/REFERENCE {"paid":KOBO,"currency":C,"state":WORD,"to":URL}: a payment is made, and with "to" the gateway there is
// told below /payments.
func (s *Sim) control(w http.ResponseWriter, r *http.Request) {
	var body bytes.Buffer
	if _, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, 1<<16)); err != nil {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	reference := r.PathValue("reference")
	if _, known := s.Payment(reference); !known {
		http.Error(w, "there is no such payment", http.StatusNotFound)
		return
	}
	in := gjson.ParseBytes(body.Bytes())
	s.Pay(reference, in.Get("paid").Int(), in.Get("currency").String(), in.Get("state").String())
	if to := in.Get("to").String(); to != "" {
		if err := s.tell(r.Context(), to, reference); err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
	}
	p, _ := s.Payment(reference)
	answer(w, p)
}

func (s *Sim) tell(ctx context.Context, to, reference string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	vendor, header, body := s.Message(reference)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to+"/payments/"+vendor, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header = header
	said, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	return said.Body.Close()
}
