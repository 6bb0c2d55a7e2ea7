package app

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"whoseline/test/wait"
)

// split is a front that runs until the test ends, and where it listens.
func split(t *testing.T, wait time.Duration) (*front, string) {
	t.Helper()
	on, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := newFront(on, wait)
	ended := make(chan error, 1)
	go func() { ended <- f.run() }()
	t.Cleanup(func() {
		_ = f.stop(0) // the test may have stopped it
		if err := <-ended; err != nil {
			t.Error(err)
		}
		for _, s := range []*side{f.one, f.two} {
			_ = s.Close()
		}
	})
	return f, on.Addr().String()
}

// dial opens a connection and sends parts, each in a packet of its own as far as that can be.
func dial(t *testing.T, addr string, parts ...string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	for _, part := range parts {
		if _, err := io.WriteString(c, part); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func TestAConnectionGoesToTheServerWhoseLanguageItSpeaks(t *testing.T) {
	t.Parallel()
	f, addr := split(t, time.Minute)
	for _, one := range []struct {
		name  string
		parts []string
		to    *side
	}{
		{"a request", []string{"GET / HTTP/1.1\r\n"}, f.one},
		{"one that begins like the preface", []string{"POST /", " HTTP/1.1\r\n"}, f.one},
		{"a method that begins like the preface", []string{"PRINT /", " HTTP/1.1\r\n"}, f.one},
		{"almost the preface", []string{preface[:len(preface)-1], "\rmore"}, f.one},
		{"the preface", []string{preface, "frames"}, f.two},
		{"the preface, in pieces", append(strings.Split(preface, ""), "frames"), f.two},
		{"nonsense", []string{"\x16\x03\x01"}, f.one},
	} {
		sent := dial(t, addr, one.parts...)
		got, err := one.to.Accept()
		if err != nil {
			t.Fatalf("%s: %v", one.name, err)
		}
		_ = sent.(*net.TCPConn).CloseWrite()
		text, err := io.ReadAll(bufio.NewReaderSize(got, 16))
		if want := strings.Join(one.parts, ""); string(text) != want || err != nil {
			t.Errorf("%s: %q, want %q, %v", one.name, text, want, err)
		}
		_ = got.Close()
	}
}

func TestWhoeverSaysNothingIsCutOff(t *testing.T) {
	t.Parallel()
	f, addr := split(t, time.Millisecond)
	for _, part := range []string{"", "P"} {
		c := dial(t, addr, part)
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("after %q: %v", part, err)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.silent) > 0 {
		t.Errorf("%d connections are remembered", len(f.silent))
	}
}

func TestStoppingLeavesWhatIsUndecidedAWhile(t *testing.T) {
	t.Parallel()
	f, addr := split(t, time.Minute)
	late, silent := dial(t, addr), dial(t, addr)
	wait.Until(t, "both are noted", func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		return len(f.silent) == 2
	})
	var stopping sync.WaitGroup
	stopping.Go(func() { _ = f.stop(2 * time.Second) })
	for refused := false; !refused; { // it accepts nothing more
		c, err := net.Dial("tcp", addr)
		if refused = err != nil; !refused {
			_ = c.Close()
		}
	}
	if _, err := io.WriteString(late, "GET / HTTP/1.1\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	c, err := f.one.Accept()
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	if _, err := silent.Read(make([]byte, 1)); err == nil {
		t.Error("a silent connection gets an answer")
	}
	stopping.Wait()
}

func TestAConnectionWhoseServerIsGoneIsClosed(t *testing.T) {
	t.Parallel()
	f, addr := split(t, time.Minute)
	_ = f.two.Close()
	c := dial(t, addr, preface)
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("it is still open")
	}
	if _, err := f.two.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("%v", err)
	}
}
