package app_test

import (
	"testing"

	"whoseline/access"
	"whoseline/batches"
	"whoseline/storage"
)

func TestTheBatchesOfASuspendedBusinessRest(t *testing.T) {
	t.Parallel()
	_, a := gatewayOver(t, storage.SQLite)
	b, err := a.Businesses.Create(t.Context(), access.NewBusiness{Name: "Acme"})
	if err != nil {
		t.Fatal(err)
	}
	key, _, err := a.Keys.Create(t.Context(), access.NewKey{BusinessID: b.ID, Name: "Key", Sandbox: true})
	if err != nil {
		t.Fatal(err)
	}
	made, err := a.CreateBatch(t.Context(), batches.Order{
		BusinessID: b.ID, KeyID: key.ID, Sandbox: true, Format: batches.CSV, File: []byte("number\n08000000000\n"), Statement: batches.Statement{Consent: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	state := func(want batches.State, why string) {
		t.Helper()
		if err := a.Batches.Work(t.Context()); err != nil {
			t.Fatal(err)
		}
		now, err := a.Batches.Get(t.Context(), b.ID, made.ID)
		if err != nil || now.State != want || now.Why != why || now.Refused > 0 {
			t.Errorf("%+v, %v", now, err)
		}
	}
	if err := a.Businesses.Suspend(t.Context(), b.ID, "unpaid"); err != nil {
		t.Fatal(err)
	}
	state(batches.Paused, "unauthorized")
	if err := a.Businesses.Resume(t.Context(), b.ID); err != nil {
		t.Fatal(err)
	}
	if err := a.Batches.Resume(t.Context(), b.ID, made.ID); err != nil {
		t.Fatal(err)
	}
	state(batches.Done, "")
}
