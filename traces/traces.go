// Package traces answers: what did one request wait for? It tells a collector that speaks OTLP, if the operator names one.
//
// A nil *Tracer is what there is without one. It begins nothing and costs nothing, so that nobody asks whether traces are
// on. Spans hold ids and codes, as logs do; never what is personal.
package traces

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Options says where spans go.
type Options struct {
	Collector string // URL; empty = there are no traces
	Percent   int    // of the traces, by their id
	Release   string
	Log       *slog.Logger
}

// Tracer begins spans. It is safe for concurrent use.
type Tracer struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

// Open makes a tracer. It reaches no collector: one that is away is logged, and costs the spans that find no room meanwhile.
func Open(ctx context.Context, o Options) (*Tracer, error) {
	if o.Collector == "" {
		return nil, nil //nolint:nilnil // a nil tracer is one that traces nothing
	}
	to, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(o.Collector))
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	// Callers name traces, but how many are kept is for the operator to say.
	share := sdk.TraceIDRatioBased(float64(o.Percent) / 100)
	provider := sdk.NewTracerProvider(
		sdk.WithSampler(sdk.ParentBased(share, sdk.WithRemoteParentSampled(share), sdk.WithRemoteParentNotSampled(share))),
		sdk.WithBatcher(told{to, o.Log}),
		sdk.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "whoseline"), attribute.String("service.version", o.Release),
		)),
	)
	return &Tracer{provider: provider, tracer: provider.Tracer("whoseline")}, nil
}

// told logs what an exporter complains of. The library would tell a variable of the whole process.
type told struct {
	sdk.SpanExporter
	log *slog.Logger
}

// ExportSpans hands spans to the collector.
func (e told) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	if err := e.SpanExporter.ExportSpans(ctx, spans); err != nil {
		e.log.Warn("traces: the collector did not take spans", "spans", len(spans), "err", err)
	}
	return nil
}

// flushWithin bounds how long Close waits for the collector.
const flushWithin = 5 * time.Second

// Close hands over what is left.
func (t *Tracer) Close() error {
	if t == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), flushWithin)
	defer cancel()
	return t.provider.Shutdown(ctx)
}

// Serve begins the span of a request that came in. traceparent is what the caller sent (W3C Trace Context); what makes no
// sense is none. Inside another span it begins one below that.
func (t *Tracer) Serve(ctx context.Context, traceparent string) (context.Context, Span) {
	if t == nil {
		return ctx, Span{}
	}
	if !trace.SpanContextFromContext(ctx).IsValid() {
		ctx = propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": traceparent})
	}
	ctx, span := t.tracer.Start(ctx, "request", trace.WithSpanKind(trace.SpanKindServer))
	return ctx, Span{span}
}

// Ask begins the span of asking somebody else.
func (t *Tracer) Ask(ctx context.Context, name string) (context.Context, Span) {
	if t == nil {
		return ctx, Span{}
	}
	ctx, span := t.tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient))
	return ctx, Span{span}
}

// Past notes what is over already. Nothing is noted that has not begun or not ended.
func (t *Tracer) Past(ctx context.Context, name string, from, to time.Time) {
	if t == nil || from.IsZero() || to.IsZero() {
		return
	}
	_, span := t.tracer.Start(ctx, name, trace.WithTimestamp(from))
	span.End(trace.WithTimestamp(to))
}

// Span is something that takes time. The zero Span is none.
type Span struct{ of trace.Span }

// On tells whether somebody wants to know. Ask before working out what to set.
func (s Span) On() bool { return s.of != nil && s.of.IsRecording() }

// ID is the trace's, 32 hexadecimal digits; "" when there is none.
func (s Span) ID() string {
	if s.of == nil {
		return ""
	}
	return s.of.SpanContext().TraceID().String()
}

// Name sets another name, for what is known only at the end.
func (s Span) Name(name string) {
	if s.of != nil {
		s.of.SetName(name)
	}
}

// Text sets an attribute: a code, an id or a name of ours.
func (s Span) Text(key, value string) {
	if s.of != nil && value != "" {
		s.of.SetAttributes(attribute.String(key, value))
	}
}

// Number sets an attribute. Zero is left out.
func (s Span) Number(key string, value int) {
	if s.of != nil && value != 0 {
		s.of.SetAttributes(attribute.Int(key, value))
	}
}

// Fail marks the span as one that went wrong.
func (s Span) Fail(code string) {
	if s.of != nil {
		s.of.SetStatus(codes.Error, code)
	}
}

// End ends it.
func (s Span) End() {
	if s.of != nil {
		s.of.End()
	}
}
