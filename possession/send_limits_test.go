package possession

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whoseline/models"
	"whoseline/settings"
)

func TestALimitPerNumberOfNoneLetsNothingThrough(t *testing.T) {
	t.Parallel()
	got := judge(settings.Limits{PerNumber: settings.Cap{Within: time.Minute}}, errand{}, nil, nil, nil, noon)
	if got.decision != models.SendRefused || got.retryAfter != time.Minute {
		t.Errorf("%+v", got)
	}
}

func TestTheLimitsJudge(t *testing.T) {
	t.Parallel()
	limits := settings.Limits{
		PerNumber: settings.Cap{Most: 3, Within: 10 * time.Minute}, PerSubject: settings.Cap{Most: 5, Within: time.Hour}, PerIP: settings.Cap{Most: 2, Within: time.Hour}, Money: settings.Cap{Most: 100, Within: time.Hour},
		Countries: []string{"NG"},
	}
	ago := func(minutes ...int) (times []time.Time) {
		for _, m := range minutes {
			times = append(times, noon.Add(-time.Duration(m)*time.Minute))
		}
		return times
	}
	window := func(scope string, n int64, minutes int) counter {
		caps := map[string]settings.Cap{scopeSubject: limits.PerSubject, scopeIP: limits.PerIP, scopeMoney: limits.Money, scopeNumber: {}}
		return counter{Scope: scope, N: n, Since: ago(minutes)[0].UnixMicro(), cap: caps[scope]}
	}
	for name, c := range map[string]struct {
		region     string
		handBack   bool
		recordOnly bool
		recent     []time.Time
		counters   []counter
		want       decision
		left       []int64
	}{
		"nothing yet":                    {want: decision{decision: models.SendAllowed}},
		"two in the last ten minutes":    {recent: ago(1, 9), want: decision{decision: models.SendAllowed}},
		"three in the last ten minutes":  {recent: ago(1, 2, 9), want: decision{decision: models.SendRefused, reasons: []string{"number"}, retryAfter: time.Minute}},
		"three, one just long enough":    {recent: ago(1, 2, 10), want: decision{decision: models.SendAllowed}},
		"three, when others only watch":  {recordOnly: true, recent: ago(1, 2, 9), want: decision{decision: models.SendRefused, reasons: []string{"number"}, retryAfter: time.Minute}},
		"three, but nothing is sent":     {handBack: true, recent: ago(1, 2, 9), want: decision{decision: models.SendHandedBack}},
		"a window with room":             {counters: []counter{window(scopeIP, 1, 30)}, want: decision{decision: models.SendAllowed}, left: []int64{2}},
		"a full window":                  {counters: []counter{window(scopeIP, 2, 20)}, want: decision{decision: models.SendRefused, reasons: []string{"ip"}, retryAfter: 40 * time.Minute}, left: []int64{3}},
		"a full window that is over":     {counters: []counter{window(scopeIP, 2, 60)}, want: decision{decision: models.SendAllowed}, left: []int64{1}},
		"a window of a clock set back":   {counters: []counter{window(scopeIP, 2, -5)}, want: decision{decision: models.SendAllowed}, left: []int64{1}},
		"a full window, only watched":    {recordOnly: true, counters: []counter{window(scopeIP, 2, 20)}, want: decision{decision: models.SendRecorded, reasons: []string{"ip"}}, left: []int64{3}},
		"the longest wait":               {recent: ago(1, 2, 9), counters: []counter{window(scopeIP, 2, 20), window(scopeSubject, 9, 50)}, want: decision{decision: models.SendRefused, reasons: []string{"number", "ip", "subject"}, retryAfter: 40 * time.Minute}, left: []int64{3, 10}},
		"all money spent":                {counters: []counter{window(scopeMoney, 100, 1)}, want: decision{decision: models.SendRefused, reasons: []string{"money"}, retryAfter: 59 * time.Minute}, left: []int64{100}},
		"money is counted when it costs": {counters: []counter{window(scopeMoney, 99, 1)}, want: decision{decision: models.SendAllowed}, left: []int64{99}},
		"the number's row is a lock":     {counters: []counter{window(scopeNumber, 0, 1)}, want: decision{decision: models.SendAllowed}, left: []int64{0}},
		"another country":                {region: "BG", want: decision{decision: models.SendRefused, reasons: []string{"country"}, barred: "no codes are sent to this country"}},
		"another country, only watched":  {region: "BG", recordOnly: true, want: decision{decision: models.SendRecorded, reasons: []string{"country"}}},
		"another country, nothing sent":  {region: "BG", handBack: true, want: decision{decision: models.SendHandedBack}},
		"too many codes handed back":     {handBack: true, counters: []counter{window(scopeSubject, 5, 30)}, want: decision{decision: models.SendRefused, reasons: []string{"subject"}, retryAfter: 30 * time.Minute}, left: []int64{6}},
	} {
		l := limits
		l.RecordOnly = c.recordOnly
		e := errand{nature: nature{region: "NG"}, handBack: c.handBack}
		if c.region != "" {
			e.nature.region = c.region
		}
		got := judge(l, e, c.recent, c.counters, nil, noon)
		var left []int64
		for _, counter := range got.counters {
			left = append(left, counter.N)
		}
		same := got.decision == c.want.decision && slices.Equal(got.reasons, c.want.reasons) && got.retryAfter == c.want.retryAfter && got.barred == c.want.barred
		if !same || !slices.Equal(left, c.left) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestARefusalTellsWhetherWaitingHelps(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		decision decision
		want     *models.Error
	}{
		"allowed":   {decision{decision: models.SendAllowed}, nil},
		"watched":   {decision{decision: models.SendRecorded, reasons: []string{"ip"}}, nil},
		"a limit":   {decision{decision: models.SendRefused, retryAfter: time.Minute}, &models.Error{Code: models.TooManySends, RetryAfter: time.Minute}},
		"a country": {decision{decision: models.SendRefused, barred: "no codes are sent to this country"}, &models.Error{Code: models.CountryRefused}},
	} {
		err := c.decision.refusal()
		if err == nil && c.want == nil {
			continue
		}
		got := (*models.Error)(nil)
		if !errors.As(err, &got) || c.want == nil || got.Code != c.want.Code || got.RetryAfter != c.want.RetryAfter {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLimitsAreLockedInOneOrder(t *testing.T) {
	t.Parallel()
	l := usualLimits()
	l.Money = settings.Cap{Most: 1, Within: time.Hour}
	e := errand{Who: who("ada"), number: []byte{1}, email: []byte{2}, ip: []byte{3}, block: "2348012"}
	var names []string
	for _, c := range countersOf(l, e, noon) {
		names = append(names, c.BusinessID+" "+c.Scope+" "+c.Name)
	}
	want := []string{"shop block live/2348012", "shop business live/", "shop email 02", "shop ip 03", "shop money live/", "shop number 01", "shop subject live/ada"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	e.handBack = true
	if got := countersOf(l, e, noon); len(got) != 1 || got[0].Scope != scopeSubject {
		t.Errorf("handed back: %+v", got)
	}
	if got := countersOf(settings.Limits{}, errand{Who: who("ada"), number: []byte{1}}, noon); len(got) != 1 || got[0].Scope != scopeNumber {
		t.Errorf("without limits: %+v", got)
	}
}

func TestWhatOfAnAddressStandsForOneCaller(t *testing.T) {
	t.Parallel()
	for ip, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"fe80::1%eth0": "fe80::/64", "what": "what", "": "",
	} {
		if got := Network(ip); got != want {
			t.Errorf("%s: %s", ip, got)
		}
	}
}
