package subjects

import (
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/afex/hystrix-go/hystrix"
)

// hystrixGo may have a thousand calls at once: its own default, 10, would refuse
// some of 32 goroutines'.
func hystrixGo() Subject {
	return Subject{Name: "hystrix-go", About: "github.com/afex/hystrix-go: Do, which keeps the timeout, too; 1,000 calls at once",
		Window: true,
		New: func() (any, Loop) {
			name := circuitName()
			hystrix.ConfigureCommand(name, hystrix.CommandConfig{MaxConcurrentRequests: 1000})
			return name, hystrixGoLoop(name)
		},
		Crowd: func(n int) any {
			for range n {
				hystrixGoLoop(circuitName())(few, 0) // at all defaults
			}
			return nil // its registry has them, for ever
		}}
}

// circuits counts them for their names: the library keeps them all.
var circuits atomic.Int64

func circuitName() string { return fmt.Sprint("bench ", circuits.Add(1)) }

func hystrixGoLoop(name string) Loop {
	succeed := func() error { return nil }
	fail := func() error { return errFailed }
	return func(n, every int) (refused int) {
		left := every
		for range n {
			call := succeed
			if left--; left == 0 {
				left = every
				call = fail
			}
			if errors.Is(hystrix.Do(name, call, nil), hystrix.ErrCircuitOpen) {
				refused++
			}
		}
		return refused
	}
}
