package storage_test

import (
	"errors"
	"testing"
	"time"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func TestAFailureUndoesEverythingAndIsCertain(t *testing.T) {
	t.Parallel()
	lines(t, func(t *testing.T, l line) {
		twice := wallets(1, 1)
		twice[0] = []string{"b0", "b0"}
		for name, test := range map[string]struct {
			second string
			args   []any
			want   models.Code
		}{
			"unique":    {insertWallets, twice, models.Conflict},
			"check":     {insertWallets, []any{[]string{"x"}, []int64{-1}, [][]byte{{1}}}, models.Internal},
			"null":      {insertWallets, []any{[]string{"x"}, []int64{1}, [][]byte{nil}}, models.Conflict},
			"arguments": {insertWallets, nil, models.Internal},
			"type":      {insertWallets, []any{[]bool{true}, 1, 2}, models.Internal},
			"syntax":    {"SELEC", nil, models.Internal},
			"division":  {"SELECT 1 / $1::int", []any{0}, models.Internal},
		} {
			err := l.pipeline.Run(t.Context(), []string{insertWallets, test.second}, [][]any{wallets(1), test.args}, nil)
			if models.CodeOf(err) != test.want {
				t.Errorf("%s: %v", name, err)
			}
			if count := l.wallets(t); count != 0 {
				t.Errorf("%s: %d rows stayed", name, count)
			}
		}
		if err := l.pipeline.Run(t.Context(), []string{insertWallets}, [][]any{wallets(1)}, nil); err != nil || l.wallets(t) != 1 {
			t.Errorf("after the failures: %v", err)
		}
	})
}

func TestAConflictNamesItsConstraintOrColumn(t *testing.T) {
	t.Parallel()
	lines(t, func(t *testing.T, l line) {
		var told *models.Error
		for range 2 {
			err := l.pipeline.Run(t.Context(), []string{insertWallets}, [][]any{wallets(1)}, nil)
			_ = errors.As(err, &told)
		}
		if told == nil || told.Code != models.Conflict || told.Field != "wallets_pkey" {
			t.Errorf("got %+v", told)
		}
		err := l.pipeline.Run(t.Context(), []string{insertWallets}, [][]any{{[]string{"x"}, []int64{1}, [][]byte{nil}}}, nil)
		if !errors.As(err, &told) || told.Code != models.Conflict || told.Field != "wallets.head" {
			t.Errorf("a NULL: got %+v", told)
		}
	})
}

func TestAStatementThatTakesTooLongIsUndone(t *testing.T) {
	t.Parallel()
	for _, pooled := range []bool{false, true} {
		url := storagetest.URL(t, storage.Postgres)
		l := openLine(t, storage.Options{URL: url, Pooled: pooled, StatementTimeout: 50 * time.Millisecond})
		err := l.pipeline.Run(t.Context(), []string{"SELECT 1", "SELECT pg_sleep(5)"}, nil, nil)
		if models.CodeOf(err) != models.Unavailable {
			t.Errorf("got %v", err)
		}
	}
}

func TestAFailingReaderOfRowsIsToldThatTheOutcomeMustBeRead(t *testing.T) {
	t.Parallel()
	lines(t, func(t *testing.T, l line) {
		mine, calls := errors.New("mine"), 0
		err := l.pipeline.Run(t.Context(), []string{insertWallets}, [][]any{wallets(1, 2)},
			func(int, func(...any) error) error { calls++; return mine })
		if models.CodeOf(err) != models.Unknown || !errors.Is(err, mine) || calls != 1 || l.wallets(t) != 2 {
			t.Errorf("%d calls, %v", calls, err)
		}
	})
}

func TestAPanicOfTheReaderLeavesThePipelineUsable(t *testing.T) {
	t.Parallel()
	lines(t, func(t *testing.T, l line) {
		func() {
			defer func() { _ = recover() }()
			_ = l.pipeline.Run(t.Context(), []string{insertWallets}, [][]any{wallets(1)},
				func(int, func(...any) error) error { panic("mine") })
		}()
		if err := l.pipeline.Run(t.Context(), []string{"SELECT 1"}, nil, nil); err != nil {
			t.Error(err)
		}
	})
}
