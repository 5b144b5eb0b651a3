package hystrix_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// checkup is a callee whose health is checked: each check takes its time, and is answered by the
// next of the answers, or by the last.
type checkup struct {
	mu      sync.Mutex
	answers string // + and -, p for a panic, x for a Goexit, h for one that hangs, l for one that succeeds late: these heed no ctx
	takes   time.Duration
	checked []time.Duration // when, since
	start   time.Time
	ended   int // checks whose ctx did
}

func (p *checkup) check(ctx context.Context) error {
	p.mu.Lock()
	p.checked = append(p.checked, time.Since(p.start))
	answer := p.answers[0]
	if len(p.answers) > 1 {
		p.answers = p.answers[1:]
	}
	p.mu.Unlock()
	switch answer {
	case 'p':
		panic("check")
	case 'x':
		runtime.Goexit()
	case 'h':
		time.Sleep(time.Hour)
	case 'l':
		time.Sleep(p.takes)
		return nil
	}
	select {
	case <-time.After(p.takes):
	case <-ctx.Done():
		p.mu.Lock()
		p.ended++
		p.mu.Unlock()
		return ctx.Err()
	}
	if answer != '+' {
		return errors.New("ill")
	}
	return nil
}

// times is when there were checks.
func (p *checkup) times() []time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.checked)
}

// checks is the breaker of a callee, open since now, and its changes, as they come.
func checks(ctx context.Context, t *testing.T, p *checkup, c hystrix.Config, h hystrix.HealthCheck) (*hystrix.Breaker, *[]string) {
	t.Helper()
	c.SleepJitter, c.ConsecutiveFailures = -1, 1
	h.Check = p.check
	b := ruled(t, c, hystrix.WithHealthCheck(ctx, h))
	p.start = time.Now()
	var changes []string
	b.Observe(func(e circuit.Event) {
		changes = append(changes, fmt.Sprintf("%v %v: %s", time.Since(p.start), e.To, e.Reason))
	})
	b.MarkFailed()
	return b, &changes
}

// The bubble of each test ends only when no goroutine is left.
func TestHealthChecks(t *testing.T) {
	for _, tt := range []struct {
		name    string
		answers string
		takes   time.Duration
		check   hystrix.HealthCheck
		config  hystrix.Config
		live    string // calls, one each half second from 250 ms on: how they are to end, . for none, x where they must be refused
		want    []string
		checked []time.Duration
	}{
		{
			name: "three in a row, then two live calls", answers: "--+-+++", check: hystrix.HealthCheck{Healthy: 3}, config: hystrix.Config{SuccessesToClose: 2, Probes: 2},
			live: "xxxxxxxxxxxxxx++",
			want: []string{"0s open: consecutive failures", "7s half-open: health checks passed", "7.75s closed: probes succeeded"}, checked: []time.Duration{s, 2 * s, 3 * s, 4 * s, 5 * s, 6 * s, 7 * s},
		}, {
			name: "a live call that fails starts over", answers: "+", check: hystrix.HealthCheck{Healthy: 2}, config: hystrix.Config{SuccessesToClose: 2},
			live: "xxxx+-xx++",
			want: []string{
				"0s open: consecutive failures", "2s half-open: health checks passed", "2.75s open: probe failed", "4s half-open: health checks passed", "4.75s closed: probes succeeded",
			},
			checked: []time.Duration{s, 2 * s, 3 * s, 4 * s},
		}, {
			name: "a check that fails starts over", answers: "++-++", check: hystrix.HealthCheck{Healthy: 2}, config: hystrix.Config{SuccessesToClose: 3},
			live: "xxxx++xxxx+++",
			want: []string{
				"0s open: consecutive failures", "2s half-open: health checks passed", "3s open: health check failed", "5s half-open: health checks passed", "6.25s closed: probes succeeded",
			},
			checked: []time.Duration{s, 2 * s, 3 * s, 4 * s, 5 * s, 6 * s},
		}, {
			name: "in time only", answers: "l", takes: 301 * ms, check: hystrix.HealthCheck{Interval: 2 * s, Timeout: 300 * ms},
			live:    "xxxxxxxxxx",
			want:    []string{"0s open: consecutive failures"},
			checked: []time.Duration{2 * s, 4 * s},
		}, {
			name: "a panic is a failure", answers: "p+", live: "xxxx+",
			want:    []string{"0s open: consecutive failures", "2s half-open: health checks passed", "2.25s closed: probes succeeded"},
			checked: []time.Duration{s, 2 * s},
		}, {
			name: "one that is under way while the breaker opens anew is old news", answers: "+", takes: 800 * ms, config: hystrix.Config{SuccessesToClose: 9},
			live:    "xxx..-...+.....", // checks 1 to 1.8, 2 to 2.8 …; the live call fails at 2.75
			want:    []string{"0s open: consecutive failures", "1.8s half-open: health checks passed", "2.75s open: probe failed", "3.8s half-open: health checks passed"},
			checked: []time.Duration{s, 2 * s, 3 * s, 4 * s, 5 * s, 6 * s, 7 * s},
		}, {
			name: "a goroutine that Check ends leaves it to the sleep window", answers: "x", config: hystrix.Config{SleepWindow: 2 * s},
			live:    "xxxxxx+",
			want:    []string{"0s open: consecutive failures", "3.25s half-open: sleep window over", "3.25s closed: probes succeeded"},
			checked: []time.Duration{s},
		}, {
			name: "one that hangs leaves it to the sleep window", answers: "h", config: hystrix.Config{SleepWindow: 2 * s},
			live:    "xxxxxxxx+", // Interval, Timeout and SleepWindow after opening
			want:    []string{"0s open: consecutive failures", "4.25s half-open: sleep window over", "4.25s closed: probes succeeded"},
			checked: []time.Duration{s},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				p := &checkup{answers: tt.answers, takes: tt.takes}
				b, changes := checks(ctx, t, p, tt.config, tt.check)
				for i, live := range tt.live {
					time.Sleep(time.Until(p.start.Add(250*ms + time.Duration(i)*500*ms)))
					if live == '.' {
						continue
					}
					permit, err := b.Acquire()
					if (err != nil) != (live == 'x') {
						t.Fatalf("live call %d at %v: %v", i+1, time.Since(p.start), err)
					}
					if err == nil {
						permit.Done(map[rune]circuit.Outcome{'+': circuit.Success, '-': circuit.Failure}[live])
					}
				}
				synctest.Wait()
				if !slices.Equal(*changes, tt.want) {
					t.Errorf("the changes were\n%s\nwant\n%s", strings.Join(*changes, "\n"), strings.Join(tt.want, "\n"))
				}
				if !slices.Equal(p.times(), tt.checked) {
					t.Errorf("checks at %v, want %v", p.times(), tt.checked)
				}
				cancel()
				time.Sleep(time.Hour) // until the one that hangs returns
			})
		})
	}
}

// The checks end with closing: an hour later there was none more.
func TestHealthChecksEndWithClosing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &checkup{answers: "+"}
		b, _ := checks(t.Context(), t, p, hystrix.Config{}, hystrix.HealthCheck{})
		time.Sleep(1500 * ms)
		acquire(t, b).Success()
		time.Sleep(time.Hour)
		if len(p.times()) != 1 || b.Snapshot().State != closed {
			t.Errorf("%v, and checks at %v; want closed, and one at 1s", b.Snapshot().State, p.times())
		}
		b.MarkFailed() // another episode
		time.Sleep(1500 * ms)
		if len(p.times()) != 2 || b.Snapshot().State != halfOpen {
			t.Errorf("%v, and checks at %v; want half-open, and two", b.Snapshot().State, p.times())
		}
		acquire(t, b).Success()

		// One that opens at the moment of closing has its checks, too.
		b.MarkFailed()
		time.Sleep(1500 * ms)
		acquire(t, b).Success()
		b.MarkFailed()
		synctest.Wait()
		time.Sleep(1500 * ms)
		if len(p.times()) != 4 || b.Snapshot().State != halfOpen {
			t.Errorf("%v, and checks at %v; want half-open, and four", b.Snapshot().State, p.times())
		}
		acquire(t, b).Success()
	})
}

// What cancels a check says nothing about the callee.
func TestCancelledCheckIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		p := &checkup{answers: "+", takes: 500 * ms}
		b, _ := checks(ctx, t, p, hystrix.Config{}, hystrix.HealthCheck{})
		time.Sleep(2250 * ms) // the second check is under way
		cancel()
		synctest.Wait()
		if got := b.Snapshot().State; got != halfOpen || len(p.times()) != 2 {
			t.Errorf("%v after checks at %v, want half-open after two", got, p.times())
		}
	})
}

// With the context over, while it is open or before, the sleep window holds.
func TestHealthChecksEndWithTheirContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		p := &checkup{answers: "-"}
		b, changes := checks(ctx, t, p, hystrix.Config{}, hystrix.HealthCheck{})
		if after, ok := circuit.RetryAfter(b.Allow()); ok {
			t.Errorf("a refusal says to come back after %v, which nobody knows", after)
		}
		time.Sleep(500 * ms)
		for range 90 {
			time.Sleep(s)
			if err := b.Allow(); err == nil {
				t.Fatalf("a live call is admitted after %v", time.Since(p.start))
			}
		}
		cancel()
		synctest.Wait()
		if got := b.Snapshot(); got.State != open || got.RetryAfter != 5*s {
			t.Errorf("%v, retry after %v; want open, 5s", got.State, got.RetryAfter)
		}
		time.Sleep(5 * s)
		acquire(t, b).Failure()
		if got := b.Snapshot(); got.State != open || got.RetryAfter != 5*s {
			t.Errorf("%v, retry after %v; want open, 5s", got.State, got.RetryAfter)
		}
		if len(p.times()) != 90 {
			t.Errorf("%d checks, want 90", len(p.times()))
		}
		want := []string{"0s open: consecutive failures", "1m35.5s half-open: sleep window over", "1m35.5s open: probe failed"}
		if !slices.Equal(*changes, want) {
			t.Errorf("the changes were %q, want %q", *changes, want)
		}
	})
}

// A check under way is cancelled when nobody needs it any more.
func TestRunningCheckIsCancelled(t *testing.T) {
	for name, end := range map[string]func(*hystrix.Breaker, context.CancelFunc) error{
		"by its context": func(_ *hystrix.Breaker, cancel context.CancelFunc) error { cancel(); return nil },
		"by a mode":      func(b *hystrix.Breaker, _ context.CancelFunc) error { return b.SetMode(circuit.ForceClose) },
		"by an override": func(b *hystrix.Breaker, _ context.CancelFunc) error {
			return b.Override(circuit.ForceOpen, time.Minute)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				p := &checkup{answers: "+", takes: time.Hour}
				b, _ := checks(ctx, t, p, hystrix.Config{}, hystrix.HealthCheck{Timeout: 2 * time.Hour})
				time.Sleep(2 * s)
				if err := end(b, cancel); err != nil {
					t.Fatal(err)
				}
				time.Sleep(10 * s)
				synctest.Wait()
				p.mu.Lock()
				ended := p.ended
				p.mu.Unlock()
				if len(p.times()) != 1 || ended != 1 {
					t.Errorf("checks at %v, want one", p.times())
				}
				if !strings.Contains(name, "override") {
					return
				}
				time.Sleep(time.Minute)
				b.MarkFailed() // after the override it closes, and this opens it
				time.Sleep(1500 * ms)
				synctest.Wait()
				if len(p.times()) != 2 {
					t.Errorf("checks at %v, want a second one after the override", p.times())
				}
			})
		})
	}
}

func TestWrongHealthCheck(t *testing.T) {
	check := func(context.Context) error { return nil }
	for _, tt := range []struct {
		ctx   context.Context
		check hystrix.HealthCheck
		want  string
	}{
		{t.Context(), hystrix.HealthCheck{}, "hystrix: HealthCheck.Check is nil, must be a function"},
		{nil, hystrix.HealthCheck{Check: check}, "hystrix: HealthCheck's context is nil, must be one that ends with the program's use of the breaker"},
		{t.Context(), hystrix.HealthCheck{Check: check, Interval: -1}, "hystrix: HealthCheck.Interval is -1ns, must be from 1ms to 24h0m0s\nhystrix: HealthCheck.Timeout is -1ns, must be from 1ms to 24h0m0s"},
		{t.Context(), hystrix.HealthCheck{Check: check, Timeout: 25 * time.Hour}, "hystrix: HealthCheck.Timeout is 25h0m0s, must be from 1ms to 24h0m0s"},
		{t.Context(), hystrix.HealthCheck{Check: check, Healthy: -1}, "hystrix: HealthCheck.Healthy is -1, must be from 1 to 1000000000"},
	} {
		_, err := hystrix.New(hystrix.Config{}, hystrix.WithHealthCheck(tt.ctx, tt.check))
		if err == nil || err.Error() != tt.want {
			t.Errorf("New returned %v, want %s", err, tt.want)
		}
	}
}

// A breaker that is forgotten while it is open, as groups forget those of idle keys, takes
// its goroutine along.
func TestHealthChecksEndWithTheBreaker(t *testing.T) {
	checking := make(chan struct{}, 1)
	func() {
		b := ruled(t, hystrix.Config{ConsecutiveFailures: 1}, hystrix.WithHealthCheck(t.Context(), hystrix.HealthCheck{
			Interval: ms,
			Check: func(context.Context) error {
				select {
				case checking <- struct{}{}:
				default:
				}
				return errors.New("ill")
			},
		}))
		b.MarkFailed()
		<-checking
		<-checking
		runtime.KeepAlive(b)
	}()
	for deadline := time.Now().Add(10 * s); ; {
		runtime.GC()
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		if !strings.Contains(string(stacks), "(*plugged).check(") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("it still checks:\n%s", stacks)
		}
		time.Sleep(ms)
	}
}
