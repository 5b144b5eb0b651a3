package circuitslog_test

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/circuitslog"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

// A breaker is open from 0:10 to 2:35; the summaries are at 1:10, 2:10 and no more.
func TestSummaries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, logger := newPages()
		g := group.New(fragile)
		defer circuitslog.Follow(g, logger)()
		time.Sleep(10 * time.Second)
		must(t, setter(g, "users").SetMode(circuit.ForceOpen))
		if lines := p.take(); len(lines) != 1 {
			t.Errorf("%q, want the opening", lines)
		}
		refuse(t, g, "users", 1000)
		time.Sleep(time.Minute - time.Nanosecond)
		p.want(t)
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		p.want(t, `level=WARN msg="circuit breaker refuses calls" key=users state=open mode=force-open refused=1000 over=1m0s`)

		refuse(t, g, "users", 7)
		time.Sleep(time.Minute)
		synctest.Wait()
		p.want(t, `level=WARN msg="circuit breaker refuses calls" key=users state=open mode=force-open refused=7 over=1m0s`)

		refuse(t, g, "users", 3)
		time.Sleep(25 * time.Second)
		must(t, setter(g, "users").SetMode(circuit.Auto))
		// The closing has all of them, those since the last summary included.
		p.want(t, `msg="circuit breaker closed" key=users from=open to=closed reason="mode auto" engine=hystrix mode=force-open lasted=2m25s window.successes=0 window.failures=0 window.refused=0 refused=1010`)
		time.Sleep(time.Hour)
		synctest.Wait()
		p.want(t)
	})
}

// A minute in which nothing is refused has no line, and the next summary is of its own
// minute alone.
func TestSummaryOfSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, logger := newPages()
		g := group.New(fragile)
		defer circuitslog.Follow(g, logger)()
		must(t, setter(g, "a").SetMode(circuit.ForceOpen))
		p.take()
		time.Sleep(5*time.Minute + 30*time.Second)
		refuse(t, g, "a", 1)
		time.Sleep(30 * time.Second)
		synctest.Wait()
		p.want(t, `level=WARN msg="circuit breaker refuses calls" key=a state=open mode=force-open refused=1 over=1m0s`)
	})
}

func TestSummaryHasTheTopAndTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, logger := newPages()
		g := group.New(fragile)
		defer circuitslog.Follow(g, logger, circuitslog.WithTop(2), circuitslog.WithInterval(10*time.Second))()
		for i := range 9 {
			key := string(rune('a' + i))
			must(t, setter(g, key).SetMode(circuit.ForceOpen))
			refuse(t, g, key, []int{5, 0, 9, 1, 9, 2, 0, 3, 1}[i])
		}
		p.take()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		p.want(t,
			`level=WARN msg="circuit breaker refuses calls" key=c state=open mode=force-open refused=9 over=10s`,
			`level=WARN msg="circuit breaker refuses calls" key=e state=open mode=force-open refused=9 over=10s`,
			`level=WARN msg="more circuit breakers refuse calls" keys=5 refused=12`)
	})
}

// A trial refuses nothing, and its summary is no warning.
func TestSummaryOfObserveMode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, logger := newPages()
		g := group.New(fragile)
		defer circuitslog.Follow(g, logger, circuitslog.WithTop(1))()
		for _, key := range []string{"a", "b"} {
			must(t, setter(g, key).SetMode(circuit.Observe))
			call(g, key, circuit.Failure)
			for range 4 {
				call(g, key, circuit.Success)
			}
		}
		p.take()
		time.Sleep(time.Minute)
		synctest.Wait()
		p.want(t,
			`msg="circuit breaker would refuse calls" key=a state=open mode=observe refused=0 would_refuse=4 over=1m0s`,
			`msg="more circuit breakers would refuse calls" keys=1 refused=0 would_refuse=4`)
	})
}

// Breakers that are open before they are followed, or made so, are in the summaries, of
// what they refuse from there on.
func TestBreakersThatAreOpenFromTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, logger := newPages()
		g := group.New(func(key string) circuit.Breaker {
			b := fragile(key)
			if strings.HasPrefix(key, "forced") {
				must(t, b.(circuit.ModeSetter).SetMode(circuit.ForceOpen))
			}
			return b
		})
		refuse(t, g, "forced before", 100)
		defer circuitslog.Follow(g, logger)()
		refuse(t, g, "forced before", 20)
		time.Sleep(30 * time.Second)
		refuse(t, g, "forced after", 3)
		time.Sleep(30 * time.Second)
		synctest.Wait()
		p.want(t,
			`level=WARN msg="circuit breaker refuses calls" key="forced before" state=open mode=force-open refused=20 over=1m0s`,
			`level=WARN msg="circuit breaker refuses calls" key="forced after" state=open mode=force-open refused=3 over=30s`)
		must(t, setter(g, "forced after").SetMode(circuit.Auto))
		if lines := p.take(); len(lines) != 1 || !strings.HasSuffix(lines[0], " refused=3") {
			t.Errorf("%q, want a closing with 3 refused", lines)
		}
	})
}

// stop tells the rest at once, and nothing is told after it.
func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, logger := newPages()
		g := group.New(fragile)
		stop := circuitslog.Follow(g, logger, circuitslog.WithLimit(1))
		must(t, setter(g, "a").SetMode(circuit.ForceOpen))
		refuse(t, g, "a", 5)
		must(t, setter(g, "b").SetMode(circuit.ForceOpen))
		must(t, setter(g, "b").SetMode(circuit.Auto))
		p.take()
		time.Sleep(10 * time.Second)
		stop()
		p.want(t,
			`msg="circuit breaker closed" key=b from=open to=closed reason="mode auto" engine=hystrix mode=force-open lasted=0s window.successes=0 window.failures=0 window.refused=0 refused=0 at=00.000`,
			`level=WARN msg="circuit breaker refuses calls" key=a state=open mode=force-open refused=5 over=10s`)
		stop()
		refuse(t, g, "a", 5)
		must(t, setter(g, "a").SetMode(circuit.Auto))
		must(t, setter(g, "new").SetMode(circuit.ForceOpen))
		time.Sleep(time.Hour)
		synctest.Wait()
		p.want(t)
	})
}

// logs is a handler of a function, as far as these tests need one.
type logs func(r slog.Record)

func (logs) Enabled(context.Context, slog.Level) bool { return true }
func (l logs) Handle(_ context.Context, r slog.Record) error {
	l(r)
	return nil
}
func (l logs) WithAttrs([]slog.Attr) slog.Handler { return l }
func (l logs) WithGroup(string) slog.Handler      { return l }

// A handler that panics, in a change and in a summary, silences no later line, and calls
// don't hear of it.
func TestAHandlerThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		g := group.New(fragile)
		defer circuitslog.Follow(g, slog.New(logs(func(slog.Record) {
			n.Add(1)
			panic("handler")
		})))()
		for _, key := range []string{"a", "b"} {
			must(t, setter(g, key).SetMode(circuit.ForceOpen))
			refuse(t, g, key, 1)
		}
		for minute := range 3 {
			time.Sleep(time.Minute)
			synctest.Wait()
			if got, want := int(n.Load()), 2+2*(minute+1); got != want {
				t.Errorf("after %d minutes: %d lines, want %d", minute+1, got, want)
			}
			refuse(t, g, "a", 1)
			refuse(t, g, "b", 1)
		}
	})
}

// A handler may use the very breakers that it writes of, and stop the writing: no lock
// is held.
func TestAHandlerThatCallsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := group.New(fragile)
		var stop func()
		var n atomic.Int64
		stop = circuitslog.Follow(g, slog.New(logs(func(slog.Record) {
			call(g, "a", circuit.Success)
			switch n.Add(1) {
			case 1:
				must(t, setter(g, "b").SetMode(circuit.ForceOpen))
			case 4:
				stop()
			}
		})), circuitslog.WithInterval(time.Second))
		must(t, setter(g, "a").SetMode(circuit.ForceOpen))
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := n.Load(); got < 4 || got > 6 { // stop tells the rest
			t.Errorf("%d lines, want 4 and what stop told", got)
		}
	})
}

// Whatever flaps, and however lines are left out: what the closings tell is what the
// breakers refused. Many goroutines make the calls, for the race detector.
func TestNothingIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, logger := newPages()
		g := group.New(fragile)
		stop := circuitslog.Follow(g, logger, circuitslog.WithLimit(2), circuitslog.WithInterval(3*time.Second))
		const keys, callers, calls = 5, 8, 400
		var all sync.WaitGroup
		for c := range callers {
			all.Go(func() {
				for i := range calls {
					o := circuit.Success
					if (c+i)%7 == 0 {
						o = circuit.Failure
					}
					call(g, fmt.Sprint("k", i%keys), o)
					time.Sleep(time.Duration(20+c) * time.Millisecond)
				}
			})
		}
		all.Wait()
		told := map[string]uint64{}
		var lines []string
		for k := range keys {
			key := fmt.Sprint("k", k)
			must(t, setter(g, key).SetMode(circuit.ForceOpen)) // so that each ends with a closing
			must(t, setter(g, key).SetMode(circuit.ForceClose))
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		stop()
		lines = p.take()
		closing := regexp.MustCompile(`breaker closed" key=(\S+) .* refused=(\d+)`)
		for _, line := range lines {
			if m := closing.FindStringSubmatch(line); m != nil {
				n, err := strconv.ParseUint(m[2], 10, 64)
				must(t, err)
				told[m[1]] += n
			}
		}
		var sum uint64
		for k := range keys {
			key := fmt.Sprint("k", k)
			refused := snapshot(g, key).Total.Refused
			if sum += refused; told[key] != refused {
				t.Errorf("%s: the closings tell of %d refused calls, the breaker of %d", key, told[key], refused)
			}
		}
		if sum < 100 || len(lines) < 20 {
			t.Errorf("%d refused calls and %d lines: too few to show anything", sum, len(lines))
		}
	})
}

// In real time, with timers that fire all the while: for the race detector.
func TestConcurrentUse(t *testing.T) {
	_, logger := newPages()
	g := group.New(fragile)
	shared := circuitslog.Observer(logger, circuitslog.WithInterval(time.Millisecond), circuitslog.WithLimit(1))
	defer g.Observe(shared)()
	var all sync.WaitGroup
	for c := range 4 {
		all.Go(func() {
			for i := range 200 {
				if i%20 == 0 {
					defer circuitslog.Follow(g, logger, circuitslog.WithInterval(time.Millisecond), circuitslog.WithLimit(1))()
				}
				key := fmt.Sprint("k", (c+i)%3)
				must(t, setter(g, key).SetMode(circuit.Mode(i%4)))
				call(g, key, circuit.Failure)
			}
		})
	}
	all.Wait()
}

// A call costs the same with a follower as without.
func TestFollowingCostsRefusedCallsNothing(t *testing.T) {
	g := group.New(fragile)
	_, logger := newPages()
	defer circuitslog.Follow(g, logger)()
	must(t, setter(g, "a").SetMode(circuit.ForceOpen))
	if n := testing.AllocsPerRun(1000, func() { call(g, "a", circuit.Success) }); n != 0 {
		t.Errorf("a refused call costs %v allocations, want 0", n)
	}
}

// A line that was held back, and is written when the interval is over, came after a newer
// one of its key where the handler took its time: the log ended with a state that was over.
func TestLinesOfAKeyAreInOrder(t *testing.T) {
	for _, writing := range []string{"a", "b"} { // whose line takes its time
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			var heard []string // of b
			blocked, release := make(chan struct{}), make(chan struct{})
			g := group.New(fragile)
			defer circuitslog.Follow(g, slog.New(logs(func(r slog.Record) {
				var key, to string
				late := false
				r.Attrs(func(a slog.Attr) bool {
					switch a.Key {
					case "key":
						key = a.Value.String()
					case "to":
						to = a.Value.String()
					case "at":
						late = true
					}
					return true
				})
				if key == writing && late && to == "closed" {
					close(blocked)
					<-release
				}
				mu.Lock()
				defer mu.Unlock()
				if key == "b" && to != "" {
					heard = append(heard, to)
				}
			})), circuitslog.WithLimit(2))()
			for _, key := range []string{"a", "b"} {
				for _, m := range []circuit.Mode{circuit.ForceOpen, circuit.Auto, circuit.ForceOpen, circuit.Auto} {
					must(t, setter(g, key).SetMode(m))
				}
			}
			<-blocked // a minute later
			changed := make(chan struct{})
			go func() {
				defer close(changed)
				must(t, setter(g, "b").SetMode(circuit.ForceOpen))
			}()
			synctest.Wait()
			close(release)
			<-changed
			time.Sleep(2 * time.Minute)
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			if len(heard) < 3 || heard[len(heard)-1] != "open" {
				t.Errorf("with %s's line being written, b's lines tell of %q, want the last to be open", writing, heard)
			}
		})
	}
}
