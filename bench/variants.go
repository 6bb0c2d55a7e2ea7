//go:build linux

package main

import (
	"strings"
	"time"

	"whoseline/bench/naive"
)

// The servers that answer lookups over HTTP.
const (
	gatewayServer    = "gateway"
	slowSourceServer = "gateway-slow-source"
	codesServer      = "gateway-codes"
	naiveServer      = "naive"
)

// variant is one thing that is measured: a server under load or a reference script.
type variant struct {
	name    string
	what    string
	conns   int    // connections, or pgbench's clients
	server  string // empty: a script
	path    string
	uniform bool // the lookups go to all wallets in equal shares, not to one
	script  string
	warm    time.Duration
	codes   bool // a code is sent and typed back: two requests are one of what is counted
}

func (v variant) isGateway() bool { return v.server != "" && v.server != naiveServer }

const (
	shortWarm = 300 * time.Millisecond
	longWarm  = time.Second // a thousand callers of a slow source take longer to fall into step
)

// variants are in the order of a round; neighbours are compared with each other.
var variants = []variant{
	script("two_hot", 1), overHTTP("gateway_hot_1", gatewayServer, 1, false),
	script("two_hot", 4), script("two_hot", 8), script("two_hot", 16),
	overHTTP("gateway_hot_256", gatewayServer, 256, false), overHTTP("gateway_hot_64", gatewayServer, 64, false),
	script("two_hot", 64), overHTTP("naive_hot_64", naiveServer, 64, false), script("cte_hot", 64), script("two_uni", 8),
	overHTTP("gateway_uniform_64", gatewayServer, 64, true),
	script("two_uni", 64), overHTTP("naive_uniform_64", naiveServer, 64, true), script("cte_uni", 64),
	overHTTP("slow_source_hot_64", slowSourceServer, 64, false), overHTTP("slow_source_hot_1024", slowSourceServer, 1024, false),
	slow(overHTTP("naive_slow_source_hot_1024", naiveServer, 1024, false)),
	codes("gateway_codes_64", codesServer, 64), codes("naive_codes_64", naiveServer, 64), codes("gateway_codes_1", codesServer, 1),
}

// script is a reference script under a number of clients.
func script(name string, clients int) variant {
	what := map[string]string{
		"two_hot": "pgbench, two transactions, one wallet",
		"two_uni": "pgbench, two transactions, 1,000 wallets",
		"cte_hot": "pgbench, one statement per phase, one wallet",
		"cte_uni": "pgbench, one statement per phase, 1,000 wallets",
	}
	return variant{name: name + "_" + itoa(clients), what: what[name], conns: clients, script: name}
}

// overHTTP is a server under a number of HTTP connections.
func overHTTP(name, server string, conns int, uniform bool) variant {
	what := map[string]string{
		gatewayServer:    "Whoseline",
		slowSourceServer: "Whoseline, source of 50 ms",
		naiveServer:      "Fiber and GORM, two transactions",
	}
	wallets, warm := ", one wallet", shortWarm
	if uniform {
		wallets = ", 1,000 wallets"
	}
	if server == slowSourceServer {
		warm = longWarm
	}
	return variant{
		name: name, what: what[server] + wallets, conns: conns, server: server, path: naive.Path,
		uniform: uniform, warm: warm,
	}
}

// slow turns a variant of the naive server to the source of 50 ms.
func slow(v variant) variant {
	v.path, v.warm = naive.SlowPath, longWarm
	v.what = strings.Replace(v.what, ", ", ", source of 50 ms, ", 1)
	return v
}

// codes is a server that sends codes to ever new people, who type them back.
func codes(name, server string, conns int) variant {
	what := map[string]string{codesServer: "Whoseline, a code sent and typed back", naiveServer: "Fiber and GORM, a code sent and typed back"}
	return variant{name: name, what: what[server], conns: conns, server: server, warm: longWarm, codes: true}
}

// choose keeps the variants that are named, in the order of a round.
func choose(names map[string]bool) []variant {
	var chosen []variant
	for _, v := range variants {
		if names[v.name] {
			chosen = append(chosen, v)
		}
	}
	return chosen
}
