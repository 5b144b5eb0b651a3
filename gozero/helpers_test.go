package gozero_test

import (
	"errors"
	"testing"
	"time"

	"github.com/zeromicro/go-zero/core/breaker"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/sre"
)

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// eventually waits for a condition of another goroutine.
func eventually(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(5 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("never: %s", what)
		}
	}
}

// tripping makes breakers that open at the tenth failed call in a row, for long.
func tripping(string) circuit.Breaker {
	return newHystrix(hystrix.Config{ConsecutiveFailures: 10, RequestVolumeThreshold: 1000, SleepWindow: time.Hour})
}

func newHystrix(c hystrix.Config) *hystrix.Breaker {
	b, err := hystrix.New(c)
	if err != nil {
		panic(err)
	}
	return b
}

func newCredit(c credit.Config) *credit.Breaker {
	b, err := credit.New(c)
	if err != nil {
		panic(err)
	}
	return b
}

func newSRE(c sre.Config) *sre.Breaker {
	b, err := sre.New(c)
	if err != nil {
		panic(err)
	}
	return b
}

// forcedOpen makes breakers that refuse everything.
func forcedOpen(string) circuit.Breaker {
	b := newHystrix(hystrix.Config{})
	if err := b.SetMode(circuit.ForceOpen); err != nil {
		panic(err)
	}
	return b
}

func snapshot(b circuit.Breaker) circuit.Snapshot {
	return b.(circuit.Reporter).Snapshot()
}

// total is what the key's breaker has counted since it was made.
func total(g *group.Group, key string) circuit.Counts { return snapshot(g.Get(key)).Total }

func keys(g *group.Group) map[string]bool {
	found := map[string]bool{}
	for key := range g.All() {
		found[key] = true
	}
	return found
}

// wantCounts waits for a breaker's counts: a server may judge after it answered.
func wantCounts(tb testing.TB, g *group.Group, key string, want circuit.Counts) {
	tb.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for total(g, key) != want {
		if time.Now().After(deadline) {
			tb.Fatalf("%s: counted %+v, want %+v", key, total(g, key), want)
		}
		time.Sleep(time.Millisecond)
	}
}

// wantRefusal checks all that a refusal promises.
func wantRefusal(tb testing.TB, err error) {
	tb.Helper()
	if !errors.Is(err, circuit.ErrNotAllowed) {
		tb.Errorf("%v is not circuit.ErrNotAllowed", err)
	}
	if !errors.Is(err, breaker.ErrServiceUnavailable) {
		tb.Errorf("%v is not go-zero's breaker.ErrServiceUnavailable", err)
	}
	if got := status.Code(err); got != codes.Unavailable {
		tb.Errorf("%v has the gRPC code %v, want Unavailable", err, got)
	}
}
