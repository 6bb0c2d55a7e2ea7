package zitadel

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"connectrpc.com/connect"
	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/handlers/zitadel/zitadelproto"
	"whoseline/models"
)

// rpc serves the dialect's two services by gRPC, gRPC-Web and Connect's unary calls.
type rpc struct {
	*dialect
	services map[string]service // by procedure
	refusals *connect.ErrorWriter
	within   time.Duration // the most that a call may take, whatever its caller allows
}

// service answers a procedure. Its name is our own text, because the path of a request may lie in memory that is used
// again.
type service struct {
	procedure string
	http.Handler
}

func newRPC(z *dialect) *rpc {
	r := &rpc{dialect: z, services: map[string]service{}, refusals: connect.NewErrorWriter(), within: 30 * time.Second}
	if z.WriteTimeout > 0 {
		r.within = z.WriteTimeout
	}
	options := connect.WithHandlerOptions(
		connect.WithCodec(codec{}), connect.WithCodec(jsonCodec{"json"}), connect.WithCodec(jsonCodec{"json; charset=utf-8"}),
		connect.WithCompression("gzip", nil, nil), // how large a compressed message is shows only when it is too late
		connect.WithRequestGate(r.gate),
		connect.WithInterceptors(connect.UnaryInterceptorFunc(r.around)),
	)
	_, auth := zitadelproto.NewAuthServiceHandler(z, options)
	_, users := zitadelproto.NewUserServiceHandler(userService{z}, options)
	for procedure := range refusals {
		z.ExpectCall(procedure)
		r.services[procedure] = service{procedure, auth}
		if strings.HasPrefix(procedure, "/"+zitadelproto.UserServiceName+"/") {
			r.services[procedure] = service{procedure, users}
		}
	}
	r.services[zitadelproto.AuthServiceHealthzProcedure] = service{zitadelproto.AuthServiceHealthzProcedure, auth}
	return r
}

// route puts up all that the dialect has for HTTP/1.
func (r *rpc) route(app *fiber.App) {
	app.Use(crossOrigin)
	r.dialect.route(app)
	app.Post(rpcRoot+"*", r.web)
}

// rpcTypes are the media types of what is served: gRPC and gRPC-Web with protobuf, and the unary calls of Connect.
var (
	rpcTypes = []string{
		"application/grpc", "application/grpc+proto", "application/grpc-web", "application/grpc-web+proto",
		"application/grpc-web-text", "application/grpc-web-text+proto",
	}
	connectTypes = []string{edge.JSONType, "application/proto"}
)

func mediaTypeOf(r *http.Request) string {
	kind, _, _ := strings.Cut(strings.ToLower(r.Header.Get("Content-Type")), ";")
	return strings.TrimSpace(kind)
}

// speaksRPC tells whether a request is gRPC or gRPC-Web, of any codec and service, or Connect for a service of the
// dialect.
func speaksRPC(r *http.Request) bool {
	kind := mediaTypeOf(r)
	ours := edge.Below(r.URL.Path, rpcRoot) && slices.Contains(connectTypes, kind)
	return r.Method == http.MethodPost && (ours || strings.HasPrefix(kind, rpcTypes[0]))
}

// takesRPC tells whether the codec is ours, and the protocol one for this version of HTTP: gRPC needs the second.
func takesRPC(r *http.Request) bool {
	kind := mediaTypeOf(r)
	return slices.Contains(connectTypes, kind) || slices.Contains(rpcTypes, kind) && (r.ProtoMajor >= 2 || strings.HasPrefix(kind, "application/grpc-web"))
}

// outcome is what became of a call. A call whose message could not be read has none of its own.
type outcome struct{ code string }

type outcomeKey struct{}

func note(ctx context.Context, code string) {
	if o, there := ctx.Value(outcomeKey{}).(*outcome); there {
		o.code = code
	}
}

// Takes tells whether a request of HTTP/2 is a call that is served.
func (r *rpc) Takes(q *http.Request) bool { return speaksRPC(q) && takesRPC(q) }

// Serve answers a request for which takesRPC.
func (r *rpc) Serve(w http.ResponseWriter, q *http.Request, in *edge.Incoming) {
	started, o := time.Now(), &outcome{"unread"}
	ctx, span := r.Traces.Serve(q.Context(), q.Header.Get("traceparent"))
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, outcomeKey{}, o), r.within)
	defer cancel()
	q = q.WithContext(ctx)
	asked, known := r.services[q.URL.Path]
	form := messageForm(mediaTypeOf(q))
	if form == textual {
		text := asText(w, q)
		defer text.close()
		w = text
	}
	readable(w.Header(), q)
	switch {
	case in.Refused != nil:
		asked.procedure = "unmatched"
		r.turnAway(w, q, in.Refused)
	case !known:
		asked.procedure = "unknown"
		r.turnAway(w, q, models.Fail(models.MethodNotAllowed, ""))
	default:
		q.Body = &message{from: in, ctx: ctx, form: form}
		asked.ServeHTTP(w, q)
	}
	r.ObserveCall(asked.procedure, o.code, time.Since(started))
	edge.TraceCall(span, asked.procedure, o.code)
	r.logRPC(w.Header().Get("Request-Id"), asked.procedure, o.code)
}

// turnAway refuses a call before it reaches a procedure.
func (r *rpc) turnAway(w http.ResponseWriter, q *http.Request, why *models.Error) {
	refusal := rpcError("", why)
	note(q.Context(), refusal.Code().String())
	if err := r.refusals.Write(w, q, refusal); err != nil {
		r.Log.Debug("a caller went away", "err", err)
	}
}

// logRPC writes a line per call if the operator wants it.
func (r *rpc) logRPC(request, procedure, code string) {
	failed := code == connect.CodeInternal.String() || code == connect.CodeUnavailable.String()
	if r.LogRequests == "all" || r.LogRequests == "errors" && failed {
		r.Log.Info("call", "request", request, "procedure", procedure, "code", code)
	}
}

// gate is the door: it runs before a message is read.
func (r *rpc) gate(ctx context.Context, spec connect.Spec, peer connect.Peer, header http.Header) (inside context.Context, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			inside, err = ctx, r.panicked(ctx, spec.Procedure, cause)
		}
	}()
	if spec.Procedure == zitadelproto.AuthServiceHealthzProcedure {
		return ctx, nil
	}
	from, _ := netip.ParseAddrPort(peer.Addr)
	v, _, err := r.admit(ctx, knock{
		header.Get("Authorization"), header.Get("Origin"), r.Origin(from.Addr(), header.Get("X-Forwarded-For")),
	})
	if err != nil {
		return ctx, r.refusal(ctx, spec.Procedure, err)
	}
	return context.WithValue(ctx, visitorKey{}, v), nil
}

// around turns what an operation refuses, and a panic, into an error of gRPC.
func (r *rpc) around(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, q connect.AnyRequest) (reply connect.AnyResponse, err error) {
		defer func() {
			if cause := recover(); cause != nil {
				reply, err = nil, r.panicked(ctx, q.Spec().Procedure, cause)
			}
		}()
		if info, there := connect.CallInfoForHandlerContext(ctx); there && q.Peer().Protocol == connect.ProtocolGRPCWeb {
			// With any header set here, an error's trailers come in a frame of their own, as they do after an answer.
			info.ResponseHeader().Set("X-Content-Type-Options", "nosniff")
		}
		if reply, err = next(ctx, q); err != nil {
			return nil, r.refusal(ctx, q.Spec().Procedure, err)
		}
		note(ctx, "ok")
		return reply, nil
	}
}

// panicked makes an error of a panic.
func (r *rpc) panicked(ctx context.Context, procedure string, cause any) error {
	r.Log.Error("call panicked", "procedure", procedure, "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
	return r.refusal(ctx, procedure, models.Fault(fmt.Errorf("panic: %v", cause)))
}

// refusal gives an error of gRPC, and logs it if it is our own fault.
func (r *rpc) refusal(ctx context.Context, procedure string, err error) *connect.Error {
	refused := edge.Translate(err)
	if ended := ctx.Err(); ended != nil && refused.Code == models.Internal {
		gone := connect.NewError(connect.CodeCanceled, ended)
		if errors.Is(ended, context.DeadlineExceeded) {
			gone = connect.NewError(connect.CodeDeadlineExceeded, ended)
		}
		note(ctx, gone.Code().String())
		return gone
	}
	if refused.Code == models.Internal || refused.Code == models.Unknown || refused.Code == models.Unavailable {
		r.Log.Error("call failed", "procedure", procedure, "err", err)
	}
	told := rpcError(procedure, refused)
	note(ctx, told.Code().String())
	return told
}

// rpcError is the line of an error as gRPC has it.
func rpcError(procedure string, err *models.Error) *connect.Error {
	line := refusalOf(procedure, err)
	told := connect.NewError(line.code, errors.New(line.message()))
	if err.RetryAfter > 0 {
		told.Meta().Set("Retry-After", strconv.Itoa(edge.Seconds(err.RetryAfter)))
	}
	if line.id == "" {
		return told
	}
	if detail, failed := connect.NewErrorDetail(&zitadelproto.ErrorDetail{Id: line.id, Message: line.text}); failed == nil {
		told.AddDetail(detail)
	}
	return told
}
