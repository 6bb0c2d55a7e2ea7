package access

import (
	"context"
	"strconv"
	"testing"
)

func TestAPanickingDriverIsAnError(t *testing.T) {
	t.Parallel()
	g, hash := new(generation[Caller]), digestOf("a token")
	c, err := g.load(t.Context(), hash, func(context.Context) (*Caller, error) { panic("driver") })
	if c != nil || err == nil {
		t.Errorf("%v, %v", c, err)
	}
	if _, settled := g.get(&hash); settled {
		t.Error("it was remembered")
	}
}

func TestTheMemoryIsBounded(t *testing.T) {
	t.Parallel()
	g := new(generation[Caller])
	for i := range 3 * maxKnown * shards {
		hash := digestOf("token-" + strconv.Itoa(i))
		g.put(hash, &Caller{})
		hash[31]++
		g.put(hash, nil)
	}
	known, unknown := 0, 0
	for i := range g.shards {
		known, unknown = known+len(g.shards[i].known), unknown+len(g.shards[i].unknown)
	}
	if known > 100_000 || known < 99_000 || unknown > 16_384 || unknown < 16_000 {
		t.Errorf("%d known, %d unknown", known, unknown)
	}
}
