package zitadel

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"whoseline/handlers/edge"
	"whoseline/handlers/edge/edgetest"
	"whoseline/handlers/zitadel/zitadelproto"
)

func FuzzZITADELBody(f *testing.F) {
	for _, seed := range []string{
		`{"phone":"+2348012345678"}`, `{"phone":"+2348012345678","returnCode":{}}`, `{"isVerified":true,"sendCode":{}}`, `{"phone":1}`,
		`{"code":"123456"}`, `{"user_id":"a","phone":null,"unknown":[{"a":[1e9]}]}`, `{`, `[]`, ``, "{\"phone\":\"\xff\"}", `{"phone":"\ud800"}`,
		`{"@type":"x","phone":"1"}`, `{"phone":"1","phone":"2"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		q := &zitadelproto.SetPhoneRequest{}
		if err := readJSON(body, q); err != nil {
			edgetest.Refused(t, err)
			told := refusalOf(zitadelproto.UserServiceSetPhoneProcedure, edge.Translate(err)).json()
			if !json.Valid(told) || !utf8.Valid(told) || bytes.ContainsAny(told, "\n\u00a0") && !bytes.Contains(body, []byte("\u00a0")) {
				t.Errorf("%q is answered %q", body, told)
			}
			return
		}
		again := &zitadelproto.SetPhoneRequest{}
		if err := protojson.Unmarshal(writeJSON(q), again); err != nil || !proto.Equal(q, again) {
			t.Errorf("%q comes back as %v, %v", body, again, err)
		}
	})
}

// FuzzZITADELFrame throws bodies at the calls, whose services are the real ones but for what lies behind them: whoever
// shows no token is refused before a message is read, so that Healthz and a call without a door are asked.
func FuzzZITADELFrame(f *testing.F) {
	seed := func(flags byte, size uint32, message string) {
		f.Add(append(binary.BigEndian.AppendUint32([]byte{flags}, size), message...))
	}
	seed(0, 8, "\x0a\x06123456")
	seed(0, 0, "")
	seed(1, 2, "\x0a\x00")
	seed(0x80, 4, "a: b")
	seed(0, 1<<31, "\x0a")
	seed(0, 3, "\x0a\x01\xff")
	f.Add([]byte{})
	f.Add([]byte{0, 0})
	e := edgetest.New(edge.Options{Bounds: edge.NewBounds(edge.Limits{Body: 1 << 10})})
	rpc := newRPC(&dialect{Edge: e})
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, procedure := range []string{zitadelproto.AuthServiceHealthzProcedure, zitadelproto.AuthServiceVerifyMyPhoneProcedure, "/zitadel.x/Y"} {
			for _, kind := range rpcTypes {
				answered(t, called{rpc}, procedure, kind, body)
			}
		}
		decoded(t, body)
	})
}

// called lets a test call an RPC as HTTP/2 does.
type called struct{ *rpc }

func (c called) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	c.Serve(w, q, c.Bounds.NewIncoming(q.Body, q.ContentLength))
}

// answered fails the test unless a call is answered as gRPC has it, with a status that it knows.
func answered(t *testing.T, rpc http.Handler, procedure, kind string, body []byte) {
	t.Helper()
	q := httptest.NewRequest("POST", procedure, bytes.NewReader(body))
	q.Header.Set("Content-Type", kind)
	w := httptest.NewRecorder()
	rpc.ServeHTTP(w, q)
	got := w.Result()
	defer got.Body.Close()
	status := got.Header.Get("Grpc-Status") + got.Trailer.Get("Grpc-Status") + w.Header().Get(http.TrailerPrefix+"Grpc-Status")
	text := w.Body.String()
	if plain, err := base64.StdEncoding.DecodeString(text); err == nil && strings.HasPrefix(kind, webText) {
		text = string(plain)
	}
	if _, in, there := strings.Cut(text, "grpc-status: "); there {
		status, _, _ = strings.Cut(in, "\r\n")
	}
	if w.Code != http.StatusOK || status == "" || status == "2" || got.Header.Get("Content-Type") != kind {
		t.Errorf("%s as %s: %d, status %q, %q", procedure, kind, w.Code, status, w.Body)
	}
}

// decoded fails the test unless a message that can be read is one that can be written and read again.
func decoded(t *testing.T, body []byte) {
	t.Helper()
	q := &zitadelproto.SetPhoneRequest{}
	if err := (codec{}).Unmarshal(body, q); err != nil {
		if !utf8.ValidString(err.Error()) {
			t.Errorf("%q", err)
		}
		return
	}
	text, err := codec{}.Marshal(q)
	again := &zitadelproto.SetPhoneRequest{}
	if err != nil || (codec{}).Unmarshal(text, again) != nil || !proto.Equal(q, again) {
		t.Errorf("%x comes back as %v, %v", body, again, err)
	}
}
