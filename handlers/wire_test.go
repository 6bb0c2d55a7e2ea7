package handlers_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"whoseline/models"
)

// named are the headers that docs/dialects names: an answer has those that its golden section shows, and no other.
var named = []string{
	"Content-Type", "Access-Control-Allow-Origin", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers", "Allow", "WWW-Authenticate", "Retry-After", "Idempotent-Replayed", "Whoseline-Charge", "Whoseline-Balance",
	"Whoseline-Ledger-Entry", "X-Request-Id", "X-Correlator", "RateLimit", "RateLimit-Policy", "RateLimit-Limit",
	"RateLimit-Remaining", "RateLimit-Reset", "Grpc-Status", "Grpc-Message", "Grpc-Status-Details-Bin",
}

// answer is what came back for a request.
type answer struct {
	line    string // METHOD path, of the request
	proto   string // HTTP/1.1 or HTTP/2.0
	status  int
	header  http.Header
	body    []byte
	trailer http.Header
	err     error
}

// String is the form of golden files.
func (a answer) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s %d %s\n", a.proto, a.status, http.StatusText(a.status))
	list(&text, a.header)
	body := string(a.body)
	if strings.HasPrefix(a.header.Get("Content-Type"), "application/grpc") {
		list(&text, a.trailer) // they come last, and are shown where a reader looks for them
		return text.String() + "\n" + frames(a.body)
	}
	if strings.HasPrefix(a.header.Get("Content-Type"), "text/") || strings.HasSuffix(a.header.Get("Content-Type"), "yaml") {
		body = "<a document>"
	}
	body = token.ReplaceAllString(secret.ReplaceAllString(body, `"<a secret>"`), `"<a token>"`)
	body = person.ReplaceAllString(body, `"user_id":"<hex>"`)
	return text.String() + "\n" + fold(body) + "\n"
}

func list(text *strings.Builder, header http.Header) {
	for _, name := range named {
		for _, value := range header.Values(name) {
			fmt.Fprintf(text, "%s: %s\n", name, value)
		}
	}
}

var (
	secret = regexp.MustCompile(`"whsec_[A-Za-z0-9+/]{43}="`)                     // of a webhook
	token  = regexp.MustCompile(`"(eyJ[\w-]+\.[\w-]+\.[\w-]{43}(?:[\w-]{43})?)"`) // a signed one, HS256 or HS512
	person = regexp.MustCompile(`"user_id":"[0-9a-f]{32}"`)                       // depends on the key of the blind index
)

// fold shows a hundred and more of one letter as requests write it, such as <16376*a>.
func fold(text string) string {
	for from := 0; from < len(text); from++ {
		rest := strings.TrimLeft(text[from:], text[from:from+1])
		if n := len(text) - from - len(rest); n >= 100 {
			text = text[:from] + fmt.Sprintf("<%d*%c>", n, text[from]) + rest
		}
	}
	return text
}

// check looks at what every answer must have: its own id, no trace in caches, and the shape that the document gives it.
func (a answer) check(t *testing.T) {
	t.Helper()
	must(t, a.err)
	if id := a.header.Get("Request-Id"); !models.IsID(id) {
		t.Errorf("Request-Id %q", id)
	}
	if cached := a.header.Get("Cache-Control"); cached != "no-store" && !strings.Contains(a.line, "/docs") {
		t.Errorf("Cache-Control %q", cached)
	}
	if err := documented(t, a); err != nil {
		t.Errorf("%s answers %d, which is not as the document says: %v", a.line, a.status, err)
	}
}

var (
	placeholder = regexp.MustCompile(`<(?:hex ([0-9a-f]+)|(\d+)\*(.)|(cursor)|token(\d*))>`)
	nextCursor  = regexp.MustCompile(`"nextCursor":"([^"]+)"`)
)

// request makes the bytes of a request of its golden section.
func (c *conversation) request(text string) string {
	head, body, _ := strings.Cut(strings.TrimSuffix(text, "\n"), "\n\n")
	fill := func(found string) string {
		of := placeholder.FindStringSubmatch(found)
		if raw, err := hex.DecodeString(of[1]); err == nil && of[1] != "" {
			return string(raw)
		}
		if n, err := strconv.Atoi(of[2]); err == nil {
			return strings.Repeat(of[3], n)
		}
		if strings.HasPrefix(found, "<token") {
			return c.token(of[5])
		}
		if cursor := nextCursor.FindSubmatch(c.answer.body); cursor != nil {
			return string(cursor[1])
		}
		return ""
	}
	head, body = placeholder.ReplaceAllStringFunc(head, fill), placeholder.ReplaceAllStringFunc(body, fill)
	head += "\nHost: gateway.example\nConnection: close"
	if body != "" {
		head += "\nContent-Length: " + strconv.Itoa(len(body))
	}
	return strings.ReplaceAll(head, "\n", "\r\n") + "\r\n\r\n" + body
}

// token gives the token of a numbered answer, or of the newest that had one.
func (c *conversation) token(number string) string {
	for i := len(c.tokens) - 1; i >= 0; i-- {
		if number == "" || c.tokens[i].number == number {
			return c.tokens[i].text
		}
	}
	return ""
}

// begin sends a request. Its answer comes in the channel. While it is waited for, whatever is asked of the database must
// have a deadline.
func (c *conversation) begin(t *testing.T, request string) chan answer {
	t.Helper()
	c.asking.Add(1)
	came, told := c.start(t, request), make(chan answer, 1)
	go func() {
		a := <-came
		c.asking.Add(-1)
		told <- a
	}()
	return told
}

func (c *conversation) start(t *testing.T, request string) chan answer {
	t.Helper()
	if secondVersion(request) {
		return c.call(t, request)
	}
	came := make(chan answer, 1)
	conn, err := net.Dial("tcp", c.addr)
	must(t, err)
	must(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	_, err = io.WriteString(conn, request)
	must(t, err)
	go func() {
		defer conn.Close()
		came <- receive(conn, request)
	}()
	return came
}

func receive(conn io.Reader, request string) (a answer) {
	words := strings.Fields(request)
	a.line = words[0] + " " + words[1]
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: words[0]})
	if err != nil {
		return answer{line: a.line, err: err}
	}
	defer response.Body.Close()
	return a.read(response)
}

func (a answer) read(response *http.Response) answer {
	a.proto, a.status, a.header = response.Proto, response.StatusCode, response.Header
	a.body, a.err = io.ReadAll(response.Body)
	a.trailer = response.Trailer
	return a
}

// waitForHold returns once a started request has set money aside, and so waits for its source.
func (c *conversation) waitForHold(t *testing.T, came chan answer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for holding := int64(0); holding == 0; {
		if len(came) > 0 {
			t.Fatalf("answered before anything was held: %v", <-came)
		}
		must(t, c.app.DB.Gorm.WithContext(ctx).Model(&models.Wallet{}).Where("held > 0").Count(&holding).Error)
	}
}

// bytesOf is the body as a reader, for the validator.
func (a answer) bytesOf() io.ReadCloser { return io.NopCloser(bytes.NewReader(a.body)) }
