package hystrix_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

func ExampleNew() {
	b, err := hystrix.New(hystrix.Config{RequestVolumeThreshold: 4, ErrorPercentThreshold: 75})
	if err != nil {
		fmt.Println(err)
		return
	}
	b.MarkSuccess()
	b.MarkFailed()
	b.MarkFailed()
	fmt.Println(b.Snapshot().State)
	b.MarkFailed() // the fourth call, and three of them failed
	fmt.Println(b.Snapshot().State)

	_, err = hystrix.New(hystrix.Config{ErrorPercentThreshold: 120})
	fmt.Println(err)
	// Output:
	// closed
	// open
	// hystrix: ErrorPercentThreshold is 120, must be above 0 and at most 100, or negative for no such rule
}

// Three failures in a row open this breaker, and nothing else does.
func ExampleConfig_consecutiveFailures() {
	b, err := hystrix.New(hystrix.Config{ErrorPercentThreshold: -1, ConsecutiveFailures: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 3 {
		b.MarkFailed()
	}
	fmt.Println(b.Allow())
	// Output: hystrix: call not allowed
}

func ExampleConfig() {
	c := hystrix.Config{Probes: 3} // what the file doesn't have stays
	if err := json.Unmarshal([]byte(`{"errorPercentThreshold": 25, "sleepWindow": "500ms"}`), &c); err != nil {
		fmt.Println(err)
	}
	fmt.Println(c.ErrorPercentThreshold, c.SleepWindow, c.Probes)
	data, err := json.Marshal(c)
	fmt.Println(string(data), err)
	fmt.Println(json.Unmarshal([]byte(`{"sleep": "5s"}`), &c))
	// Output:
	// 25 500ms 3
	// {"errorPercentThreshold":25,"sleepWindow":"500ms","probes":3} <nil>
	// hystrix: json: unknown field "sleep"
}

func ExampleBreaker_Update() {
	b, err := hystrix.New(hystrix.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 9 {
		b.MarkFailed()
	}
	if err := b.Update(hystrix.Config{RequestVolumeThreshold: 10}); err != nil {
		fmt.Println(err)
	}
	b.MarkFailed() // the nine still count
	fmt.Println(b.Snapshot().State)
	fmt.Println(b.Update(hystrix.Config{SleepWindow: -time.Second}))
	fmt.Println(b.Config().RequestVolumeThreshold)
	// Output:
	// open
	// hystrix: SleepWindow is -1s, must be from 1ms to 24h0m0s
	// 10
}

func ExampleBreaker_Observe() {
	b, err := hystrix.New(hystrix.Config{ConsecutiveFailures: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	stop := b.Observe(func(e circuit.Event) {
		fmt.Printf("from %v to %v: %s, %d failed\n", e.From, e.To, e.Reason, e.Before.Window.Failures)
	})
	defer stop()
	b.MarkFailed()
	// Output: from closed to open: consecutive failures, 1 failed
}

// unlucky opens after three timeouts in a row, whatever else fails.
type unlucky struct{ inARow atomic.Int64 }

func (u *unlucky) See(s circuit.State, r circuit.Result) circuit.State {
	if r.Kind != circuit.KindTimeout {
		u.inARow.Store(0)
	} else if u.inARow.Add(1) == 3 {
		return circuit.Open
	}
	return s
}

func (u *unlucky) String() string { return "three timeouts in a row" }

func ExampleWithOpenRule() {
	b, err := hystrix.New(hystrix.Config{ErrorPercentThreshold: -1},
		hystrix.WithOpenRule(func() hystrix.Rule { return new(unlucky) }))
	if err != nil {
		fmt.Println(err)
		return
	}
	b.Observe(func(e circuit.Event) { fmt.Printf("%v: %s\n", e.To, e.Reason) })
	for i, err := range []error{context.DeadlineExceeded, errors.New("broken"), context.DeadlineExceeded, context.DeadlineExceeded, context.DeadlineExceeded} {
		_ = circuit.Do(context.Background(), b, func(context.Context) error { return err })
		fmt.Println("call", i+1, b.Snapshot().State)
	}
	// Output:
	// call 1 closed
	// call 2 closed
	// call 3 closed
	// call 4 closed
	// open: three timeouts in a row
	// call 5 open
}

// This rule closes the breaker only after ten probes that were fast.
func ExampleWithCloseRule() {
	b, err := hystrix.New(hystrix.Config{ConsecutiveFailures: 1, SleepWindow: time.Millisecond, Probes: 5},
		hystrix.WithCloseRule(func() hystrix.Rule {
			var fast atomic.Int64
			return hystrix.RuleFunc(func(s circuit.State, r circuit.Result) circuit.State {
				switch {
				case s == circuit.Open: // a short circuit
				case r.Outcome != circuit.Success || r.Duration > time.Second:
					return circuit.Open
				case fast.Add(1) == 10:
					return circuit.Closed
				}
				return s
			})
		}))
	if err != nil {
		fmt.Println(err)
		return
	}
	b.MarkFailed()
	for b.Snapshot().State != circuit.Closed {
		_ = circuit.Do(context.Background(), b, func(context.Context) error { return nil })
	}
	fmt.Println(b.Snapshot().Total.Successes, "probes")
	// Output: 10 probes
}

// The breaker asks the backend's health page until it is well three times in a row, and
// then tries one live call in ten.
func ExampleWithHealthCheck() {
	ctx, cancel := context.WithCancel(context.Background()) // of the service
	defer cancel()
	var asked atomic.Int64
	b, err := hystrix.New(hystrix.Config{ConsecutiveFailures: 1, ProbeRatio: .1, SuccessesToClose: 5},
		hystrix.WithHealthCheck(ctx, hystrix.HealthCheck{
			Check:    func(context.Context) error { asked.Add(1); return nil },
			Interval: time.Millisecond,
			Healthy:  3,
		}))
	if err != nil {
		fmt.Println(err)
		return
	}
	closed := make(chan struct{})
	b.Observe(func(e circuit.Event) {
		if e.To == circuit.HalfOpen {
			fmt.Println("half-open:", e.Reason)
		}
		if e.To == circuit.Closed {
			close(closed)
		}
	})
	b.MarkFailed()
	for b.Snapshot().State != circuit.Closed {
		_ = circuit.Do(ctx, b, func(context.Context) error { return nil })
	}
	<-closed
	fmt.Println(b.Snapshot().Total.Successes, "live calls, after", min(3, asked.Load()), "checks or more")
	// Output:
	// half-open: health checks passed
	// 5 live calls, after 3 checks or more
}

// Calls that are slow open this breaker as those that fail do, and it stays open for as
// long as the callee asks.
func ExampleConfig_slowCalls() {
	b, err := hystrix.New(hystrix.Config{
		SlowCallDuration: 10 * time.Millisecond, SlowCallPercentThreshold: 60, RequestVolumeThreshold: 5,
		MaxRetryAfter: time.Minute, SleepJitter: -1,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for i := range 5 {
		p, err := b.Acquire()
		if err != nil {
			fmt.Println(err)
			return
		}
		if i >= 2 {
			time.Sleep(11 * time.Millisecond)
		}
		p.End(circuit.Result{Outcome: circuit.Success})
	}
	s := b.Snapshot()
	fmt.Println(s.State, "after", s.SlowCalls, "slow calls of", s.Window.Successes)
	// Output: open after 3 slow calls of 5
}
