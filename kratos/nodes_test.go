package kratos_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kratos/kratos/v2/errors"
	"github.com/go-kratos/kratos/v2/selector"
	"github.com/go-kratos/kratos/v2/selector/p2c"
	"github.com/go-kratos/kratos/v2/selector/random"
	"github.com/go-kratos/kratos/v2/selector/wrr"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/kratos"
)

var balancers = map[string]selector.Builder{"wrr": wrr.NewBuilder(), "p2c": p2c.NewBuilder(), "random": random.NewBuilder()}

// choice is Kratos' own selector over nodes a, b, c… with the filter in it.
type choice struct {
	selector selector.Selector
	filter   selector.NodeFilter
}

func choose(balancer string, n int, filter selector.NodeFilter) choice {
	var nodes []selector.Node
	for i := range n {
		nodes = append(nodes, selector.NewNode("http", string(rune('a'+i)), nil))
	}
	s := balancers[balancer].Build()
	s.Apply(nodes)
	return choice{s, filter}
}

// call picks a node and calls it, which errs tells the result of.
func (c choice) call(ctx context.Context, serve func(node string) error) (node string, err error) {
	picked, done, err := c.selector.Select(ctx, selector.WithNodeFilter(c.filter))
	if err != nil {
		return "", err
	}
	err = serve(picked.Address())
	done(ctx, selector.DoneInfo{Err: err})
	return picked.Address(), err
}

// sleepy makes breakers that open at the third failure in a row, for five seconds.
func sleepy(string) circuit.Breaker {
	b, err := hystrix.New(hystrix.Config{
		ErrorPercentThreshold: -1, ConsecutiveFailures: 3, SleepWindow: 5 * time.Second, SleepJitter: -1,
	})
	if err != nil {
		panic(err)
	}
	return b
}

// A node fails until 20 s; after its third failure it gets one call each 5 s, and
// its part of the calls again at most 3 calls after its recovery is found.
func TestNodesLeaveOutAFailingNode(t *testing.T) {
	for balancer := range balancers {
		t.Run(balancer, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := choose(balancer, 3, kratos.NewNodes(kratos.WithBreaker(sleepy)).Filter())
				began := time.Now()
				failures := 0
				for time.Since(began) < 20*time.Second {
					_, _ = c.call(t.Context(), func(node string) error {
						if node == "b" {
							failures++
							return errBroken
						}
						return nil
					})
					time.Sleep(10 * time.Millisecond)
				}
				if least, most := 3+2, 3+4; failures < least || failures > most {
					t.Errorf("%d failures, must be from %d to %d", failures, least, most)
				}
				time.Sleep(5 * time.Second)
				served := map[string]int{}
				for range 3000 {
					node, err := c.call(t.Context(), func(string) error { return nil })
					if err != nil {
						t.Fatal(err)
					}
					served[node]++
					time.Sleep(time.Millisecond)
				}
				if balancer == "wrr" && (served["b"] < 999 || served["b"] > 1001) {
					t.Errorf("%v, must be 1000 each, or one more or less", served)
				}
				if served["b"] < 500 {
					t.Errorf("%v, must be about 1000 each", served)
				}
			})
		})
	}
}

// The same with the default breaker, whose probes keep coming: about 35
// calls meet the fault, the 8 that open it among them. All calls are admitted again soon after.
func TestNodesLeaveOutAFailingNodeByDefault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := choose("wrr", 3, kratos.NewNodes().Filter())
		failures, served := 0, 0
		for i := range 8000 {
			_, err := c.call(t.Context(), func(node string) error {
				switch {
				case node != "b":
				case i < 2000:
					failures++
					return errBroken
				case i >= 5000:
					served++
				}
				return nil
			})
			if err != nil && !errors.Is(err, errBroken) {
				t.Fatalf("call %d went to no node, with two that serve: %v", i, err)
			}
			time.Sleep(10 * time.Millisecond)
		}
		if failures < 25 || failures > 50 {
			t.Errorf("%d failures, want about 35", failures)
		}
		if served < 999 || served > 1001 {
			t.Errorf("a node that has recovered serves %d of 3000 calls, want 1000, or one more or less", served)
		}
	})
}

// half is a breaker that is open and admits what it is asked, as one does that
// drops a share and happens not to drop this call.
type half struct {
	circuit.Disabled
	acquired *int
}

func (h half) Snapshot() circuit.Snapshot {
	return circuit.Snapshot{State: circuit.Open, DropRatio: 0.5}
}

func (h half) Acquire() (circuit.Permit, error) {
	*h.acquired++
	return circuit.Permit{}, nil
}

// A node that drops a share gets its part of the traffic at most, and its breaker
// is not asked for calls that go elsewhere.
func TestNodesKeepTheShareOfAThrottledNode(t *testing.T) {
	acquired := 0
	c := choose("wrr", 4, kratos.NewNodes(kratos.WithBreaker(func(key string) circuit.Breaker {
		if key == "b" {
			return half{acquired: &acquired}
		}
		return sleepy(key)
	})).Filter())
	served := map[string]int{}
	for range 400 {
		node, err := c.call(t.Context(), func(string) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		served[node]++
	}
	if want := fmt.Sprint(map[string]int{"a": 100, "b": 100, "c": 100, "d": 100}); fmt.Sprint(served) != want || acquired != 100 {
		t.Errorf("served %v, asked b's breaker %d times, must be %s and 100", served, acquired, want)
	}
}

func TestNodesAllLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes := kratos.NewNodes(kratos.WithBreaker(sleepy))
		c := choose("wrr", 2, nodes.Filter())
		handler := nodes.Client()(func(ctx context.Context, _ any) (any, error) {
			return c.call(ctx, func(string) error { return errBroken })
		})
		for range 6 {
			if _, err := handler(t.Context(), nil); errors.Reason(err) != "BROKEN" {
				t.Fatalf("%v, must be the backend's error", err)
			}
			time.Sleep(100 * time.Millisecond)
		}
		_, err := handler(t.Context(), nil)
		native(t, err)
		after, ok := circuit.RetryAfter(err)
		// a failed for the third time 200 ms ago, b 100 ms ago
		if !errors.Is(err, circuit.ErrNotAllowed) || !ok || after != 4800*time.Millisecond {
			t.Errorf("%v, retry after %v, %v, must be a refusal and 4.8s", err, after, ok)
		}
		time.Sleep(time.Second)
		if after, _ := circuit.RetryAfter(err); after != 3800*time.Millisecond {
			t.Errorf("a second later: retry after %v, must be 3.8s", after)
		}
	})
}

func TestNodesFallback(t *testing.T) {
	nodes := kratos.NewNodes(kratos.WithBreaker(brittle), kratos.WithFallback(
		func(_ context.Context, req any, err error) (any, error) {
			return fmt.Sprint("instead of ", req, ": ", errors.Reason(err)), nil
		}))
	c := choose("wrr", 1, nodes.Filter())
	handler := nodes.Client()(func(ctx context.Context, _ any) (any, error) {
		return c.call(ctx, func(string) error { return errBroken })
	})
	for range 3 {
		_, _ = handler(t.Context(), "req")
	}
	if reply, err := handler(t.Context(), "req"); reply != "instead of req: "+kratos.Reason || err != nil {
		t.Errorf("%v, %v, must be the fallback's", reply, err)
	}
}
