package load

import (
	"errors"
	"testing"
)

func TestParseFindsOneWholeResponse(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, text   string
		status, size int
		err          error
	}{
		{"whole", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 200, 40, nil},
		{"lower case", "HTTP/1.1 402 Payment Required\r\ncontent-length: 0\r\nx: y\r\n\r\n", 402, 58, nil},
		{"more behind it", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP", 200, 40, nil},
		{"half a head", "HTTP/1.1 200 OK\r\nContent-Le", 0, 0, nil},
		{"half a body", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}", 0, 0, nil},
		{"nothing", "", 0, 0, nil},
		{"no length", "HTTP/1.1 200 OK\r\nServer: x\r\n\r\n", 0, 0, errNoLength},
		{"no digits", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", 0, 0, errNoLength},
		{"another protocol", "SSH-2.0-OpenSSH_9.2p1\r\n\r\n", 0, 0, errNotHTTP},
		{"no status", "HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n", 0, 0, errNotHTTP},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			status, size, err := parse([]byte(c.text))
			if status != c.status || size != c.size || !errors.Is(err, c.err) {
				t.Errorf("got %d, %d, %v; want %d, %d, %v", status, size, err, c.status, c.size, c.err)
			}
		})
	}
}
