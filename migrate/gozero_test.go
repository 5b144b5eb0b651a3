package migrate_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/zeromicro/go-zero/core/breaker"
	"github.com/zeromicro/go-zero/core/logx"
	"github.com/zeromicro/go-zero/core/stat"
	"google.golang.org/grpc/codes"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/sre"
	"github.com/go-fusebox/fusebox/gozero"
)

var panics = flag.Bool("panics", false, "let the test that panics do so")

func TestMain(m *testing.M) {
	flag.Parse()
	_ = logx.SetUp(logx.LogConf{}) // go-zero's log is no part of these tests; servers set it up once
	logx.Disable()
	stat.SetReporter(nil)
	os.Exit(m.Run())
}

var (
	named       atomic.Int64
	switchedOff atomic.Bool
)

// name is one that go-zero's registry doesn't have yet.
func name() string { return "n" + strconv.FormatInt(named.Add(1), 10) }

func TestGoZero(t *testing.T) {
	theirs, ours := goZeroTheirs{}, goZeroOurs{}
	stock := func(do func(ctx context.Context, name string, callee func(context.Context) error) error) func() side {
		return func() side {
			settle()
			n := name()
			return func(ctx context.Context, callee func(context.Context) error) error { return do(ctx, n, callee) }
		}
	}
	fused := func(do func(ctx context.Context, b circuit.Breaker, callee func(context.Context) error) error) func() side {
		return func() side {
			settle()
			b := must(sre.New(sre.GoZero()))
			return func(ctx context.Context, callee func(context.Context) error) error { return do(ctx, b, callee) }
		}
	}
	byName := func() side {
		settle()
		breakers, _ := ours.GetBreaker("users")
		return func(ctx context.Context, callee func(context.Context) error) error {
			return ours.Do(ctx, breakers, "users", callee)
		}
	}
	tests{
		"Do": func(t *testing.T) {
			alike(t, stock(theirs.Do), byName, "s*100 f*5 s", ".*100 x*5 .")
			a, b := outage(t, 3, stock(theirs.Do)), outage(t, 3, byName)
			t.Logf("theirs %+v, ours %+v", a, b)
			if b.refused*10 > a.refused || b.back*10 > a.back || b.reached*2 > a.reached {
				t.Errorf("theirs %+v, ours %+v", a, b)
			}
			for what, refuses := range map[string]bool{"p": true, "c": false} {
				a, b := refusals(t, stock(theirs.Do), what), refusals(t, byName, what)
				if a == 0 || b > 0 != refuses {
					t.Errorf("%s: of 300, theirs refused %d, ours %d", what, a, b)
				}
			}
		},
		"DoWithAcceptable": func(t *testing.T) {
			for _, c := range []struct {
				err     error
				refuses bool
			}{{errFailed, true}, {errNotFound, false}, {fmt.Errorf("user 7: %w", errNotFound), false}} {
				with := func(s func() side) func() side {
					return func() side {
						call := s()
						return func(ctx context.Context, callee func(context.Context) error) error {
							return call(ctx, func(ctx context.Context) error { _ = callee(ctx); return c.err })
						}
					}
				}
				a := refusals(t, with(stock(theirs.DoWithAcceptable)), "f")
				b := refusals(t, with(fused(ours.DoWithAcceptable)), "f")
				if a > 0 != c.refuses || b > 0 != c.refuses {
					t.Errorf("%v: of 300, theirs refused %d, ours %d", c.err, a, b)
				}
			}
		},
		"DoWithFallback": func(t *testing.T) {
			cached := func() error { return nil }
			s := stock(func(ctx context.Context, name string, callee func(context.Context) error) error {
				return theirs.DoWithFallback(ctx, name, callee, cached)
			})
			f := fused(func(ctx context.Context, b circuit.Breaker, callee func(context.Context) error) error {
				return ours.DoWithFallback(ctx, b, callee, cached)
			})
			alike(t, s, f, "f*5", "x*5") // what failed comes back
			for what, side := range map[string]func() side{"theirs": s, "ours": f} {
				synctest.Test(t, func(t *testing.T) {
					call, counts := side(), map[string]int{}
					for range 300 {
						counts[answer(call, "f")]++
					}
					if counts["b"] == 0 || counts["-"] != 0 || counts["b"]+counts["x"] != 300 {
						t.Errorf("%s: %v", what, counts)
					}
				})
			}
		},
		"GetBreaker": func(t *testing.T) {
			n := name()
			g, b := ours.GetBreaker(n)
			if theirs.GetBreaker(n) != theirs.GetBreaker(n) || g.Get(n) != b || g.Get(name()) == b {
				t.Error("not one breaker per name")
			}
		},
		"NoBreakerFor": func(t *testing.T) {
			open := func() side {
				n := name()
				theirs.NoBreakerFor(n)
				return func(ctx context.Context, callee func(context.Context) error) error {
					return theirs.Do(ctx, n, callee)
				}
			}
			disabled := func() side {
				g := ours.NoBreakerFor("users")
				return func(ctx context.Context, callee func(context.Context) error) error {
					return circuit.Do(ctx, g.Get("users"), callee)
				}
			}
			alike(t, open, disabled, "f*300 s", "x*300 .")
		},
		"NewBreaker": func(t *testing.T) {
			side := func(made func() breaker.Breaker) func() side {
				return func() side {
					settle()
					b := made()
					if b.Name() != "users" {
						t.Errorf("name %q", b.Name())
					}
					return func(ctx context.Context, callee func(context.Context) error) error {
						return b.DoCtx(ctx, func() error { return callee(ctx) })
					}
				}
			}
			s, f := side(theirs.NewBreaker), side(func() breaker.Breaker { return must(ours.NewBreaker()) })
			alike(t, s, f, "s*100 f*5 s", ".*100 x*5 .")
			a, b := outage(t, 3, s), outage(t, 3, f)
			c := outage(t, 3, side(func() breaker.Breaker { return gozero.NewBreaker("users", must(sre.New(sre.GoZero()))) }))
			t.Logf("theirs %+v, ours %+v, sre.GoZero %+v", a, b, c)
			if !about(a.reached, c.reached, 0.1) || c.refused < a.refused || b.refused*10 > a.refused || b.reached*2 > a.reached {
				t.Errorf("theirs %+v, ours %+v, sre.GoZero() %+v", a, b, c)
			}
		},
		"Allow": func(t *testing.T) {
			s := func() side {
				settle()
				b := theirs.NewBreaker()
				return func(ctx context.Context, callee func(context.Context) error) error {
					return theirs.Allow(ctx, b, callee)
				}
			}
			f := fused(func(ctx context.Context, b circuit.Breaker, callee func(context.Context) error) error {
				return ours.Allow(ctx, b.(circuit.Acquirer), callee)
			})
			alike(t, s, f, "f*5 s", "x*5 .")
			if a, b := refusals(t, s, "f"), refusals(t, f, "f"); a == 0 || b == 0 || a == 300 || b == 300 {
				t.Errorf("of 300, theirs refused %d, ours %d", a, b)
			}
		},
		"Refused": func(t *testing.T) {
			for what, b := range map[string]breaker.Breaker{"theirs": theirs.NewBreaker(), "ours": must(ours.NewBreaker())} {
				refused := 0
				for range 300 {
					err := b.Do(func() error { return errFailed })
					if !errors.Is(err, errFailed) {
						refused++
						if !theirs.Refused(err) || what == "ours" && !ours.Refused(err) {
							t.Fatalf("%s: %v", what, err)
						}
					}
				}
				if refused == 0 {
					t.Errorf("%s: none refused", what)
				}
			}
		},
		"Client": func(t *testing.T) {
			for code, counts := range map[codes.Code]struct{ theirs, ours bool }{
				codes.Internal: {true, true}, codes.Unknown: {false, true}, codes.Unimplemented: {true, false},
			} {
				guardsClients(t, theirs.Client, code, counts.theirs)
				guardsClients(t, ours.Client, code, counts.ours)
			}
		},
		"Server": func(t *testing.T) { guardsServers(t, theirs.Server); guardsServers(t, ours.Server) },
		"REST": func(t *testing.T) {
			for status, counts := range map[int]struct{ theirs, ours bool }{429: {false, true}, 500: {true, true}, 501: {true, false}} {
				guardsRoutes(t, theirs.REST, status, counts.theirs)
				guardsRoutes(t, ours.REST, status, counts.ours)
			}
		},
		"HTTPC": func(t *testing.T) {
			if !switchedOff.Swap(true) { // ours switches the breaker of that name off, for good
				guardsServices(t, theirs.HTTPC, 501, true)
			}
			for status, counts := range map[int]bool{429: true, 500: true, 501: false} {
				guardsServices(t, ours.HTTPC, status, counts)
			}
		},
	}.run(t, theirs, ours)
}
