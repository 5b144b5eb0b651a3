package bulkhead_test

import (
	"testing"

	"github.com/go-fusebox/fusebox/core/bulkhead"
	"github.com/go-fusebox/fusebox/core/circuit"
)

func benchmark(b *testing.B, guarded circuit.Breaker, wantRefused bool) {
	call := func() {
		p, err := circuit.Acquire(guarded)
		if (err != nil) != wantRefused {
			b.Error(err)
		}
		p.Success()
	}
	b.Run("one", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			call()
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				call()
			}
		})
	})
}

func BenchmarkCall(b *testing.B) {
	for name, suite := range engines(b) {
		b.Run(name+"/bare", func(b *testing.B) { benchmark(b, suite.New(), false) })
		b.Run(name+"/limited", func(b *testing.B) {
			benchmark(b, bulkhead.Guard(suite.New(), newBulkhead(b, bulkhead.Config{Max: 1000})), false)
		})
	}
	b.Run("alone", func(b *testing.B) {
		benchmark(b, bulkhead.Guard(nil, newBulkhead(b, bulkhead.Config{Max: 1000})), false)
	})
}

func BenchmarkFull(b *testing.B) {
	for name, suite := range engines(b) {
		b.Run(name, func(b *testing.B) {
			limit := newBulkhead(b, bulkhead.Config{Max: 1})
			if _, err := limit.Acquire(); err != nil {
				b.Fatal(err)
			}
			benchmark(b, bulkhead.Guard(suite.New(), limit), true)
		})
	}
}
