package group_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

// coat is something around a breaker.
type coat struct {
	circuit.Breaker
	name string
}

func (c coat) Unwrap() circuit.Breaker { return c.Breaker }

// layers names what is around a key's breaker, from the outside, and the breaker.
func layers(b circuit.Breaker) (names []string) {
	for {
		c, ok := b.(coat)
		if !ok {
			return append(names, fmt.Sprintf("%T", b))
		}
		names = append(names, c.name)
		b = c.Breaker
	}
}

func TestWithWrapper(t *testing.T) {
	around := func(name string) group.Option {
		return group.WithWrapper(func(key string, b circuit.Breaker) circuit.Breaker {
			if key == "bare" {
				return nil
			}
			return coat{b, name + " of " + key}
		})
	}
	plain := func(key string) circuit.Breaker {
		if key == "unguarded" {
			return nil
		}
		return coat{circuit.Disabled{}, "plain"}
	}
	g := group.New(plain, around("first"), nil, group.WithWrapper(nil), around("second"), group.WithOverride("own", func(string) circuit.Breaker {
		return coat{circuit.Disabled{}, "own"}
	}))
	check := func(key string, want ...string) {
		t.Helper()
		if got := layers(g.Get(key)); !slices.Equal(got, append(want, "circuit.Disabled")) {
			t.Errorf("%s: %q, want %q and none else", key, got, want)
		}
	}
	check("a", "second of a", "first of a", "plain")
	check("bare", "plain")
	check("unguarded")
	check("own", "second of own", "first of own", "own")
	check(group.OverflowKey, "second of (overflow)", "first of (overflow)", "plain")

	// After a Reload, the new factory's breakers have them, too.
	g.Reload(func(string) circuit.Breaker { return coat{circuit.Disabled{}, "reloaded"} }, nil)
	check("a", "second of a", "first of a", "reloaded")
	check("unguarded", "second of unguarded", "first of unguarded", "reloaded")
}
