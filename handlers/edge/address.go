package edge

import (
	"net/netip"
	"strings"
)

func contains(blocks []netip.Prefix, at netip.Addr) bool {
	for _, block := range blocks {
		if block.Contains(at.Unmap()) {
			return true
		}
	}
	return false
}

// Origin is where a request comes from: the peer, or behind trusted proxies the nearest hop that is not one. What stands
// further left in X-Forwarded-For was written by the client and proves nothing.
func Origin(proxies []netip.Prefix, peer netip.Addr, forwarded string) netip.Addr {
	hops := strings.Split(forwarded, ",")
	for i := len(hops) - 1; i >= 0 && contains(proxies, peer); i-- {
		hop, ok := hopOf(hops[i])
		if !ok {
			return peer
		}
		peer = hop
	}
	return peer
}

// hopOf reads an address as proxies write it: some add the port, and brackets around IPv6.
func hopOf(text string) (netip.Addr, bool) {
	text = strings.TrimSpace(text)
	if with, err := netip.ParseAddrPort(text); err == nil {
		return with.Addr(), true
	}
	if inside, bracketed := strings.CutPrefix(text, "["); bracketed {
		text, bracketed = strings.CutSuffix(inside, "]")
		if !bracketed {
			return netip.Addr{}, false
		}
	}
	at, err := netip.ParseAddr(text)
	return at, err == nil
}

// Target gives a request's target with repeated slashes of its path as one. Base URLs often end in a slash, and paths
// begin with one. What follows the path stays as it is.
func Target(target string) string {
	path, query, asked := strings.Cut(target, "?")
	if !strings.HasPrefix(path, "/") || !strings.Contains(path, "//") {
		return target
	}
	short := make([]byte, 0, len(target))
	for i := range len(path) {
		if path[i] != '/' || i == 0 || path[i-1] != '/' {
			short = append(short, path[i])
		}
	}
	if asked {
		return string(short) + "?" + query
	}
	return string(short)
}
