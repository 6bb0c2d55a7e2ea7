package handlers_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// secondVersion tells whether a request is to go over HTTP/2.
func secondVersion(request string) bool {
	line, _, _ := strings.Cut(request, "\r\n")
	return strings.HasSuffix(line, " HTTP/2.0")
}

// call sends a request over a connection of HTTP/2 without TLS, as clients of gRPC do.
func (c *conversation) call(t *testing.T, text string) chan answer {
	t.Helper()
	request, err := http.ReadRequest(bufio.NewReader(strings.NewReader(strings.Replace(text, " HTTP/2.0", " HTTP/1.1", 1))))
	must(t, err)
	request.URL.Scheme, request.URL.Host, request.RequestURI, request.Close = "http", c.addr, "", false
	request.Header.Del("Connection")
	over := &http.Transport{Protocols: new(http.Protocols), DisableCompression: true, ResponseHeaderTimeout: time.Minute}
	over.Protocols.SetUnencryptedHTTP2(true)
	came := make(chan answer, 1)
	go func() {
		defer over.CloseIdleConnections()
		a := answer{line: request.Method + " " + request.URL.RequestURI()}
		response, err := over.RoundTrip(request)
		if err != nil {
			a.err = err
			came <- a
			return
		}
		defer response.Body.Close()
		came <- a.read(response)
	}()
	return came
}

// frames shows messages as they go over the wire: flags, length, content. The one with gRPC-Web's trailers is text.
func frames(body []byte) string {
	var text strings.Builder
	for len(body) >= 5 {
		size := min(int(binary.BigEndian.Uint32(body[1:5])), len(body)-5)
		if body[0]&0x80 != 0 {
			fmt.Fprintf(&text, "%02x %x\n%s", body[0], body[1:5], strings.ReplaceAll(string(body[5:5+size]), "\r\n", "\n"))
		} else {
			text.WriteString(strings.TrimSpace(fmt.Sprintf("%02x %x %x", body[0], body[1:5], body[5:5+size])) + "\n")
		}
		body = body[5+size:]
	}
	if len(body) > 0 {
		fmt.Fprintf(&text, "left over: %x\n", body)
	}
	return text.String()
}
