package browser_test

import (
	"crypto/hmac"
	"crypto/sha1" // what authenticator programs know
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"whoseline/access"
	"whoseline/billing"
	"whoseline/staff"
)

// authenticator gives the code that is due for a secret.
func authenticator(t *testing.T, secret string) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	must(t, err)
	mac := hmac.New(sha1.New, key)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(time.Now().Unix()/30)))
	sum := mac.Sum(nil)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[sum[19]&0xf:])&0x7fffffff%1_000_000)
}

// desk serves the private listener of a gateway, with somebody who may do everything.
func (g *gateway) desk(t *testing.T) *gateway {
	t.Helper()
	_, err := g.app.Operators.Create(t.Context(), staff.NewUser{
		BusinessID: access.OperatorTrail, Email: "kola@operator.example", Name: "Kola", Role: staff.Operator, Password: password,
	})
	must(t, err)
	g.app.Config.Billing.ApprovalAbove = 1000
	_, _, err = g.app.Order(t.Context(), billing.CorrectionOrder{BusinessID: "acme", Amount: 2000, Reason: "goodwill", Reference: "a", Actor: "bisi"})
	must(t, err)
	on, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	served := &http.Server{Handler: g.app.Ops, ReadHeaderTimeout: time.Minute}
	go func() { _ = served.Serve(on) }() // ends with Close
	t.Cleanup(func() { must(t, served.Close()) })
	return &gateway{app: g.app, base: "http://" + on.Addr().String()}
}

// The desk is used from the first sign-in on, without scripts of its own; each of its pages is accessible and fits a phone.
func TestTheDeskIsAccessibleAndFitsAPhone(t *testing.T) {
	t.Parallel()
	g := raise(t).desk(t)
	code, w := axe(t), g.chromium(t)
	w.do(chromedp.EmulateViewport(390, 844))
	w.open("/operator")
	w.shows("Sign in")
	w.isAccessible(code, "the desk's door")
	w.write("#email", "kola@operator.example")
	w.write("#password", password)
	w.click("main button")
	w.shows("Show the secret")
	w.isAccessible(code, "the second factor")
	w.write("#password", password)
	w.click("main button.primary")
	w.shows("Scan the picture")
	w.write("#code", authenticator(t, w.textOf(`document.querySelector("#secret").innerText`)))
	w.isAccessible(code, "the secret")
	w.click("main button.primary")
	w.shows("Recovery codes")
	w.isAccessible(code, "the recovery codes")
	for _, width := range []int64{390, 1280} {
		w.do(chromedp.EmulateViewport(width, 844))
		for _, path := range []string{"", "/businesses", "/businesses?search=nobody", "/businesses/acme", "/businesses/acme/stuck", "/approvals", "/sources", "/trail", "/nothing"} {
			w.open("/operator" + path)
			w.is(`document.readyState === "complete"`)
			if wide := w.number("document.documentElement.scrollWidth"); wide > int(width) {
				t.Errorf("%s at %d is %d wide", path, width, wide)
			}
			w.isAccessible(code, fmt.Sprintf("%s at %d", path, width))
		}
	}
	w.open("/operator/businesses/acme")
	w.write("#reason", "papers are missing")
	w.press("#reason")
	w.shows("The business is suspended", "papers are missing")
	w.open("/operator/approvals")
	w.click("main button")
	w.shows("It is approved and carried out", "Nothing waits")
}
