package zitadel

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"github.com/gofiber/fiber/v2"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"whoseline/access"
	"whoseline/handlers/edge"
	"whoseline/handlers/edge/edgetest"
	"whoseline/handlers/zitadel/zitadelproto"
	"whoseline/models"
)

// The numbers and names by which the messages go over the wire are the far side's.
func TestTheMessagesAreTheFarSides(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		message proto.Message
		name    protoreflect.FullName
		fields  map[protoreflect.FieldNumber]string
	}{
		{&zitadelproto.ErrorDetail{}, "zitadel.v1.ErrorDetail", map[protoreflect.FieldNumber]string{1: "id", 2: "message"}},
		{
			&zitadelproto.ObjectDetails{}, "zitadel.v1.ObjectDetails",
			map[protoreflect.FieldNumber]string{1: "sequence", 2: "creationDate", 3: "changeDate", 4: "resourceOwner"},
		},
		{
			&zitadelproto.Details{}, "zitadel.object.v2.Details",
			map[protoreflect.FieldNumber]string{1: "sequence", 2: "changeDate", 3: "resourceOwner", 4: "creationDate"},
		},
		{&zitadelproto.Phone{}, "zitadel.user.v1.Phone", map[protoreflect.FieldNumber]string{1: "phone", 2: "isPhoneVerified"}},
		{&zitadelproto.GetMyPhoneResponse{}, "zitadel.auth.v1.GetMyPhoneResponse", map[protoreflect.FieldNumber]string{1: "details", 2: "phone"}},
		{&zitadelproto.SetMyPhoneRequest{}, "zitadel.auth.v1.SetMyPhoneRequest", map[protoreflect.FieldNumber]string{1: "phone"}},
		{&zitadelproto.VerifyMyPhoneRequest{}, "zitadel.auth.v1.VerifyMyPhoneRequest", map[protoreflect.FieldNumber]string{1: "code"}},
		{
			&zitadelproto.SetPhoneRequest{}, "zitadel.user.v2.SetPhoneRequest",
			map[protoreflect.FieldNumber]string{1: "userId", 2: "phone", 3: "sendCode", 4: "returnCode", 5: "isVerified"},
		},
		{&zitadelproto.SetPhoneResponse{}, "zitadel.user.v2.SetPhoneResponse", map[protoreflect.FieldNumber]string{1: "details", 2: "verificationCode"}},
		{
			&zitadelproto.ResendPhoneCodeRequest{}, "zitadel.user.v2.ResendPhoneCodeRequest",
			map[protoreflect.FieldNumber]string{1: "userId", 3: "sendCode", 4: "returnCode"},
		},
		{
			&zitadelproto.VerifyPhoneRequest{}, "zitadel.user.v2.VerifyPhoneRequest",
			map[protoreflect.FieldNumber]string{1: "userId", 2: "verificationCode"},
		},
		{&zitadelproto.RemovePhoneRequest{}, "zitadel.user.v2.RemovePhoneRequest", map[protoreflect.FieldNumber]string{1: "userId"}},
	} {
		d := one.message.ProtoReflect().Descriptor()
		if d.FullName() != one.name || d.Fields().Len() != len(one.fields) {
			t.Errorf("%s has %d fields, want %s with %d", d.FullName(), d.Fields().Len(), one.name, len(one.fields))
		}
		for number, name := range one.fields {
			if f := d.Fields().ByNumber(number); f == nil || f.JSONName() != name {
				t.Errorf("%s: field %d is %v, want %s", one.name, number, f, name)
			}
		}
	}
}

// Every operation that is declared is served, and has its errors; every code of gRPC that they have has a status of HTTP.
func TestEveryOperationHasItsErrors(t *testing.T) {
	t.Parallel()
	rpc := newRPC(&dialect{Edge: edgetest.New(edge.Options{})})
	declared := 1 // Healthz has none
	for _, file := range []protoreflect.FileDescriptor{zitadelproto.File_zitadel_auth_proto, zitadelproto.File_zitadel_user_service_proto} {
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			for j := range service.Methods().Len() {
				procedure := "/" + string(service.FullName()) + "/" + string(service.Methods().Get(j).Name())
				if rpc.services[procedure].Handler == nil {
					t.Errorf("%s is not served", procedure)
				}
				if refusals[procedure] != nil {
					declared++
				}
			}
		}
	}
	if declared != len(rpc.services) {
		t.Errorf("%d operations are served, %d are declared with their errors", len(rpc.services), declared)
	}
	tables := map[string]map[models.Code]refusal{"": anywhere}
	for procedure, lines := range refusals {
		tables[procedure] = lines
		if _, known := lines[models.NotFound]; !known {
			t.Errorf("%s does not say what an unknown user is", procedure)
		}
	}
	for procedure, lines := range tables {
		for code, line := range lines {
			if httpStatus[line.code] == 0 {
				t.Errorf("%s %s: %s has no status", procedure, code, line.code)
			}
		}
	}
}

// What possession refuses for reasons that no operation of the far side has is still nobody's fault but the caller's.
func TestNoRefusalOfPossessionIsOurOwnFault(t *testing.T) {
	t.Parallel()
	for procedure := range refusals {
		for _, code := range []models.Code{
			models.InsufficientFunds, models.NumberTaken, models.TooManySends, models.StepDisabled, models.ChannelRefused, models.Busy,
		} {
			if line := refusalOf(procedure, models.Fail(code, "")); line.code == connect.CodeInternal || line.message() == "" {
				t.Errorf("%s %s: %+v", procedure, code, line)
			}
		}
	}
}

func TestAnUnknownErrorIsOurOwnFaultAndTellsNothing(t *testing.T) {
	t.Parallel()
	line := refusalOf(zitadelproto.AuthServiceSetMyPhoneProcedure, models.Fault(errors.New("secret")))
	if line.message() != "Internal Server Error" || line.code != connect.CodeInternal || string(line.json()) != `{"code":13,"message":"Internal Server Error"}` {
		t.Errorf("%+v", line)
	}
}

func TestWhatIsWrongWithAJSONMessageIsToldInWordsThatStayTheSame(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"proto:\u00a0(line 1:9): invalid value for string field code: 123456": "proto: (line 1:9): invalid value for string type: 123456",
		"proto:  unexpected  EOF":      "proto: unexpected EOF",
		"a\xffb":                       "a\uFFFDb",
		"x" + strings.Repeat("y", 999): "x" + strings.Repeat("y", 499),
	} {
		if got := complaint(errors.New(said)); got != want {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
	}
}

func TestABearerTokenIsTakenOutOfItsHeader(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"": "", "Bearer a.b": "a.b", "bearer  a.b ": "a.b", "BEARER x": "x", "Bearer": "", "Bearer ": "", "Basic x": "", "Token x": "", "x": "",
	} {
		if token, sent := edge.Bearer(header); token != want || sent != (header != "") {
			t.Errorf("%q: %q, %v", header, token, sent)
		}
	}
}

// broken is a service that panics, as ours never should.
type broken struct {
	zitadelproto.UnimplementedAuthServiceHandler
}

func (broken) VerifyMyPhone(context.Context, *zitadelproto.VerifyMyPhoneRequest) (*zitadelproto.VerifyMyPhoneResponse, error) {
	panic("at the disco")
}

func TestAPanicInACallIsAnsweredAndLogged(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	r := &rpc{dialect: &dialect{Edge: edgetest.New(edge.Options{
		Log: slog.New(slog.NewTextHandler(&log, nil)), Bounds: edge.NewBounds(edge.Limits{Body: 1024}),
	})}, within: 1 << 40}
	_, handler := zitadelproto.NewAuthServiceHandler(broken{}, connect.WithInterceptors(connect.UnaryInterceptorFunc(r.around)))
	r.services = map[string]service{
		zitadelproto.AuthServiceVerifyMyPhoneProcedure: {zitadelproto.AuthServiceVerifyMyPhoneProcedure, handler},
	}
	q := httptest.NewRequest("POST", zitadelproto.AuthServiceVerifyMyPhoneProcedure, bytes.NewReader(make([]byte, prefixSize)))
	q.Header.Set("Content-Type", "application/grpc-web+proto")
	w := httptest.NewRecorder()
	called{r}.ServeHTTP(w, q)
	if body := w.Body.String(); !strings.Contains(body, "grpc-status: 13\r\n") || !strings.Contains(body, "grpc-message: Internal Server Error\r\n") || strings.Contains(body, "disco") {
		t.Errorf("%q", body)
	}
	for _, part := range []string{"at the disco", "zitadel_test.go", zitadelproto.AuthServiceVerifyMyPhoneProcedure} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("the log does not hold %q", part)
		}
	}
}

func TestAPanicAtTheDoorIsAnsweredAndLogged(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	r := newRPC(&dialect{Edge: edgetest.New(edge.Options{
		Log: slog.New(slog.NewTextHandler(&log, nil)), Bounds: edge.NewBounds(edge.Limits{Body: 1024}), Subjects: &access.Subjects{}, // and no keys, which it asks next
	})})
	q := httptest.NewRequest("POST", zitadelproto.AuthServiceVerifyMyPhoneProcedure, bytes.NewReader(make([]byte, prefixSize)))
	q.Header.Set("Content-Type", "application/grpc-web+proto")
	q.Header.Set("Authorization", "Bearer "+strings.Repeat("a", 20))
	w := httptest.NewRecorder()
	called{r}.ServeHTTP(w, q)
	said := w.Body.String() + w.Header().Get("Grpc-Status") + w.Header().Get("Grpc-Message")
	if !strings.Contains(said, "13") || !strings.Contains(said, "Internal Server Error") || strings.Contains(said, "nil pointer") {
		t.Errorf("%q", said)
	}
	if !strings.Contains(log.String(), "call panicked") {
		t.Error("nothing is logged")
	}
}

func TestACallThatItsCallerGaveUpIsNotOurFault(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	r := &rpc{dialect: &dialect{Edge: edgetest.New(edge.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})}}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	late, done := context.WithTimeout(t.Context(), 0)
	defer done()
	for want, ctx := range map[connect.Code]context.Context{connect.CodeCanceled: canceled, connect.CodeDeadlineExceeded: late} {
		if got := r.refusal(ctx, "", models.Fault(ctx.Err())); got.Code() != want {
			t.Errorf("%v, want %v", got, want)
		}
		if got := r.refusal(ctx, "", errNoPhone); got.Code() != connect.CodeInternal { // without a procedure it has no line
			t.Errorf("%v", got)
		}
	}
	if strings.Count(log.String(), "call failed") > 0 {
		t.Errorf("logged: %s", log.String())
	}
}

func TestAPanicOnAPathOfZITADELHasItsEnvelope(t *testing.T) {
	t.Parallel()
	e := edgetest.New(edge.Options{RequestID: func() string { return "r-1" }, LogRequests: "none"})
	d := New(e)
	d.Route = func(app *fiber.App) { app.Get("/*", func(*fiber.Ctx) error { panic("at the disco") }) }
	app := e.Open(edge.Dialect{Roots: []string{"/x"}, Route: func(*fiber.App) {}}, d).HTTP
	for _, path := range []string{"/auth/v1/users/me/phone", "/v2/users/ada/phone", "/zitadel.auth.v1.AuthService/Healthz", "/zitadel.x", "/AUTH/V1/x"} {
		response, err := app.Test(httptest.NewRequest("GET", path, nil), -1)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil || string(body) != `{"code":13,"message":"Internal Server Error"}` || response.StatusCode != 500 {
			t.Errorf("%s: %d %s, %v", path, response.StatusCode, body, err)
		}
	}
}
