package circuitfailsafe_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/sre"
)

var errDown = errors.New("the server is down")

// calm never opens in these tests, so that totals can be told.
var calm = hystrix.Config{RequestVolumeThreshold: 1e6}

// fragile opens at the first failure and stays so.
var fragile = hystrix.Config{ConsecutiveFailures: 1, SleepWindow: time.Hour, SleepJitter: -1}

// inARow opens after so many failures in a row, and stays so.
func inARow(n int) hystrix.Config {
	return hystrix.Config{ConsecutiveFailures: n, SleepWindow: time.Hour, SleepJitter: -1}
}

func newHystrix(tb testing.TB, c hystrix.Config) *hystrix.Breaker {
	tb.Helper()
	b, err := hystrix.New(c)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// engine is what all breakers of this module are.
type engine interface {
	circuit.Acquirer
	circuit.Reporter
}

// engines makes one of each, at its defaults.
func engines(tb testing.TB) map[string]engine {
	tb.Helper()
	c, err := credit.New(credit.Config{})
	if err != nil {
		tb.Fatal(err)
	}
	s, err := sre.New(sre.Config{})
	if err != nil {
		tb.Fatal(err)
	}
	return map[string]engine{"credit": c, "sre": s, "hystrix": newHystrix(tb, hystrix.Config{})}
}

func wantTotal(t *testing.T, b circuit.Reporter, want circuit.Counts) {
	t.Helper()
	if got := b.Snapshot().Total; got != want {
		t.Errorf("total is %+v, want %+v", got, want)
	}
}

// ledger is a breaker that admits everything, unless it is told not to, and writes down
// how each permit was settled.
type ledger struct {
	circuit.Breaker // for the bare methods, which nobody calls

	mu      sync.Mutex
	refuses bool
	admits  uint64
	results map[uint64][]circuit.Result
}

func (l *ledger) Acquire() (circuit.Permit, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.refuses {
		return circuit.Permit{}, circuit.NewRefusal("ledger", nil)
	}
	l.admits++
	return circuit.NewPermit(l, l.admits), nil
}

func (l *ledger) Settle(token uint64, o circuit.Outcome) {
	l.SettleResult(token, circuit.Result{Outcome: o})
}

func (l *ledger) SettleResult(token uint64, r circuit.Result) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.results == nil {
		l.results = make(map[uint64][]circuit.Result)
	}
	l.results[token] = append(l.results[token], r)
}

// want checks that each permit was settled once, in the order of their admission.
func (l *ledger) want(t *testing.T, want ...circuit.Result) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var got []circuit.Result
	for token := uint64(1); token <= l.admits; token++ {
		if n := len(l.results[token]); n != 1 {
			t.Errorf("permit %d of %d was settled %d times: %+v", token, l.admits, n, l.results[token])
		}
		got = append(got, l.results[token]...)
	}
	if !slices.Equal(got, want) {
		t.Errorf("results are\n%+v, want\n%+v", got, want)
	}
}

// What may become of an attempt that took d.
func succeededIn(d time.Duration) circuit.Result { return circuit.Result{Duration: d} }
func failedIn(d time.Duration) circuit.Result {
	return circuit.Result{Outcome: circuit.Failure, Duration: d}
}
func timedOutIn(d time.Duration) circuit.Result {
	return circuit.Result{Outcome: circuit.Failure, Kind: circuit.KindTimeout, Duration: d}
}
func interruptedIn(d time.Duration) circuit.Result {
	return circuit.Result{Outcome: circuit.Ignored, Kind: circuit.KindInterrupt, Duration: d}
}
func rejectedIn(d time.Duration) circuit.Result {
	return circuit.Result{Outcome: circuit.Ignored, Kind: circuit.KindConcurrencyReject, Duration: d}
}
