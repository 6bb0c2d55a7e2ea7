package app_test

import (
	"testing"

	"whoseline/access"
	"whoseline/audit"
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
	order := batches.Order{
		BusinessID: b.ID, KeyID: key.ID, Sandbox: true, Format: batches.CSV, File: []byte("number\n08000000000\n"), Statement: batches.Statement{Consent: true},
		Token: "order-7",
	}
	made, err := a.Batches.Create(t.Context(), order)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := a.Batches.Create(t.Context(), order); err != nil || again.ID != made.ID {
		t.Fatalf("%+v, %v", again, err)
	}
	if list, _, err := a.Trail.List(t.Context(), b.ID, 0, 100); err != nil || noted(list, "batch.created") != 1 {
		t.Errorf("the trail tells of %d batches, %v", noted(list, "batch.created"), err)
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

// noted counts the events of an action.
func noted(list []audit.Event, action string) (n int) {
	for _, e := range list {
		if e.Action == action {
			n++
		}
	}
	return n
}
