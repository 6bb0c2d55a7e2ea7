package edge

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"whoseline/models"
)

// head is the head of a request as it may go on to the server.
type head struct {
	method, target, version string
	kind                    string // the type of the body, by which some dialects tell how to refuse it
	fields                  []byte // as they came, but for those that frame the body
	count                   int
	length                  int64 // of the body; -1 = chunked
	expects                 bool  // the client waits for leave before it sends the body
	lengths, codings, hosts int
	once                    [len(single)]bool
}

// single are the headers of which a request may have one. Servers and proxies differ in which of two they believe.
// Idempotency-Key is not among them: the dialect that reads it refuses a second one in its own words.
var single = [...]string{
	"token", "authorization", "companyid", "username", "password", "content-type", "content-encoding", "expect",
	"origin", "sec-fetch-site",
}

// Twice names a header that a request has more than once although only one has a meaning. It gives "" when there is
// none.
func Twice(header http.Header) string {
	for _, name := range single {
		if len(header[http.CanonicalHeaderKey(name)]) > 1 {
			return name
		}
	}
	return ""
}

// HeaderSize is how long a request of HTTP/2 would be as a head of HTTP/1.1.
func HeaderSize(r *http.Request) int {
	size := len(r.Method) + len(r.RequestURI) + len("  HTTP/1.1\r\n") + len("Host: \r\n") + len(r.Host)
	for name, values := range r.Header {
		for _, value := range values {
			size += len(name) + len(": \r\n") + len(value)
		}
	}
	return size
}

// errFraming refuses what is not HTTP as RFC 9112 has it.
var errFraming = models.Fail(models.Invalid, "the request is not valid HTTP")

func errTwice(name string) *models.Error {
	return models.Fail(models.Invalid, "the header "+name+" must be given once")
}

// RefuseTwice gives the refusal of a header that Twice names, nil for "".
func RefuseTwice(name string) *models.Error {
	if name == "" {
		return nil
	}
	return errTwice(name)
}

// parseHead reads a head, from the request line to the line before the empty one, each line with its CRLF. A refused
// head still gives what can be told of method and target, because the path decides the words of the refusal.
func parseHead(raw []byte) (h head, refused *models.Error) {
	h = head{method: "GET", target: "/", version: "HTTP/1.1"}
	line, rest, whole := bytes.Cut(raw, crlf)
	if !whole || !h.start(line) {
		return h, errFraming
	}
	for len(rest) > 0 {
		line, rest, whole = bytes.Cut(rest, crlf)
		if !whole {
			return h, errFraming
		}
		if err := h.field(line); err != nil && refused == nil {
			refused = err
		}
	}
	if refused == nil && !h.framed() {
		refused = errFraming
	}
	return h, refused
}

var crlf = []byte("\r\n")

// start reads the request line.
func (h *head) start(line []byte) bool {
	parts := strings.Split(string(line), " ")
	if len(parts) != 3 || !isToken(parts[0]) || !isTarget(parts[1]) {
		return false
	}
	h.method, h.target, h.version = parts[0], parts[1], parts[2]
	return h.version == "HTTP/1.1" || h.version == "HTTP/1.0"
}

// field reads one header field. A line that begins with a blank is none: it would continue the line before.
func (h *head) field(line []byte) *models.Error {
	name, value, there := strings.Cut(string(line), ":")
	value = strings.Trim(value, " \t")
	if !there || !isToken(name) || !isValue(value) {
		return errFraming
	}
	if h.count++; h.count > MaxFields {
		return errHeaders
	}
	name = strings.ToLower(name)
	if i := slices.Index(single[:], name); i >= 0 {
		if h.once[i] {
			return errTwice(name)
		}
		h.once[i] = true
	}
	return h.keep(name, value, line)
}

// keep takes out what frames the body and passes everything else on.
func (h *head) keep(name, value string, line []byte) *models.Error {
	switch name {
	case "content-length":
		return h.contentLength(value)
	case "transfer-encoding":
		return h.transferEncoding(value)
	case "host":
		if h.hosts++; h.hosts > 1 || !isHost(value) {
			return errFraming
		}
	case "content-type":
		h.kind = value
	case "expect":
		h.expects = strings.EqualFold(value, "100-continue")
		return nil
	}
	h.fields = append(append(h.fields, line...), crlf...)
	return nil
}

func (h *head) contentLength(value string) *models.Error {
	n, err := strconv.ParseInt(value, 10, 64)
	if h.lengths++; err != nil || h.lengths > 1 || strings.Trim(value, "0123456789") != "" {
		return errFraming
	}
	h.length = n
	return nil
}

func (h *head) transferEncoding(value string) *models.Error {
	if h.codings++; h.codings > 1 || !strings.EqualFold(value, "chunked") {
		return errFraming
	}
	h.length = -1
	return nil
}

// framed tells whether it is certain where the request ends and for whom it is.
func (h *head) framed() bool {
	if h.codings > 0 && (h.lengths > 0 || h.version == "HTTP/1.0") {
		return false
	}
	return h.hosts == 1 || h.version == "HTTP/1.0"
}

// forward is the head as the server gets it: without a body, which handlers read from the connection.
func (h *head) forward() []byte {
	out := make([]byte, 0, len(h.method)+len(h.target)+len(h.fields)+40)
	out = append(append(append(out, h.method...), ' '), h.target...)
	out = append(append(append(out, ' '), h.version...), crlf...)
	return append(append(out, h.fields...), "Content-Length: 0\r\n\r\n"...)
}

// substitute is the head that the server gets in place of one that is refused: enough to word the refusal.
func (h *head) substitute() []byte {
	path, _, _ := strings.Cut(h.target, "?")
	if !strings.HasPrefix(path, "/") {
		path = "/"
	}
	kind := ""
	if h.kind != "" {
		kind = "Content-Type: " + h.kind + "\r\n"
	}
	return []byte(h.method + " " + path + " HTTP/1.1\r\nHost: refused.invalid\r\n" + kind + "Connection: close\r\nContent-Length: 0\r\n\r\n")
}

func isToken(text string) bool {
	for i := range len(text) {
		c := text[i]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
		if !letter && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return text != ""
}

func isTarget(text string) bool {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] == 0x7f || text[i] == '#' {
			return false
		}
	}
	return text != ""
}

// isValue lets everything through but control characters: NUL, CR and LF mean different things to different readers.
func isValue(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' && text[i] != '\t' || text[i] == 0x7f {
			return false
		}
	}
	return true
}

func isHost(text string) bool {
	for i := range len(text) {
		c := text[i]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
		if !letter && strings.IndexByte("-._~%!$&'()*+;=:[]", c) < 0 {
			return false
		}
	}
	return true
}
