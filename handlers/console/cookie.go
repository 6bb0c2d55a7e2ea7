package console

import (
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
)

// The session's cookie. A browser keeps the first name for this host alone and sends it by TLS alone; on the machine
// itself, where there is no TLS, it has the second.
const (
	safeCookie  = "__Host-wl_session"
	plainCookie = "wl_session"
)

// sessionToken is what the browser shows. Away from the machine itself only the safe cookie counts: the other one could
// have been set by whoever holds a name beside ours.
func sessionToken(c *fiber.Ctx) string {
	if token := c.Cookies(safeCookie); token != "" || !onThisMachine(string(c.Request().Host())) {
		return token
	}
	return c.Cookies(plainCookie)
}

// keepSession has the browser keep the session until it is closed; "" has it forget.
func keepSession(c *fiber.Ctx, token string) {
	cookie := fiber.Cookie{
		Name: safeCookie, Value: token, Path: "/", Secure: true, HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode,
		SessionOnly: true,
	}
	if token == "" {
		cookie.SessionOnly, cookie.Expires = false, time.Unix(1, 0)
	}
	byTLS := strings.EqualFold(c.Get(fiber.HeaderXForwardedProto), "https") // a proxy's word, or anybody's: it only adds care
	if onThisMachine(string(c.Request().Host())) && !byTLS {
		cookie.Name, cookie.Secure = plainCookie, false
	}
	c.Cookie(&cookie)
}

// onThisMachine tells whether a Host header names the machine that the browser runs on.
func onThisMachine(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	at, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && at.IsLoopback()
}
