package commands_test

import (
	"maps"
	"slices"
	"sync"
	"testing"

	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func (k kept) tenant() tenant { return tenant{k.Business, k.KeyID, k.Token} }

func TestTheDatabaseOfEachReleaseCanBeUpgraded(t *testing.T) {
	t.Parallel()
	for _, r := range releases {
		engines(t, func(t *testing.T, engine string) {
			s, k := r.site(t, engine)
			g := s.serve(t) // which migrates
			if got := s.wallet(t, k.Business); got.Available != k.Available || got.Held != 0 {
				t.Errorf("%s: the wallet has %d and holds %d, had %d", r.version, got.Available, got.Held, k.Available)
			}
			mustReadAll(t, []*gateway{g}, k.tenant(), k.Seen)
			mustHavePaidOnce(t, storagetest.OpenURL(t, s.url), g, k.tenant(), k.Seen)
			s.mustVerify(t)
		})
	}
}

// A release is rolled out while the gateways of the one before serve on, and is rolled back.
func TestAReleaseIsRolledOutAndBackUnderLoad(t *testing.T) {
	t.Parallel()
	for _, r := range releases {
		if !r.beside {
			continue
		}
		t.Run(r.version, func(t *testing.T) {
			t.Parallel()
			program, found := r.build(t)
			if !found {
				t.Logf("the history has no %s: its gateways were not tried beside today's, its database was upgraded by another test", r.commit)
				return
			}
			for name, pooled := range map[string]bool{"direct": false, "pooled": true} {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					r.rollOutAndBack(t, program, pooled)
				})
			}
		})
	}
}

func (r release) rollOutAndBack(t *testing.T, program string, pooled bool) {
	t.Helper()
	young, k := r.site(t, storage.Postgres, "LIMITS__PER_KEY=0")
	db, who := storagetest.OpenURL(t, young.url), k.tenant()
	if pooled {
		young = young.with("DATABASE__URL="+storagetest.Pooler(t, young.url), "DATABASE__POOLED=true")
	}
	aged := r.aged(young, program)

	before := aged.serve(t)
	steady := before.loadOf(24, who.token, "before")
	steady.after(t, 300)
	if code, out, errs := young.command(t, "migrate", "up"); code != 0 {
		t.Fatalf("migrate up: %s%s", out, errs)
	}
	steady.after(t, 300)
	next := young.serve(t)
	fresh := next.loadOf(24, who.token, "next")
	fresh.after(t, 300)
	steady.after(t, 300)
	mustReadAll(t, []*gateway{before, next}, who, fresh.some(10), steady.some(10), k.Seen)

	fresh.stop() // the way back: today's gateway goes, the old one goes on, and another of them is started
	next.stop(t)
	again := aged.serve(t)
	late := again.loadOf(24, who.token, "again")
	late.after(t, 300)
	steady.after(t, 300)
	steady.stop()
	late.stop()
	mustReadAll(t, []*gateway{before, again}, who, fresh.some(10))

	r.mustBalance(t, young, db, again, k, steady, fresh, late)
	before.stop(t)
	again.stop(t)
	if r.unkeyed {
		young.answer(t, "seal", "chains", "--yes")
	}
	young.mustVerify(t)
}

// mustBalance holds what callers were told against the books: nobody was refused, each answer was paid for once.
func (r release) mustBalance(t *testing.T, s *site, db *storage.DB, g *gateway, k kept, loads ...*load) {
	t.Helper()
	seen := maps.Clone(k.Seen)
	for _, l := range loads {
		maps.Copy(seen, l.seen)
		if len(l.doubtful) > 0 {
			t.Errorf("%d requests were not answered with 200: %v", len(l.doubtful), l.refused)
		}
	}
	mustHavePaidOnce(t, db, g, k.tenant(), seen)
	spent := int64(len(seen)-len(k.Seen)) * price
	if got := s.wallet(t, k.Business); got.Available != k.Available-spent || got.Held != 0 {
		t.Errorf("the wallet has %d and holds %d, want %d", got.Available, got.Held, k.Available-spent)
	}
	t.Logf("%d answers of callers, %d of them new", len(seen), len(seen)-len(k.Seen))
}

// some gives a few of the answers that were seen so far.
func (l *load) some(n int) map[string]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	some := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(l.seen))[:n] {
		some[key] = l.seen[key]
	}
	return some
}

// mustReadAll has each gateway read lookups, whoever made them.
func mustReadAll(t *testing.T, gateways []*gateway, who tenant, lookups ...map[string]string) {
	t.Helper()
	var all sync.WaitGroup
	for _, g := range gateways {
		for _, seen := range lookups {
			all.Go(func() {
				for key, id := range seen {
					r := g.tell(call{method: "GET", path: "/v2/api/identity/" + id, token: who.token})
					if r.status != 200 {
						t.Errorf("%s: %d %s", key, r.status, r.body)
					}
				}
			})
		}
	}
	all.Wait()
}
