package hystrix_test

import (
	"encoding/json"
	"fmt"
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
