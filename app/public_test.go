package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/config"
	"whoseline/handlers/edge"
)

// listening is a public side with handlers of the test's own, and clients of both versions of HTTP.
func listening(t *testing.T, one fiber.Handler, two http.HandlerFunc) (p *Public, base string, clients map[string]*http.Client) {
	t.Helper()
	on, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := &App{HTTP: fiber.New(fiber.Config{DisableStartupMessage: true}), HTTP2: two, Config: config.Default(), log: slog.New(slog.DiscardHandler)}
	a.Bounds = edge.NewBounds(a.bounds(nil))
	a.HTTP.Use(one)
	p = a.Serve(on)
	clients = map[string]*http.Client{}
	for name, protocols := range map[string]func(*http.Protocols){
		"HTTP/1.1": func(p *http.Protocols) { p.SetHTTP1(true) }, "HTTP/2.0": func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) },
	} {
		over := &http.Transport{Protocols: new(http.Protocols)}
		protocols(over.Protocols)
		clients[name] = &http.Client{Transport: over, Timeout: time.Minute}
		t.Cleanup(over.CloseIdleConnections)
	}
	return p, "http://" + on.Addr().String(), clients
}

// fetch gives what a client reads at an address, and the protocol by which it came.
func fetch(ctx context.Context, c *http.Client, at string) (text, proto string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at, http.NoBody)
	if err != nil {
		return "", "", err
	}
	response, err := c.Do(request)
	if err != nil {
		return "", "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), response.Proto, err
}

func TestAShutdownLetsWhatIsUnderWayFinishInBothVersions(t *testing.T) {
	t.Parallel()
	arrived, release := make(chan string, 2), make(chan struct{})
	p, base, clients := listening(t, func(c *fiber.Ctx) error {
		arrived <- "HTTP/1.1"
		<-release
		return c.SendString("done")
	}, func(w http.ResponseWriter, _ *http.Request) {
		arrived <- "HTTP/2.0"
		<-release
		_, _ = io.WriteString(w, "done")
	})
	ended := make(chan error, 2)
	for name, client := range clients {
		go func() {
			text, proto, err := fetch(t.Context(), client, base)
			if err == nil && (text != "done" || proto != name) {
				err = errors.New(name + ": " + proto + " " + text)
			}
			ended <- err
		}()
	}
	<-arrived
	<-arrived
	stopped := make(chan error, 1)
	go func() { stopped <- p.Shutdown(time.Minute) }()
	for name := range clients { // nobody else gets in
		for refused := false; !refused; {
			c, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
			if refused = err != nil; !refused {
				_ = c.Close()
			}
		}
		if len(stopped) > 0 {
			t.Errorf("%s: it did not wait", name)
		}
	}
	close(release)
	for range clients {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if len(p.Failed) > 0 {
		t.Errorf("a shutdown counts as a failure: %v", <-p.Failed)
	}
}

func TestAShutdownDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"HTTP/1.1", "HTTP/2.0"} {
		arrived, release := make(chan struct{}, 1), make(chan struct{})
		p, base, clients := listening(t, func(*fiber.Ctx) error {
			arrived <- struct{}{}
			<-release
			return nil
		}, func(http.ResponseWriter, *http.Request) {
			arrived <- struct{}{}
			<-release
		})
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_, _, _ = fetch(t.Context(), clients[version], base) // it may be cut off
		}()
		<-arrived
		if err := p.Shutdown(time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", version, err)
		}
		close(release)
		<-ended
	}
}

func TestHeadersOfTheSecondVersionHaveALimit(t *testing.T) {
	t.Parallel()
	p, base, clients := listening(t, func(*fiber.Ctx) error { return nil }, func(http.ResponseWriter, *http.Request) {})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", strings.Repeat("a", 8*edge.MaxHeader))
	response, err := clients["HTTP/2.0"].Do(request)
	if err == nil {
		_ = response.Body.Close()
		if response.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("status %d", response.StatusCode)
		}
	}
	if _, _, err := fetch(t.Context(), clients["HTTP/2.0"], base); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	if err := p.Shutdown(time.Minute); err != nil {
		t.Error(err)
	}
}
