package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	path     = "/v2/api/identity/ng/phone"
	question = `{"mobile":"08000000000","isSubjectConsent":true}`
)

// attack is what one hostile connection does, again and again until the round ends.
type attack struct {
	name string
	do   func(ctx context.Context, g *gateway, conn net.Conn)
	h2   func(ctx context.Context, g *gateway, client *http.Client)
}

var attacks = []attack{
	{name: "no credential", do: asking("")},
	{name: "unknown keys", do: asking("token: wl_live_%024d\r\n")},
	{name: "large bodies", do: large},
	{name: "dripping heads", do: func(ctx context.Context, _ *gateway, c net.Conn) { drip(ctx, c, head("", 9)) }},
	{name: "dripping bodies", do: drippingBody},
	{name: "idle", do: func(ctx context.Context, _ *gateway, c net.Conn) { heed(ctx, c) }},
	{name: "HTTP/2 streams", h2: streams},
	{name: "HTTP/2 resets", h2: resets},
	{name: "TCP resets", do: reset},
}

// attack starts the hostile connections, in a process that yields to the gateway and to honest callers: in life it has
// machines of its own. It returns when all are there.
func (g *gateway) attack(a attack) (relent func()) {
	self, err := os.Executable()
	if err != nil {
		panic(err) // nothing goes on without it
	}
	command := exec.Command("nice", "-n", "19", self, "-conns", fmt.Sprint(*conns), "-kind", a.name, "-enemy", g.HTTP, "-token", g.LiveToken)
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	in, err := command.StdinPipe()
	if err != nil {
		panic(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		panic(err)
	}
	if err := command.Start(); err != nil {
		panic(err)
	}
	_, _ = bufio.NewReader(out).ReadString('\n')
	return func() {
		_ = in.Close()
		_ = command.Wait()
	}
}

// besiege is what that process does.
func besiege(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	g := &gateway{HTTP: *enemy, LiveToken: *token}
	var enemies sync.WaitGroup
	for n := range *conns {
		for i := range attacks {
			if attacks[i].name == *only {
				enemies.Go(func() { attacks[i].open(ctx, g, n) })
			}
		}
	}
	rest(ctx, 2*time.Second)
	fmt.Println("there")
	enemies.Wait()
}

// open is one hostile connection, from an address that only a few share. When it is closed it comes again.
func (a *attack) open(ctx context.Context, g *gateway, n int) {
	from := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+n%200))}, Timeout: 5 * time.Second}
	if a.h2 != nil {
		transport := &http.Transport{DialContext: from.DialContext, Protocols: new(http.Protocols), MaxConnsPerHost: 1}
		transport.Protocols.SetUnencryptedHTTP2(true)
		defer transport.CloseIdleConnections()
		for rest(ctx, time.Duration(n%500)*time.Millisecond) {
			a.h2(ctx, g, &http.Client{Transport: transport})
		}
		return
	}
	for rest(ctx, time.Duration(n%500)*time.Millisecond) {
		conn, err := from.DialContext(ctx, "tcp", g.HTTP)
		if err != nil {
			continue
		}
		over := context.AfterFunc(ctx, func() { conn.Close() })
		a.do(ctx, g, conn)
		over()
		conn.Close()
	}
}

// head begins a request whose body is said to be so long.
func head(credential string, length int) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: whoseline\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n", path, credential, length)
}

// heed reads until the other side has had enough.
func heed(_ context.Context, conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// asking sends a whole request each second. The credential may hold a place for a number.
func asking(credential string) func(context.Context, *gateway, net.Conn) {
	return func(ctx context.Context, _ *gateway, conn net.Conn) {
		go heed(ctx, conn)
		for n := time.Now().UnixNano(); ; n++ {
			text := credential
			if text != "" {
				text = fmt.Sprintf(text, n)
			}
			if _, err := io.WriteString(conn, head(text, len(question))+question); err != nil || !rest(ctx, time.Second) {
				return
			}
		}
	}
}

// large sends as much as is taken of a body of 64 MiB, with the key of a customer.
func large(ctx context.Context, g *gateway, conn net.Conn) {
	go heed(ctx, conn)
	_, err := io.WriteString(conn, head("token: "+g.LiveToken+"\r\n", 64<<20))
	for part := strings.Repeat("x", 64<<10); err == nil && rest(ctx, 50*time.Millisecond); {
		_, err = io.WriteString(conn, part)
	}
}

func drippingBody(ctx context.Context, g *gateway, conn net.Conn) {
	if _, err := io.WriteString(conn, head("token: "+g.LiveToken+"\r\n", 60_000)); err == nil {
		drip(ctx, conn, strings.Repeat(" ", 60_000))
	}
}

// drip sends a byte at a time.
func drip(ctx context.Context, conn net.Conn, text string) {
	go heed(ctx, conn)
	for i := range len(text) {
		if _, err := io.WriteString(conn, text[i:i+1]); err != nil || !rest(ctx, 500*time.Millisecond) {
			return
		}
	}
}

// reset sends half a request and breaks the connection.
func reset(ctx context.Context, _ *gateway, conn net.Conn) {
	_, _ = io.WriteString(conn, head("", 1000)+"half")
	rest(ctx, 500*time.Millisecond)
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
}

// streams keeps 20 requests open whose bodies never end, and opens them again when they were refused, after a while.
func streams(ctx context.Context, g *gateway, client *http.Client) {
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			never, end := io.Pipe()
			stop := context.AfterFunc(ctx, func() { end.Close() })
			defer stop()
			post(ctx, g, client, never)
			end.Close()
		})
	}
	all.Wait()
	rest(ctx, time.Duration(2000+rand.IntN(6000))*time.Millisecond)
}

// resets begins requests and takes them back at once.
func resets(ctx context.Context, g *gateway, client *http.Client) {
	for rest(ctx, 500*time.Millisecond) {
		short, cancel := context.WithTimeout(ctx, time.Millisecond)
		never, end := io.Pipe()
		post(short, g, client, never)
		end.Close()
		cancel()
	}
}

func post(ctx context.Context, g *gateway, client *http.Client, body io.Reader) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+g.HTTP+path, body)
	if err != nil {
		return
	}
	response, err := client.Do(request)
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, response.Body)
	response.Body.Close()
}
