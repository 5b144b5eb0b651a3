package migrate_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/go-kratos/aegis/circuitbreaker"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/sre"
)

// aegisAsKratos is an aegis breaker as a side, refusals marked.
func aegisAsKratos(made func() circuitbreaker.CircuitBreaker) func() side {
	return func() side {
		b := made()
		return func(ctx context.Context, callee func(context.Context) error) error {
			return aegisTheirs{}.Call(ctx, b, callee)
		}
	}
}

func TestAegis(t *testing.T) {
	theirs, ours := aegisTheirs{}, aegisOurs{}
	tests{
		"Defaults": func(t *testing.T) {
			alike(t, aegisAsKratos(theirs.Defaults), called(ours.Defaults), // nothing is refused below 100 calls in 3 s
				"f*100 +3100ms s*20 f*79 s", "x*100 .*20 x*79 .")
			alikeInOutage(t, aegisAsKratos(theirs.Defaults), called(ours.Defaults))
			a, plain := outage(t, 3, aegisAsKratos(theirs.Defaults)), outage(t, 3, called(func() (*sre.Breaker, error) {
				return sre.New(sre.Config{})
			}))
			if plain.refused*3 > a.refused || plain.back*3 > a.back {
				t.Errorf("theirs %+v, sre.Config{} %+v", a, plain)
			}
		},
		"Options": func(t *testing.T) {
			alike(t, aegisAsKratos(theirs.Options), called(ours.Options), "f*20 +5100ms f*20", "x*40")
			alikeInOutage(t, aegisAsKratos(theirs.Options), called(ours.Options))
		},
		"Call": func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // panics: theirs doesn't count them
				if got := play(aegisAsKratos(theirs.Options)(), "p*60"); got != "p*60" {
					t.Errorf("theirs: %s", got)
				}
				if got := play(called(ours.Options)(), "p*60"); !strings.Contains(got, "-") {
					t.Errorf("ours refused nothing: %s", got)
				}
			})
			synctest.Test(t, func(t *testing.T) { // calls that their callers cancel
				if got := play(aegisAsKratos(theirs.Options)(), "c*60"); !strings.Contains(got, "-") {
					t.Errorf("theirs refused nothing: %s", got)
				}
				if got := play(called(ours.Options)(), "c*60"); got != "x*60" {
					t.Errorf("ours: %s", got)
				}
			})
		},
		"Mark": func(t *testing.T) {
			marked := func() side {
				b := must(ours.Defaults())
				return func(ctx context.Context, callee func(context.Context) error) error {
					return ours.Mark(ctx, b, callee)
				}
			}
			stock := func() side {
				b := theirs.Defaults()
				return func(ctx context.Context, callee func(context.Context) error) error {
					return theirs.Mark(ctx, b, callee)
				}
			}
			alike(t, stock, marked, "f*100 +3100ms f*99", "x*199")
			// Each side's breaker in the other's place.
			var _ circuit.Breaker = theirs.Defaults()
			var _ circuitbreaker.CircuitBreaker = must(ours.Defaults())
			swapped := func() side {
				b := must(ours.Defaults())
				return func(ctx context.Context, callee func(context.Context) error) error {
					return theirs.Mark(ctx, b, callee)
				}
			}
			alike(t, swapped, func() side {
				b := theirs.Defaults()
				return func(ctx context.Context, callee func(context.Context) error) error {
					return ours.Call(ctx, b, callee)
				}
			}, "f*100 +3100ms f*99", "x*199")
		},
	}.run(t, theirs, ours)
}
