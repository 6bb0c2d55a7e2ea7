package simulation

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Signing secrets and keys of the operator's accounts.
const (
	youverifySecret = "yv-secret-1"
	hookSecret      = "yv-hook-secret-1"
)

// question is one that a vendor was asked about a number, and may bill.
type question struct {
	vendor   string
	national string
	at       time.Time
	answered bool      // with the truth, now or later
	ended    time.Time // for who asked; zero = nobody waited
	by       *gateway
	again    bool // it was for an answer that is owed, and free
}

// debt is an answer that a vendor owes.
type debt struct {
	ref      string
	national string
	at       time.Time
	bring    bring
	fails    bool
}

// asked notes a question.
func (g *gateway) asked(q question) *question {
	q.by, q.at = g, time.Now()
	g.world.note(func() { g.world.questions = append(g.world.questions, &q) })
	return &q
}

// sourceID answers at once.
func (g *gateway) sourceID(_ *http.Request, body []byte, _ *fault) said {
	w := g.world
	var in struct{ PhoneNumber string }
	if err := json.Unmarshal(body, &in); err != nil {
		w.violated("vendor", "sourceid gets what it cannot read: %v", err)
	}
	national := "0" + strings.TrimPrefix(in.PhoneNumber, "234")
	who := personOf(national)
	asked := g.asked(question{vendor: "sourceid", national: national, answered: who != nil})
	switch {
	case who == nil:
		w.violated("vendor", "sourceid is asked about a number that nobody asked about")
		return said{http.StatusBadRequest, `{"message":"invalid number"}`, asked}
	case !who.found:
		return said{http.StatusNotFound, `{"responseCode":"01","message":"record not found"}`, asked}
	}
	return said{http.StatusOK, fmt.Sprintf(`{"responseCode":"00","data":{"names":{"firstName":"Ada","lastName":%q},"personalData":{"dateOfBirth":"1990-04-02"}}}`, who.name), asked}
}

// youverify answers at once, or says that it owes the answer.
func (g *gateway) youverify(r *http.Request, body []byte, f *fault) said {
	w := g.world
	if r.Method == http.MethodGet {
		return g.polled(strings.TrimPrefix(r.URL.Path, "/v2/api/identity/"))
	}
	var in struct{ Mobile string }
	if err := json.Unmarshal(body, &in); err != nil {
		w.violated("vendor", "youverify gets what it cannot read: %v", err)
	}
	who := personOf(in.Mobile)
	if who == nil {
		w.violated("vendor", "youverify is asked about a number that nobody asked about: %s", body)
		return said{http.StatusBadRequest, `{"message":"invalid mobile"}`, nil}
	}
	owes := f != nil && f.what == pending
	asked := g.asked(question{vendor: "youverify", national: in.Mobile, answered: !owes || !f.bring.fails})
	w.mu.Lock()
	w.refs++
	ref := fmt.Sprintf("62620a9737fc51c3%08x", w.refs)
	w.mu.Unlock()
	if !owes {
		return said{http.StatusOK, `{"success":true,"statusCode":200,"message":"success","data":` + verification(ref, who, "") + `}`, asked}
	}
	d := debt{ref: ref, national: in.Mobile, at: time.Now(), bring: f.bring, fails: f.bring.fails}
	w.mu.Lock()
	w.debts[ref] = d
	w.mu.Unlock()
	if !d.bring.silent {
		for i := range d.bring.times {
			w.closing.Go(func() { w.deliver(d, i) })
		}
	}
	if d.bring.early {
		time.Sleep(30 * time.Millisecond)
	}
	return said{http.StatusOK, `{"success":true,"statusCode":200,"message":"success","data":` + verification(ref, who, "pending") + `}`, asked}
}

// verification is a result as the vendor shows it.
func verification(ref string, who *person, status string) string {
	switch {
	case status != "":
		return fmt.Sprintf(`{"id":%q,"status":%q}`, ref, status)
	case !who.found:
		return fmt.Sprintf(`{"id":%q,"status":"not_found"}`, ref)
	}
	return fmt.Sprintf(`{"id":%q,"status":"found","phoneDetails":[{"fullName":"Ada %s","dateOfBirth":"1990-04-02"}]}`, ref, who.name)
}

// ends is what a debt comes to, once its time is there.
func (d debt) ends() string {
	if d.fails {
		return verification(d.ref, personOf(d.national), "failed")
	}
	return verification(d.ref, personOf(d.national), "")
}

func (g *gateway) polled(ref string) said {
	w := g.world
	w.mu.Lock()
	d, known := w.debts[ref]
	w.mu.Unlock()
	switch {
	case !known:
		return said{http.StatusNotFound, `{"success":false,"message":"Identity not found"}`, nil}
	case time.Since(d.at) < d.bring.after:
		return said{http.StatusOK, `{"success":true,"data":` + verification(ref, personOf(d.national), "pending") + `}`, nil}
	}
	return said{http.StatusOK, `{"success":true,"data":` + d.ends() + `}`, g.asked(question{vendor: "youverify", national: d.national, again: true})}
}

// deliver brings an answer that is owed. The vendor repeats what was not taken.
func (w *world) deliver(d debt, nth int) {
	if !d.bring.early {
		time.Sleep(d.bring.after)
	} else {
		time.Sleep(time.Duration(nth+1) * 11 * time.Millisecond)
	}
	for try := range 6 {
		got := w.bring((d.bring.via+nth+try)%2, `{"event":"identity.verification.completed","data":`+d.ends()+`}`, hookSecret)
		if got.status == http.StatusOK {
			return
		}
		if got.status != lostStatus && got.status < 429 {
			w.violated("callback", "a vendor's callback is refused: %s", got)
		}
		time.Sleep(time.Duration(400*(try+1)) * time.Millisecond)
	}
}

// bring sends a vendor's message to a gateway, signed with a secret.
func (w *world) bring(via int, body, secret string) heard {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return w.call(via, http.MethodPost, "/upstream/youverify", map[string]string{
		"x-youverify-signature": hex.EncodeToString(mac.Sum(nil)), "Content-Type": "application/json",
	}, body)
}

// channel carries codes to people.
func (g *gateway) channel(_ *http.Request, body []byte, _ *fault) said {
	w := g.world
	var in struct{ To, SMS string }
	if err := json.Unmarshal(body, &in); err != nil {
		w.violated("channel", "the channel gets what it cannot read: %v", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refs++
	w.messages = append(w.messages, message{"0" + strings.TrimPrefix(in.To, "234"), firstDigits(in.SMS), time.Now()})
	return said{http.StatusOK, fmt.Sprintf(`{"message_id":"m%08d","message":"Successfully Sent"}`, w.refs), nil}
}

// message is one that a person got.
type message struct {
	national string
	code     string
	at       time.Time
}

func firstDigits(text string) string {
	for i := 0; i+6 <= len(text); i++ {
		if strings.Trim(text[i:i+6], "0123456789") == "" {
			return text[i : i+6]
		}
	}
	return ""
}

// codeOf gives the last code that came to a number.
func (w *world) codeOf(national string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	code := ""
	for _, m := range w.messages {
		if m.national == national {
			code = m.code
		}
	}
	return code
}
