package traces_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"whoseline/traces"
	"whoseline/traces/tracestest"
)

const (
	caller     = "00-" + callerID + "-00f067aa0ba902b7-01"
	callerID   = "4bf92f3577b34da6a3ce929d0e0e4736"
	unsampled  = "00-" + callerID + "-00f067aa0ba902b7-00"
	neverBelow = "00-4bf92f3577b34da6ffffffffffffffff-00f067aa0ba902b7-01" // no share but the whole reaches it
)

func open(t testing.TB, o traces.Options) *traces.Tracer {
	t.Helper()
	tracer, err := traces.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return tracer
}

// visit does what a request does with spans.
func visit(ctx context.Context, tracer *traces.Tracer, traceparent string, at time.Time) {
	ctx, span := tracer.Serve(ctx, traceparent)
	tracer.Past(ctx, "wait", at, at.Add(time.Millisecond))
	_, below := tracer.Ask(ctx, "ask")
	if below.On() {
		below.Text("code", "found")
		below.Number("status", 200)
		below.Fail("late")
	}
	below.End()
	span.Name("GET /")
	span.End()
}

func TestWithoutACollectorSpansCostNothing(t *testing.T) {
	tracer := open(t, traces.Options{})
	if tracer != nil {
		t.Fatal("there is a tracer")
	}
	ctx, at := t.Context(), time.Now()
	if n := testing.AllocsPerRun(100, func() { visit(ctx, tracer, caller, at) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if err := tracer.Close(); err != nil {
		t.Error(err)
	}
}

func TestSpansArriveUnderTheCallersTrace(t *testing.T) {
	t.Parallel()
	to := tracestest.New(t, 200)
	tracer := open(t, traces.Options{Collector: to.URL, Percent: 100, Release: "1.2.3"})
	visit(t.Context(), tracer, caller, time.Now())
	visit(t.Context(), tracer, unsampled, time.Now()) // how many are kept is not the caller's to say
	visit(t.Context(), tracer, "nonsense", time.Now())
	if err := tracer.Close(); err != nil {
		t.Fatal(err)
	}
	served, asked := to.Spans("GET /"), to.Spans("ask")
	if len(served) != 3 || len(asked) != 3 || len(to.Spans("wait")) != 3 {
		t.Fatalf("spans: %+v", to.Spans(""))
	}
	if s := served[0]; s.Trace != callerID || s.Parent != "00f067aa0ba902b7" {
		t.Errorf("not below the caller's: %+v", s)
	}
	if s := asked[0]; s.Parent != served[0].ID || s.Attributes["code"] != `string_value:"found"` || !s.Failed {
		t.Errorf("not below the request's: %+v", s)
	}
	if s := served[2]; s.Parent != "" || s.Trace == callerID {
		t.Errorf("a caller without a trace: %+v", s)
	}
	if !strings.Contains(to.Raw(), "1.2.3") {
		t.Error("the release is not named")
	}
}

func TestTheShareOfTracesIsNotTheCallersToSay(t *testing.T) {
	t.Parallel()
	to := tracestest.New(t, 200)
	tracer := open(t, traces.Options{Collector: to.URL, Percent: 50})
	visit(t.Context(), tracer, neverBelow, time.Now())
	if err := tracer.Close(); err != nil || len(to.Spans("")) != 0 {
		t.Errorf("%v, kept: %+v", err, to.Spans(""))
	}
}

func TestWhatACollectorRefusesIsLogged(t *testing.T) {
	t.Parallel()
	to := tracestest.New(t, 400)
	var log bytes.Buffer
	tracer := open(t, traces.Options{Collector: to.URL, Percent: 100, Log: slog.New(slog.NewTextHandler(&log, nil))})
	visit(t.Context(), tracer, caller, time.Now())
	if err := tracer.Close(); err != nil {
		t.Error(err)
	}
	if !strings.Contains(log.String(), "the collector did not take spans") || !strings.Contains(log.String(), "spans=3") {
		t.Errorf("the log: %s", log.String())
	}
}

// The ratio of the two is what traces cost a request; the first is to be a few nanoseconds without an allocation.
func BenchmarkSpansOff(b *testing.B) { spans(b, open(b, traces.Options{})) }

func BenchmarkSpansOn(b *testing.B) {
	to := tracestest.New(b, 200)
	tracer := open(b, traces.Options{Collector: to.URL, Percent: 100, Log: slog.New(slog.DiscardHandler)})
	spans(b, tracer)
	b.StopTimer()
	_ = tracer.Close() // what is left does not matter
}

func spans(b *testing.B, tracer *traces.Tracer) {
	b.Helper()
	ctx, at := b.Context(), time.Now()
	b.ReportAllocs()
	for b.Loop() {
		visit(ctx, tracer, caller, at)
	}
}
