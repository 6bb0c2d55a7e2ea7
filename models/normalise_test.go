package models

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// today is when the tests take place.
var today = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func TestDatesOfBirthBecomeISO(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "1990-05-16": "1990-05-16", "1990-5-6": "1990-05-06", "06-01-1974": "1974-01-06",
		"11-11-1972": "1972-11-11", "17/01/1988": "1988-01-17", "31 DEC 1905": "1905-12-31", "07-Jul-95": "1995-07-07",
		"07-Jul-45": "1945-07-07", "07-jul-1945": "1945-07-07", "01-May-26": "2026-05-01", "02-May-26": "1926-05-02",
	} {
		if got, ok := BirthDate(text, today); got != want || !ok {
			t.Errorf("%q: %q, %v", text, got, ok)
		}
	}
	for _, text := range []string{"x", "2026-05-02", "31-02-1990", "0001-01-01", "05/17/1990", "1990", "-"} {
		if got, ok := BirthDate(text, today); ok {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func TestADateOfBirthNeverLiesInTheFuture(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		day := time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 50000).Draw(t, "day"))
		layout := rapid.SampledFrom(append(birthLayouts, shortLayouts...)).Draw(t, "layout")
		got, ok := BirthDate(day.Format(layout), today)
		if ok && got > today.Format(time.DateOnly) {
			t.Fatalf("%s", got)
		}
		if !ok && !day.After(today) {
			t.Fatalf("%s refused", day.Format(layout))
		}
	})
}

func TestGenderAndNINHaveOneForm(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"m": "male", "M": "male", "Male": "male", "FEMALE": "female", "f": "female", "": ""} {
		if got, ok := Gender(text); got != want || !ok {
			t.Errorf("%q: %q, %v", text, got, ok)
		}
	}
	if _, ok := Gender("x"); ok {
		t.Error("x is a gender")
	}
	for text, want := range map[string]bool{"": true, "12345678901": true, "1234567890": false, "1234567890x": false} {
		if IsNIN(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}
