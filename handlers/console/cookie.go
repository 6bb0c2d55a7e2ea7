package console

import (
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
)

// sessionCookie carries the session. A browser keeps it under a name with __Host- before it for this host alone, and sends it by TLS
// alone. On the machine itself, where there is no TLS, it has the bare name.
const sessionCookie = "wl_session"

// sessionToken is what the browser shows.
func sessionToken(c *fiber.Ctx) string { return cookieOf(c, sessionCookie) }

// keepSession has the browser keep the session until it is closed; "" has it forget.
func keepSession(c *fiber.Ctx, token string) { keepCookie(c, sessionCookie, token) }

// unsafeIsFine tells whether a cookie may go without TLS: the browser runs on the machine itself, behind no proxy with TLS.
func unsafeIsFine(c *fiber.Ctx) bool {
	byTLS := strings.EqualFold(c.Get(fiber.HeaderXForwardedProto), "https") // a proxy's word, or anybody's: it only adds care
	return onThisMachine(string(c.Request().Host())) && !byTLS
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

// keepCookie has the browser keep a value until it is closed; "" has it forget.
func keepCookie(c *fiber.Ctx, name, value string) {
	cookie := fiber.Cookie{
		Name: "__Host-" + name, Value: value, Path: "/", Secure: true, HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode,
		SessionOnly: true,
	}
	if value == "" {
		cookie.SessionOnly, cookie.Expires = false, time.Unix(1, 0)
	}
	if unsafeIsFine(c) {
		cookie.Name, cookie.Secure = name, false
	}
	c.Cookie(&cookie)
}

// cookieOf gives a value that the browser keeps. Away from the machine itself only the safe name counts: the other one could
// have been set by whoever holds a name beside ours.
func cookieOf(c *fiber.Ctx, name string) string {
	if value := c.Cookies("__Host-" + name); value != "" || !onThisMachine(string(c.Request().Host())) {
		return value
	}
	return c.Cookies(name)
}
