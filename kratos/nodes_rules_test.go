package kratos_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kratos/kratos/v2/selector"
	"github.com/go-kratos/kratos/v2/selector/wrr"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/kratos"
)

// A thousand callers come when the node is due: one of them probes it.
func TestRule7NodesProbesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := choose("random", 2, kratos.NewNodes(kratos.WithBreaker(sleepy)).Filter())
		for failures := 0; failures < 3; {
			_, err := c.call(t.Context(), func(node string) error {
				if node == "b" {
					return errBroken
				}
				return nil
			})
			if err != nil {
				failures++
			}
		}
		time.Sleep(5 * time.Second)
		var wg sync.WaitGroup
		var mu sync.Mutex
		asked := map[string]int{}
		for range 1000 {
			wg.Go(func() {
				_, _ = c.call(t.Context(), func(node string) error {
					mu.Lock()
					asked[node]++
					mu.Unlock()
					time.Sleep(time.Second) // all are under way at once
					return nil
				})
			})
		}
		wg.Wait()
		if asked["b"] != 1 || asked["a"] != 999 {
			t.Errorf("%v, must be one probe of b and the rest to a", asked)
		}
	})
}

// A due node is probed within as many calls as there are nodes.
func TestRule8NodesProbeComesWithinNCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 7
		c := choose("wrr", n, kratos.NewNodes(kratos.WithBreaker(sleepy)).Filter())
		for range 3 * n {
			_, _ = c.call(t.Context(), func(node string) error {
				if node == "d" {
					return errBroken
				}
				return nil
			})
		}
		time.Sleep(5 * time.Second)
		for i := range n {
			if node, _ := c.call(t.Context(), func(string) error { return nil }); node == "d" {
				t.Logf("probed by call %d", i+1)
				return
			}
		}
		t.Errorf("not probed by %d calls", n)
	})
}

// A result of a call that began before the node's breaker opened must not count
// once it has closed again.
func TestRule3NodesOldNewsDecidesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := group.New(sleepy)
		nodes := kratos.NewNodes(kratos.WithGroup(g))
		c := choose("wrr", 1, nodes.Filter())
		_, late, err := c.selector.Select(t.Context(), selector.WithNodeFilter(c.filter))
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			_, _ = c.call(t.Context(), func(string) error { return errBroken })
		}
		time.Sleep(5 * time.Second)
		if _, err := c.call(t.Context(), func(string) error { return nil }); err != nil {
			t.Fatal(err)
		}
		late(t.Context(), selector.DoneInfo{Err: errBroken})
		if s := snapshot(t, g, "a"); s.State != circuit.Closed || s.Window.Failures != 0 {
			t.Errorf("%+v, must be closed without a failure", s)
		}
	})
}

func forced(t *testing.T, b circuit.Breaker, mode circuit.Mode) circuit.Breaker {
	t.Helper()
	if err := b.(circuit.ModeSetter).SetMode(mode); err != nil {
		t.Fatal(err)
	}
	return b
}

// Beside a node that is forced open, one that fails has every call in the modes
// Observe and ForceClose, until it is found out in Auto, none in ForceOpen.
func TestNodesHeedModes(t *testing.T) {
	for mode, want := range map[circuit.Mode]int{circuit.Auto: 3, circuit.Observe: 100, circuit.ForceClose: 100, circuit.ForceOpen: 0} {
		c := choose("wrr", 2, kratos.NewNodes(kratos.WithBreaker(func(key string) circuit.Breaker {
			return forced(t, brittle(key), map[string]circuit.Mode{"a": circuit.ForceOpen, "b": mode}[key])
		})).Filter())
		asked := 0
		for range 100 {
			_, _ = c.call(t.Context(), func(string) error {
				asked++
				return errBroken
			})
		}
		if asked != want {
			t.Errorf("mode %v: b was asked %d times, must be %d", mode, asked, want)
		}
	}
}

func TestRule13NodesLetHealthChecksPass(t *testing.T) {
	c := choose("wrr", 1, kratos.NewNodes(kratos.WithBreaker(func(key string) circuit.Breaker {
		return forced(t, brittle(key), circuit.ForceOpen)
	})).Filter())
	serve := func(string) error { return nil }
	if _, err := c.call(calling(t.Context(), "/grpc.health.v1.Health/Check"), serve); err != nil {
		t.Errorf("health check: %v", err)
	}
	if _, err := c.call(calling(t.Context(), opHello), serve); err == nil {
		t.Error("another call was made")
	}
}

// gRPC reports a pick whose connection is gone as done, without an error, and
// picks again.
func TestNodesIgnoreCallsThatWereNotSent(t *testing.T) {
	g := group.New(brittle)
	s := wrr.NewBuilder().Build()
	s.Apply([]selector.Node{selector.NewNode("grpc", "a", nil)})
	filter := selector.WithNodeFilter(kratos.NewNodes(kratos.WithGroup(g)).Filter())
	for _, info := range []selector.DoneInfo{{}, {BytesSent: true}, {Err: errBroken}} {
		_, done, err := s.Select(t.Context(), filter)
		if err != nil {
			t.Fatal(err)
		}
		done(t.Context(), info)
	}
	expect(t, "a", snapshot(t, g, "a").Total, circuit.Counts{Ignored: 1, Successes: 1, Failures: 1})
}
