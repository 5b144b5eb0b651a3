package metrics_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/metrics"
)

// series are values by what they are called: name, or name{member}.
type series map[string]float64

func named(t *testing.T, instruments []metrics.Instrument, values []float64) series {
	t.Helper()
	s := series{}
	for _, i := range instruments {
		for _, member := range i.Members() {
			if len(values) == 0 {
				t.Fatalf("there is no value for %s %s", i.Name, member)
			}
			name := strings.TrimPrefix(i.Name, "circuit_breaker.")
			if member != "" {
				name += "{" + member + "}"
			}
			s[name] = values[0]
			values = values[1:]
		}
	}
	if len(values) > 0 {
		t.Fatalf("%d values are of no instrument", len(values))
	}
	return s
}

// read is every key's series.
func read(t *testing.T, g *group.Group) map[string]series {
	t.Helper()
	all := map[string]series{}
	for key, values := range metrics.Keys(g) {
		if _, twice := all[key]; twice {
			t.Errorf("key %q comes twice", key)
		}
		all[key] = named(t, metrics.OfKey(), values)
	}
	return all
}

// fresh is what a key shows that nobody called.
func fresh() series {
	return series{
		"state{closed}": 1, "state{half-open}": 0, "state{open}": 0,
		"mode{auto}": 1, "mode{observe}": 0, "mode{force-open}": 0, "mode{force-close}": 0,
		"call.admitted": 0, "call.refused": 0, "call.would_refuse": 0, "call.in_flight": 0,
		"call.finished{success}": 0, "call.finished{failure}": 0, "call.finished{overload}": 0, "call.finished{ignored}": 0,
		"drop_ratio":          0,
		"transitions{closed}": 0, "transitions{half-open}": 0, "transitions{open}": 0,
		"event.dropped": 0,
	}
}

// but is s with other values.
func (s series) but(changes series) series {
	s = maps.Clone(s)
	maps.Copy(s, changes)
	return s
}

// wants fails the test unless s is want; NaN is equal to itself.
func (s series) wants(t *testing.T, when string, want series) {
	t.Helper()
	names := slices.Sorted(maps.Keys(want))
	if got := slices.Sorted(maps.Keys(s)); !slices.Equal(got, names) {
		t.Fatalf("%s: there are %q, want %q", when, got, names)
	}
	for _, name := range names {
		if fmt.Sprint(s[name]) != fmt.Sprint(want[name]) {
			t.Errorf("%s: %s is %v, want %v", when, name, s[name], want[name])
		}
	}
}

// brittle opens at the first failure, for ten seconds.
func brittle(string) circuit.Breaker {
	b, err := hystrix.New(hystrix.Config{ConsecutiveFailures: 1, SleepWindow: 10 * time.Second, SleepJitter: -1})
	if err != nil {
		panic(err)
	}
	return b
}

var errBackend = errors.New("backend is down")

// call makes one call that ends as told; it reports whether it was admitted.
func call(t *testing.T, b circuit.Breaker, o circuit.Outcome) bool {
	t.Helper()
	err := circuit.Do(t.Context(), b, func(context.Context) error {
		if o == circuit.Success {
			return nil
		}
		return errBackend
	}, circuit.WithClassifier(func(context.Context, error) circuit.Outcome { return o }))
	return !errors.Is(err, circuit.ErrNotAllowed)
}
