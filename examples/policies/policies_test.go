package main

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/examples/internal/memnet"
)

// The answers of B are those of a coin, so that all numbers here can be followed.
func TestCoin(t *testing.T) {
	var fails strings.Builder
	coin := newCoin()
	for range 21 {
		if heads(coin) {
			fails.WriteByte('x')
		} else {
			fails.WriteByte('-')
		}
	}
	if got, want := fails.String(), "--xxx-xx--x-x-xxxx---"; got != want {
		t.Errorf("the coin is %s, want %s", got, want)
	}
}

const (
	hello    = "200 hello from B"
	busy     = "503 B is busy"
	apologia = "503 " + apologyBody
	refused  = "503 refused by A, come back in 1 s"
)

// Both services are real, and talk over connections in memory, so that the time is the
// bubble's and the numbers exact.
func TestWhatAAnswers(t *testing.T) {
	want := map[string]struct {
		answers []string
		reached int
		states  string
	}{
		"timeout, slow": {[]string{"3 × 504 B took too long in 1s"}, 3, ""},
		"timeout, busy": {[]string{"2 × " + hello, "3 × " + busy, "1 × " + hello}, 6, ""},

		"retry, slow": {[]string{"1 × " + hello + " in 2s"}, 1, ""},
		// The coin for each call: -, -, xxx, -, xx-, -, x-, x-, xxx, x-, -, -. Retries
		// come after 1 s and 2 s.
		"retry, busy": {[]string{
			"2 × " + hello, "1 × " + busy + " in 3s", "1 × " + hello, "1 × " + hello + " in 3s", "1 × " + hello,
			"2 × " + hello + " in 1s", "1 × " + busy + " in 3s", "1 × " + hello + " in 1s", "2 × " + hello,
		}, 21, ""},

		"breaker, slow": {[]string{"3 × " + hello + " in 2s"}, 3, ""},
		// Open for 1 s from a 503: the nine calls in that time are refused, the tenth is a
		// probe.
		"breaker, busy": {[]string{
			"2 × " + hello, "2 × " + busy, "9 × " + refused, "1 × " + busy, "9 × " + refused, "1 × " + hello, "2 × " + busy, "4 × " + refused,
		}, 8, "open, half-open, open, half-open, closed, open"},

		"fallback, slow": {[]string{"1 × " + hello + " in 2s"}, 1, ""},
		"fallback, busy": {[]string{"2 × " + hello, "3 × " + apologia, "1 × " + hello}, 6, ""},

		// Two timeouts open; they are not retried. What is slow says nothing of when to
		// come back, so the sleep window of 5 s holds.
		"all, slow": {[]string{"2 × " + apologia + " in 1s", "4 × " + apologia}, 2, "open"},
		// The third call fails at once and after 1 s, which opens for 1 s; and again after
		// 2 s, as a probe. Call 14 fails twice, too, and its probe succeeds. Call 27 is a
		// probe that fails, and call 28 the next one.
		"all, busy": {[]string{
			"2 × " + hello, "1 × " + apologia + " in 3s", "9 × " + apologia, "1 × " + hello, "1 × " + hello + " in 3s", "1 × " + hello,
			"2 × " + hello + " in 1s", "1 × " + apologia + " in 3s", "9 × " + apologia, "1 × " + hello + " in 1s", "2 × " + hello,
		}, 21, "open, half-open, open, half-open, closed, open, half-open, closed, open, half-open, open, half-open, open, half-open, closed"},
	}
	for _, trial := range runInMemory(t, func() string { return "1" }, nil) {
		name := trial.policy + ", " + trial.fault
		w, ok := want[name]
		if !ok {
			t.Fatalf("no expectation for %s", name)
		}
		delete(want, name)
		if got := inRuns(trial); !slices.Equal(got, w.answers) {
			t.Errorf("%s: A answered\n%q, want\n%q", name, got, w.answers)
		}
		if trial.reached != w.reached {
			t.Errorf("%s: %d calls reached B, want %d", name, trial.reached, w.reached)
		}
		var states []string
		for _, c := range trial.changes {
			states = append(states, c.To.String())
		}
		if got := strings.Join(states, ", "); got != w.states {
			t.Errorf("%s: states %q, want %q", name, got, w.states)
		}
	}
	if len(want) > 0 {
		t.Errorf("not tried: %v", want)
	}
}

// An open breaker stays so for as long as B asks, to the nanosecond, and without its asking
// for the sleep window. Calls come at 0, 100, 200 ms and so on, and the fourth opens.
func TestOpenTimeIsRetryAfter(t *testing.T) {
	in := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(http.TimeFormat) }
	for _, tt := range []struct {
		name       string
		retryAfter func() string
		want       time.Duration
	}{
		{"1 s", func() string { return "1" }, time.Second},
		{"3 s", func() string { return "3" }, 3 * time.Second},
		// The bubble's time starts with a whole second, and dates have no smaller ones.
		{"a date", func() string { return in(3 * time.Second) }, 2700 * time.Millisecond},
		{"a date that is over", func() string { return in(-time.Hour) }, 5 * time.Second},
		{"more than MaxRetryAfter", func() string { return "3600" }, 10 * time.Second},
		{"nothing", func() string { return "" }, 5 * time.Second},
		{"nonsense", func() string { return "soon" }, 5 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			one := func(trials []*trial) []*trial {
				i := slices.IndexFunc(trials, func(t *trial) bool { return t.policy == "breaker" && t.fault == "busy" })
				trials[i].calls = 110
				return trials[i : i+1]
			}
			changes := runInMemory(t, tt.retryAfter, one)[0].changes
			if len(changes) < 2 || changes[0].To != circuit.Open || changes[1].To != circuit.HalfOpen {
				t.Fatalf("changes are %v, want open and half-open at first", changes)
			}
			if got := changes[1].At.Sub(changes[0].At); got != tt.want {
				t.Errorf("open for %v, want %v", got, tt.want)
			}
		})
	}
}

// State changes are logged, with old and new state.
func TestLog(t *testing.T) {
	var log strings.Builder
	synctest.Test(t, func(t *testing.T) {
		trials, err := newTrials()
		if err != nil {
			t.Fatal(err)
		}
		if err := run(t.Context(), &log, inMemory(), inMemory(), func() string { return "1" }, trials); err != nil {
			t.Fatal(err)
		}
	})
	for _, line := range []string{
		"policy breaker, B is busy\n",
		"   300 ms  closed → open: consecutive failures\n   300 ms  call  4  503 B is busy\n",
		"  1300 ms  open → half-open: sleep window over\n  1300 ms  half-open → open: probe failed\n",
		"  2300 ms  half-open → closed: probes succeeded\n",
		"         B was called 8 times\n",
	} {
		if !strings.Contains(log.String(), line) {
			t.Errorf("no %q in\n%s", line, log.String())
		}
	}
}

// runInMemory makes the trials that choose picks, all by default.
func runInMemory(t *testing.T, retryAfter func() string, choose func([]*trial) []*trial) (trials []*trial) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var err error
		if trials, err = newTrials(); err != nil {
			t.Fatal(err)
		}
		if choose != nil {
			trials = choose(trials)
		}
		if err := run(t.Context(), io.Discard, inMemory(), inMemory(), retryAfter, trials); err != nil {
			t.Fatal(err)
		}
	})
	return trials
}

func inMemory() place {
	l := memnet.Listen()
	return place{l, l.DialContext}
}

// inRuns is the answers that A gave, with the time they took, and how often in a row.
func inRuns(t *trial) (runs []string) {
	n := 0
	for i, answer := range t.answers {
		n++
		if i+1 < len(t.answers) && answer == t.answers[i+1] && t.took[i] == t.took[i+1] {
			continue
		}
		line := fmt.Sprintf("%d × %s", n, answer)
		if t.took[i] > 0 {
			line += fmt.Sprint(" in ", t.took[i])
		}
		runs, n = append(runs, line), 0
	}
	return runs
}
