package kratos_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kratos/kratos/v2/selector"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/kratos"
)

// Two of four nodes drop a share, and have every other turn. The balancer wrr
// began anew after each, and always with a: c got nothing.
func TestNodesTurnsLeaveTheOthersTheirShares(t *testing.T) {
	acquired := 0
	c := choose("wrr", 4, kratos.NewNodes(kratos.WithBreaker(func(key string) circuit.Breaker {
		if key == "b" || key == "d" {
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
	if want := fmt.Sprint(map[string]int{"a": 100, "b": 100, "c": 100, "d": 100}); fmt.Sprint(served) != want {
		t.Errorf("served %v, must be %s", served, want)
	}
}

type canary struct{}

// A filter in front sends every other call to other nodes. While one count of
// calls gave all turns, those of the call's two nodes always fell to the same one,
// and the other was never probed.
func TestRule8NodesProbeComesBehindAnotherFilter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		guarded := kratos.NewNodes(kratos.WithBreaker(sleepy)).Filter()
		c := choose("wrr", 4, func(ctx context.Context, all []selector.Node) []selector.Node {
			if ctx.Value(canary{}) != nil {
				return guarded(ctx, all[2:])
			}
			return guarded(ctx, all[:2])
		})
		round := func(result error) (node string) {
			node, _ = c.call(t.Context(), func(string) error { return result })
			_, _ = c.call(context.WithValue(t.Context(), canary{}, true), func(string) error { return nil })
			return node
		}
		for range 10 {
			round(errBroken)
		}
		time.Sleep(5 * time.Second)
		probed := map[string]int{}
		for range 2 {
			probed[round(nil)]++
		}
		if probed["a"] != 1 || probed["b"] != 1 {
			t.Errorf("%v, must be one probe of each", probed)
		}
	})
}
