package migrate_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	hystrixgo "github.com/afex/hystrix-go/hystrix"
	metricCollector "github.com/afex/hystrix-go/hystrix/metric_collector"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// hystrix-go's circuits have goroutines that don't end, so that they can't run in virtual time.
// Their settings are quick here, and ours the same.
const (
	quickSleep = 50 * time.Millisecond
	short      = 100 * time.Millisecond // a timeout that is run into
	ample      = 10 * time.Second       // and one that isn't
)

func quickTheirs(timeout time.Duration, maxConcurrent int) string {
	n := name()
	hystrixgo.ConfigureCommand(n, hystrixgo.CommandConfig{
		Timeout: int(timeout.Milliseconds()), SleepWindow: int(quickSleep.Milliseconds()), MaxConcurrentRequests: maxConcurrent,
	})
	return n
}

func quickOurs(timeout time.Duration, maxConcurrent int, opts ...hystrix.CommandOption) *hystrix.Command {
	b := must(hystrix.New(hystrix.Config{SleepWindow: quickSleep, SleepJitter: -1}))
	return must(hystrix.NewCommand("users", b, hystrix.CommandConfig{Timeout: timeout, MaxConcurrent: maxConcurrent}, opts...))
}

func fail(context.Context) error { return errFailed }
func well(context.Context) error { return nil }

func breakerOf(c *hystrix.Command) *hystrix.Breaker {
	b, _ := circuit.As[*hystrix.Breaker](c.Breaker())
	return b
}

func isOpen(n string) bool { return must(hystrixGoTheirs{}.GetCircuit(n)) }

func TestHystrixGo(t *testing.T) {
	theirs, ours := hystrixGoTheirs{}, hystrixGoOurs{}
	tests{
		"Configure": func(t *testing.T) {
			n := name()
			theirs.Configure(n)
			a, c := hystrixgo.GetCircuitSettings()[n], must(ours.Configure(n))
			b := breakerOf(c).Config()
			if a.Timeout != c.Config().Timeout || a.MaxConcurrentRequests != c.Config().MaxConcurrent ||
				int(a.RequestVolumeThreshold) != b.RequestVolumeThreshold || a.SleepWindow != b.SleepWindow ||
				float64(a.ErrorPercentThreshold) != b.ErrorPercentThreshold {
				t.Errorf("theirs %+v, ours %+v, %+v", *a, b, c.Config())
			}
			if d := must(hystrix.New(hystrix.Config{})).Config(); d != b {
				t.Errorf("these are not the defaults: %+v, %+v", d, b)
			}
		},
		"Do":  hystrixGoDo,
		"DoC": hystrixGoDoC,
		"Value": func(t *testing.T) {
			n, c := quickTheirs(ample, 0), quickOurs(ample, 0)
			fetch := func(context.Context) (string, error) { return "v", nil }
			v, err := theirs.Value(t.Context(), n, fetch)
			w, err2 := ours.Value(t.Context(), c, fetch)
			if v != "v" || w != "v" || err != nil || err2 != nil {
				t.Errorf("theirs %q, %v; ours %q, %v", v, err, w, err2)
			}
		},
		"Go": func(t *testing.T) {
			n, c := quickTheirs(ample, 0), quickOurs(ample, 0)
			same := func(_ context.Context, err error) error { return err }
			err := <-theirs.Go(n, func() error { return errFailed }, nil)
			err2 := <-ours.Go(t.Context(), c, fail, same)
			if !errors.Is(err, errFailed) || !errors.Is(err2, errFailed) {
				t.Errorf("theirs %v, ours %v", err, err2)
			}
			if err := <-ours.Go(t.Context(), c, well, nil); err != nil {
				t.Errorf("ours: %v", err)
			}
		},
		"Errors": hystrixGoErrors,
		"GetCircuit": func(t *testing.T) {
			n, c := quickTheirs(ample, 0), quickOurs(ample, 0)
			for range 20 {
				_ = theirs.Do(n, func() error { return errFailed }, nil)
				_ = ours.Do(t.Context(), c, fail, nil)
			}
			eventually(t, "both open", func() bool { return isOpen(n) && ours.GetCircuit(breakerOf(c)) })
			time.Sleep(2 * quickSleep) // no condition: nothing is to happen
			if !isOpen(n) || !ours.GetCircuit(breakerOf(c)) {
				t.Error("a circuit left the open state without a call")
			}
		},
		"Report": hystrixGoReport,
		"Flush": func(t *testing.T) {
			n := quickTheirs(ample, 0)
			g := group.New(func(string) circuit.Breaker { return quickOurs(ample, 0).Breaker() })
			for range 20 {
				_ = theirs.Do(n, func() error { return errFailed }, nil)
				g.Get("users").MarkFailed()
			}
			eventually(t, "both are open", func() bool { return isOpen(n) && g.Get("users").Allow() != nil })
			theirs.Flush()
			ours.Flush(g)
			if isOpen(n) || g.Get("users").Allow() != nil {
				t.Error("still open")
			}
		},
		"Settings": func(t *testing.T) {
			n, c := quickTheirs(ample, 0), quickOurs(ample, 0)
			if a, b := theirs.Settings(n), ours.Settings(breakerOf(c)); a != quickSleep || b != quickSleep {
				t.Errorf("theirs %v, ours %v", a, b)
			}
		},
		"Collector": func(t *testing.T) {
			n := quickTheirs(ample, 0)
			a, b := &collected{}, kinds{}
			theirs.Collector(func(of string) metricCollector.MetricCollector {
				if of == n {
					return a
				}
				return &collected{}
			})
			c := quickOurs(ample, 0, ours.Collector(b.count))
			ctx, cancel := context.WithTimeout(t.Context(), short)
			defer cancel()
			over := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() } // the caller's deadline, no error to theirs
			for _, run := range []func(context.Context) error{well, fail, fail, over} {
				_ = theirs.DoC(ctx, n, run, nil)
			}
			ctx, cancel = context.WithTimeout(t.Context(), short)
			defer cancel()
			for _, run := range []func(context.Context) error{well, fail, fail, over} {
				_ = ours.DoC(ctx, c, run, nil)
			}
			eventually(t, "theirs counts", func() bool { return a.is(4, 1, 2) })
			if b["success"] != 1 || b["failure"] != 2 || b["timeout"] != 1 || breakerOf(c).Snapshot().Total.Failures != 3 {
				t.Errorf("ours: %v", b)
			}
		},
		"StreamHandler": func(t *testing.T) {
			_, _ = theirs.GetCircuit("users")
			synctest.Test(t, func(t *testing.T) {
				mux := http.NewServeMux()
				defer theirs.StreamHandler(mux)()
				hystrixStream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					mux.ServeHTTP(closeNotifier{w.(*httptest.ResponseRecorder), r.Context()}, r)
				}), "/hystrix.stream")

				g := group.New(func(string) circuit.Breaker { return quickOurs(ample, 0).Breaker() })
				g.Get("users")
				mux = http.NewServeMux()
				check(t, ours.StreamHandler(g, mux))
				hystrixStream(t, mux, "/breakers/hystrix.stream")
			})
		},
	}.run(t, theirs, ours)
}

// TestHystrixGoPanics is run by the pair Do, in a process of its own.
func TestHystrixGoPanics(t *testing.T) {
	if !*panics {
		t.Skip("a panic in hystrix-go ends the process")
	}
	_ = hystrixGoTheirs{}.Do("panics", func() error { panic("callee") }, nil)
}

// collected is a metric collector of hystrix-go.
type collected struct {
	mu  sync.Mutex
	sum metricCollector.MetricResult
}

func (c *collected) Update(r metricCollector.MetricResult) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sum.Attempts += r.Attempts
	c.sum.Successes += r.Successes
	c.sum.Errors += r.Errors
}

func (*collected) Reset() {}

func (c *collected) is(attempts, successes, errors float64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sum.Attempts == attempts && c.sum.Successes == successes && c.sum.Errors == errors
}

// closeNotifier is what hystrix-go's stream asks a ResponseWriter to be.
type closeNotifier struct {
	*httptest.ResponseRecorder
	ctx context.Context
}

func (c closeNotifier) CloseNotify() <-chan bool {
	gone := make(chan bool, 1)
	context.AfterFunc(c.ctx, func() { gone <- true })
	return gone
}
