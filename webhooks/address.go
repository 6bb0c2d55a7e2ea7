package webhooks

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"

	"code.dny.dev/ssrf"

	"whoseline/models"
)

const maxURL = 2000 // characters

// guard tells where we may be sent by a customer.
type guard struct {
	guardian *ssrf.Guardian
	loopback bool
}

func newGuard(loopback bool) guard {
	options := []ssrf.Option{ssrf.WithAnyPort()}
	if loopback {
		options = append(options,
			ssrf.WithAllowedV4Prefixes(netip.MustParsePrefix("127.0.0.0/8")),
			ssrf.WithAllowedV6Prefixes(netip.MustParsePrefix("::1/128")))
	}
	return guard{guardian: ssrf.New(options...), loopback: loopback}
}

// dial judges an address that a name has been resolved to, just before it is connected to.
func (g guard) dial(network, address string, conn syscall.RawConn) error {
	return g.guardian.Safe(network, address, conn)
}

// refused tells whether an error is the guard's.
func refused(err error) bool {
	return errors.Is(err, ssrf.ErrProhibitedIP) || errors.Is(err, ssrf.ErrProhibitedNetwork) ||
		errors.Is(err, ssrf.ErrProhibitedPort) || errors.Is(err, ssrf.ErrInvalidHostPort)
}

// check takes the URL of an endpoint. Names that may be public are resolved only when they are dialled, and judged then.
func (g guard) check(text string) error {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] > '~' {
			return badURL("must be visible ASCII characters")
		}
	}
	if len(text) > maxURL {
		return badURL("must be at most " + strconv.Itoa(maxURL) + " characters")
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Opaque != "" {
		return badURL("must be an absolute https URL")
	}
	if u.User != nil || strings.Contains(text, "#") {
		return badURL("must hold no user name, password or fragment")
	}
	if port, err := strconv.Atoi(u.Port()); u.Port() != "" && (err != nil || port < 1 || port > 65535) {
		return badURL("has an impossible port")
	}
	return g.checkHost(u)
}

func (g guard) checkHost(u *url.URL) error {
	addr, err := netip.ParseAddr(u.Hostname())
	literal := err == nil
	ours := g.loopback && local(u.Hostname(), addr)
	if u.Scheme != "https" && (!ours || u.Scheme != "http") {
		return badURL("must begin with https://")
	}
	if literal && g.guardian.SafeAddr(addr.Unmap()) != nil || !literal && !ours && internal(u.Hostname()) {
		return badURL("must lead to a public address")
	}
	return nil
}

// inside are the endings of names that lead inside a network. RFC 6761, 6762 and 8375 and ICANN set them apart, or many
// networks use them so.
var inside = []string{
	"localhost", "local", "internal", "localdomain", "home.arpa", "intranet", "private", "corp", "home", "lan", "mail", "invalid", "onion", "alt",
}

// internal tells whether a name can only lead inside a network. Such a name is refused without a look-up. It is a
// single word, a name with one of those endings, or one that ends in a number, which some resolvers take for an
// address.
func internal(name string) bool {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	last := name[strings.LastIndexByte(name, '.')+1:]
	if last == name || last == "" || last[0] >= '0' && last[0] <= '9' {
		return true
	}
	for _, end := range inside {
		if strings.HasSuffix(name, "."+end) {
			return true
		}
	}
	return false
}

func local(host string, addr netip.Addr) bool {
	return strings.EqualFold(host, "localhost") || addr.IsValid() && addr.Unmap().IsLoopback()
}

func badURL(message string) error { return models.BadField("url", "url "+message) }

// dialer reaches only what the guard lets pass.
func (g guard) dialer() *net.Dialer { return &net.Dialer{Timeout: dialTimeout, Control: g.dial} }
