package storage_test

import (
	"context"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"whoseline/test/wait"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func TestWhatWasSentIsWaitedForThoughTheContextHasEnded(t *testing.T) {
	t.Parallel()
	lines(t, func(t *testing.T, l line) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if err := l.pipeline.Run(ctx, []string{"SELECT pg_sleep(1.5)"}, nil, nil); err != nil {
			t.Errorf("got %v", err)
		}
		if err := l.pipeline.Run(ctx, []string{"SELECT 1"}, nil, nil); err == nil || models.CodeOf(err) == models.Unknown {
			t.Errorf("nothing was sent, and yet: %v", err)
		}
		if err := l.pipeline.Run(t.Context(), []string{"SELECT 1"}, nil, nil); err != nil {
			t.Error(err)
		}
	})
}

func TestARunWithoutAnAnswerIsGivenUpWhenTheServerDoesNotSayThatItWorksOnIt(t *testing.T) {
	t.Parallel()
	silence, url := storagetest.Wire(t, storagetest.MigratedURL(t, storage.Postgres))
	l := openLine(t, storage.Options{URL: url})
	if err := l.pipeline.Run(t.Context(), []string{"SELECT 1"}, nil, nil); err != nil {
		t.Fatal(err)
	}
	silence.Silent(true)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := l.pipeline.Run(ctx, []string{"SELECT 1"}, nil, nil); models.CodeOf(err) != models.Unknown {
		t.Errorf("got %v", err)
	}
	silence.Silent(false)
	if err := l.pipeline.Run(t.Context(), []string{"SELECT 1"}, nil, nil); err != nil {
		t.Error(err)
	}
}

func TestAKilledSessionLeavesTheOutcomeUnknownAndTheNextRunReconnects(t *testing.T) {
	t.Parallel()
	lines(t, func(t *testing.T, l line) {
		err := l.pipeline.Run(t.Context(), []string{"SELECT pg_terminate_backend(pg_backend_pid())"}, nil, nil)
		if models.CodeOf(err) != models.Unknown {
			t.Errorf("got %v", err)
		}
		if err := l.pipeline.Run(t.Context(), []string{"SELECT 1"}, nil, nil); err != nil {
			t.Error(err)
		}
	})
}

func TestASessionKilledWhileIdleIsNoticedBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	now := noon
	l := openLine(t, storage.Options{URL: storagetest.MigratedURL(t, storage.Postgres), Now: func() time.Time { return now }})
	var killed []int
	kill := `WITH others AS MATERIALIZED (SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database())
		SELECT pid FROM others WHERE pg_terminate_backend(pid)`
	if err := l.db.Gorm.Raw(kill).Scan(&killed).Error; err != nil || len(killed) == 0 {
		t.Fatal(killed, err)
	}
	wait.Until(t, "the sessions have ended", func() bool {
		return !slices.ContainsFunc(killed, func(pid int) bool { return syscall.Kill(pid, 0) == nil })
	})
	now = now.Add(2 * time.Second)
	if err := l.pipeline.Run(t.Context(), []string{insertWallets}, [][]any{wallets(1)}, nil); err != nil {
		t.Error(err)
	}
}

func TestALostAnswerToACommitIsUnknown(t *testing.T) {
	t.Parallel()
	direct := storagetest.MigratedURL(t, storage.Postgres)
	deaf, viaProxy := startProxy(t, direct)
	l := openLine(t, storage.Options{URL: viaProxy})
	if err := l.pipeline.Run(t.Context(), []string{insertWallets}, [][]any{wallets(1)}, nil); err != nil {
		t.Fatal(err)
	}
	deaf.Store(true)
	args := []any{[]string{"late"}, []int64{1}, [][]byte{{1}}}
	err := l.pipeline.Run(t.Context(), []string{insertWallets}, [][]any{args}, nil)
	if models.CodeOf(err) != models.Unknown {
		t.Errorf("got %v", err)
	}
	deaf.Store(false)
	if count := (line{db: storagetest.OpenURL(t, direct)}).wallets(t); count != 2 {
		t.Errorf("%d wallets: the transaction was not committed after all", count)
	}
	err = l.pipeline.Run(t.Context(), []string{insertWallets}, [][]any{args}, nil)
	if models.CodeOf(err) != models.Conflict {
		t.Errorf("got %v after reconnecting", err)
	}
}

// startProxy passes bytes on to a server; while deaf, it hangs up instead of passing on an answer.
func startProxy(t *testing.T, target string) (deaf *atomic.Bool, address string) {
	t.Helper()
	parsed, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	query := parsed.Query()
	server := filepath.Join(query.Get("host"), ".s.PGSQL.5432")
	dir := t.TempDir()
	listener, err := net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	deaf = new(atomic.Bool)
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go pass(client, server, deaf)
		}
	}()
	query.Set("host", dir)
	parsed.RawQuery = query.Encode()
	return deaf, parsed.String()
}

func pass(client net.Conn, server string, deaf *atomic.Bool) {
	defer client.Close()
	upstream, err := net.Dial("unix", server)
	if err != nil {
		return
	}
	defer upstream.Close()
	go func() { _, _ = io.Copy(upstream, client) }()
	answer := make([]byte, 64<<10)
	for {
		n, err := upstream.Read(answer)
		if err != nil || deaf.Load() {
			return
		}
		if _, err := client.Write(answer[:n]); err != nil {
			return
		}
	}
}
