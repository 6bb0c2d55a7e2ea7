package config

import (
	"net/netip"
	"net/url"
	"strings"
)

// isBase takes what [providers.vendor.NAME] base may be: "sandbox" or a URL.
func isBase(text string) bool { return text == "sandbox" || isEndpoint(text) }

// isEndpoint takes an https URL, or an http URL on this machine, without user, query or fragment.
func isEndpoint(text string) bool {
	parsed, err := url.Parse(text)
	if err != nil || parsed.Hostname() == "" || parsed.User != nil || parsed.RawQuery != "" || parsed.Fragment != "" {
		return false
	}
	return parsed.Scheme == "https" || parsed.Scheme == "http" && IsLoopback(parsed.Hostname())
}

// IsLoopback tells whether a host is this machine by its own name: localhost, 127.0.0.0/8 or ::1. Names that only
// resolve to it are not.
func IsLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// isBlocks takes comma-separated address blocks.
func isBlocks(text string) bool {
	for part := range strings.SplitSeq(text, ",") {
		if _, err := netip.ParsePrefix(strings.TrimSpace(part)); err != nil {
			return false
		}
	}
	return true
}
