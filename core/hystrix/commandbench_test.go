package hystrix_test

import (
	"context"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

func nothing(context.Context) error { return nil }
func fails(context.Context) error   { return errOffer }

func answers(context.Context, error) error { return nil }

// BenchmarkCommand has circuit.Do beside each call of a command that does the same.
func BenchmarkCommand(b *testing.B) {
	closedOne := func() circuit.Breaker {
		breaker, err := hystrix.New(hystrix.Config{ErrorPercentThreshold: 100, RequestVolumeThreshold: 1e9})
		if err != nil {
			b.Fatal(err)
		}
		return breaker
	}
	openOne := func() circuit.Breaker {
		breaker, err := hystrix.New(hystrix.Config{})
		if err != nil {
			b.Fatal(err)
		}
		if err := breaker.SetMode(circuit.ForceOpen); err != nil {
			b.Fatal(err)
		}
		return breaker
	}
	ctx := context.Background()
	run := func(name string, call func()) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				call()
			}
		})
		b.Run(name+"/parallel", func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					call()
				}
			})
		})
	}

	breaker := closedOne()
	run("success/circuit.Do", func() { _ = circuit.Do(ctx, breaker, nothing) })
	plain := newCommand(b, closedOne(), hystrix.CommandConfig{})
	run("success/Do", func() { _ = plain.Do(ctx, nothing, answers) })
	run("success/Run", func() {
		_, _ = hystrix.Run(ctx, plain, func(context.Context) (int, error) { return 1, nil }, nil)
	})
	limited := newCommand(b, closedOne(), hystrix.CommandConfig{MaxConcurrent: 100})
	run("success/limit", func() { _ = limited.Do(ctx, nothing, answers) })
	timed := newCommand(b, closedOne(), hystrix.CommandConfig{Timeout: time.Minute})
	run("success/timeout", func() { _ = timed.Do(ctx, nothing, answers) })

	run("failure/circuit.Do", func() { _ = circuit.Do(ctx, breaker, fails, circuit.WithFallback(answers)) })
	run("failure/Do", func() { _ = plain.Do(ctx, fails, answers) })

	refusing := openOne()
	run("refused/circuit.Do", func() { _ = circuit.Do(ctx, refusing, nothing) })
	short := newCommand(b, refusing, hystrix.CommandConfig{})
	run("refused/Do", func() { _ = short.Do(ctx, nothing, nil) })

	full := newCommand(b, closedOne(), hystrix.CommandConfig{MaxConcurrent: 1})
	inside, leave := make(chan bool), make(chan bool)
	go func() { _ = full.Do(ctx, func(context.Context) error { close(inside); <-leave; return nil }, nil) }()
	<-inside
	run("rejected/Do", func() { _ = full.Do(ctx, nothing, nil) })
	close(leave)
}
