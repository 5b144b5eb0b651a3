package proof_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/sre"
)

// A call that a lease was to refuse, but that went to the lock, was counted as refused
// by whoever took the lock before it: once too often for good, or though it was admitted.
func TestEachRefusalCountsOnce(t *testing.T) {
	for name, open := range map[string]func() engine{
		"credit": func() engine {
			b := must(credit.New(credit.Config{Depth: 1}))
			b.MarkFailed()
			return b
		},
		"hystrix": func() engine {
			b := must(hystrix.New(hystrix.Config{ConsecutiveFailures: 1, SleepWindow: time.Hour}))
			b.MarkFailed()
			return b
		},
		"sre": func() engine {
			b := must(sre.New(sre.Config{K: 1.1, MinRequests: 1}))
			for range 3 {
				b.MarkFailed()
			}
			_ = b.Allow() // its drop ratio opens it, refused or not
			return b
		},
	} {
		t.Run(name, func(t *testing.T) {
			played(t, func() bool {
				b := open()
				before := b.Snapshot().Total.Refused
				var refused atomic.Uint64
				call := func() {
					for range 3 {
						if b.Allow() != nil {
							refused.Add(1)
						}
					}
				}
				atOnce(call, call, call, func() {
					for range 4 {
						b.Snapshot()
					}
				})
				return b.Snapshot().Total.Refused-before != refused.Load()
			}, "the total of refused calls isn't what the callers counted")
		})
	}
}
