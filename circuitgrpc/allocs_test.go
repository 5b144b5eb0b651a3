package circuitgrpc_test

import (
	"context"
	"testing"

	"github.com/go-fusebox/fusebox/circuitgrpc"
)

// A unary call and a server's stream cost no allocation, whether admitted or
// refused, with an option or without. A client's stream costs three when admitted:
// what remembers its permit, and the call option that tells its end.
func TestAllocations(t *testing.T) {
	for name, c := range map[string]struct {
		opts []circuitgrpc.Option
		want map[string]float64
	}{
		"default":  {nil, map[string]float64{"streamClient": 3}},
		"admitted": {[]circuitgrpc.Option{circuitgrpc.WithGroup(counting())}, map[string]float64{"streamClient": 3}},
		"refused":  {[]circuitgrpc.Option{circuitgrpc.WithGroup(forcedOpen())}, nil},
		"refused, in other words": {[]circuitgrpc.Option{
			circuitgrpc.WithGroup(forcedOpen()), circuitgrpc.WithRefusal(otherWords),
		}, nil},
		"refused, observed": {[]circuitgrpc.Option{
			circuitgrpc.WithGroup(forcedOpen()), circuitgrpc.WithRefusalObserver(func(context.Context, string, error) {}),
		}, nil},
		"classifier": {[]circuitgrpc.Option{circuitgrpc.WithClassifier(circuitgrpc.KratosCodes)}, map[string]float64{"streamClient": 3}},
	} {
		for _, k := range interceptors(nil, c.opts...) {
			if got := testing.AllocsPerRun(1000, k.call); got != c.want[k.name] {
				t.Errorf("%s, %s: %v allocations, want %v", k.name, name, got, c.want[k.name])
			}
		}
	}
}

func TestWithTargetsAllocatesNothing(t *testing.T) {
	for name, opts := range map[string][]circuitgrpc.Option{
		"admitted": nil,
		"refused, observed": {
			circuitgrpc.WithGroup(forcedOpen()), circuitgrpc.WithRefusalObserver(func(context.Context, string, error) {}),
		},
	} {
		call := toTarget(t, circuitgrpc.UnaryClientInterceptor(append(opts, circuitgrpc.WithTargets())...), "host:80")
		if got := testing.AllocsPerRun(1000, func() { call(someMethod) }); got != 0 {
			t.Errorf("%s: a call costs %v allocations, want 0", name, got)
		}
	}
}
