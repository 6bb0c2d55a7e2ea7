package models_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"whoseline/models"
)

func TestMoneyIsWrittenWithTwoDecimalsAndItsCurrency(t *testing.T) {
	t.Parallel()
	for minor, want := range map[int64]string{
		0: "0.00 NGN", 1: "0.01 NGN", 10: "0.10 NGN", 99: "0.99 NGN", 100: "1.00 NGN", 5000: "50.00 NGN", 123456789: "1234567.89 NGN",
		-1: "-0.01 NGN", -5000: "-50.00 NGN", math.MaxInt64: "92233720368547758.07 NGN", math.MinInt64: "-92233720368547758.08 NGN",
	} {
		if got := models.NGN(minor).String(); got != want {
			t.Errorf("%d is written %s, want %s", minor, got, want)
		}
	}
	if got := string(models.Money{Minor: 5, Currency: "KES"}.Append([]byte("= "))); got != "= 0.05 KES" {
		t.Error(got)
	}
}

func TestAnAmountIsDecimalDigitsOfKobo(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"1": 1, "5000": 5000, "007": 7, strconv.FormatInt(math.MaxInt64/100, 10): math.MaxInt64 / 100,
	} {
		if got, err := models.ParseMinor(text); err != nil || got != want {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	for text, why := range map[string]string{
		"": "whole number", "x": "whole number", "1.5": "whole number", "-1": "whole number", "+1": "whole number", " 1": "whole number",
		"1e3": "whole number", "0x10": "whole number", "1_000": "whole number", "٣": "whole number", "0": "more than 0", "000": "more than 0",
		strconv.FormatInt(math.MaxInt64/100+1, 10): "too large", "9223372036854775807": "too large", "9223372036854775808": "whole number",
	} {
		got, err := models.ParseMinor(text)
		if got != 0 || models.CodeOf(err) != models.Invalid || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
}

func FuzzParseMinor(f *testing.F) {
	for _, seed := range []string{"", "0", "1", "+1", "-1", "5000", "92233720368547758", "92233720368547759", "9223372036854775808", "1_0", "٣"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		amount, err := models.ParseMinor(text)
		if err != nil {
			if amount != 0 || models.CodeOf(err) != models.Invalid {
				t.Errorf("%q: %d, %v", text, amount, err)
			}
			return
		}
		if amount <= 0 || amount > math.MaxInt64/100 || strconv.FormatInt(amount, 10) != strings.TrimLeft(text, "0") {
			t.Errorf("%q is taken as %d", text, amount)
		}
	})
}
