package hystrix_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// recoveredFrom runs f and returns what it panicked with.
func recoveredFrom(f func()) (v any) {
	defer func() { v = recover() }()
	f()
	return nil
}

// returnsFrom reports whether f returned, rather than ended its goroutine.
func returnsFrom(f func()) (returned bool) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
		returned = true
	}()
	<-done
	return returned
}

func noFallback(t *testing.T) func(context.Context, error) error {
	return func(context.Context, error) error {
		t.Error("the fallback ran")
		return nil
	}
}

// misbehave is what a stack of its panic shows.
func misbehave(v any) error { panic(v) }

// With a goroutine of its own or not, run's panic is the caller's, value and all.
func TestPanicOfRunReachesTheCaller(t *testing.T) {
	type detail struct{ code int }
	var nobody *detail
	for _, timeout := range []time.Duration{commandUntimed, s} {
		for _, value := range []any{"boom", 7, errOffer, &detail{1}, detail{2}, nobody} {
			l := &commandLedger{}
			var heard []error
			c := newCommand(t, l, hystrix.CommandConfig{Timeout: timeout, MaxConcurrent: 1},
				hystrix.WithAfter(func(_ context.Context, _ circuit.Result, err error) { heard = append(heard, err) }))
			for range 2 { // the second one finds the place of the first
				got := recoveredFrom(func() {
					_ = c.Do(t.Context(), func(context.Context) error { return misbehave(value) }, noFallback(t))
				})
				if got != value {
					t.Errorf("timeout %v: recovered %v (%[2]T), want %v", timeout, got, value)
				}
			}
			told := l.told()
			for i := range told {
				told[i].Duration = 0
			}
			if want := (circuit.Result{Outcome: circuit.Failure}); !slices.Equal(told, []circuit.Result{want, want}) {
				t.Errorf("the breaker was told %+v, want two failures", told)
			}
			if got := c.Stats(); got != (hystrix.Stats{Failures: 2}) {
				t.Errorf("stats %+v, want two failures, and nothing in flight", got)
			}
			if len(heard) != 2 || !errors.Is(heard[1], hystrix.ErrNoReturn) {
				t.Fatalf("WithAfter heard %v, want ErrNoReturn twice", heard)
			}
			if timeout == 0 {
				continue
			}
			p, ok := errors.AsType[*hystrix.PanicError](heard[1])
			if !ok || p.Value != value || !bytes.Contains(p.Stack, []byte("hystrix_test.misbehave")) {
				t.Errorf("WithAfter heard %v, want a PanicError of %v with the stack of run", heard[1], value)
			}
			if _, isError := value.(error); isError != errors.Is(heard[1], errOffer) {
				t.Errorf("%v matches the error that run panicked with: %t, want %t", heard[1], !isError, isError)
			}
		}
	}
}

// What can't be compared, and what careless code panics with.
func TestOddPanicsOfRun(t *testing.T) {
	for _, timeout := range []time.Duration{commandUntimed, s} {
		c := newCommand(t, nil, hystrix.CommandConfig{Timeout: timeout})
		v := recoveredFrom(func() {
			_ = c.Do(t.Context(), func(context.Context) error { return misbehave([]int{1, 2}) }, nil)
		})
		if got, ok := v.([]int); !ok || !slices.Equal(got, []int{1, 2}) {
			t.Errorf("timeout %v: recovered %v, want [1 2]", timeout, v)
		}
		v = recoveredFrom(func() {
			_ = c.Do(t.Context(), func(context.Context) error { return misbehave(nil) }, nil)
		})
		if _, ok := v.(*runtime.PanicNilError); !ok {
			t.Errorf("timeout %v: recovered %v, want a *runtime.PanicNilError", timeout, v)
		}
		v = recoveredFrom(func() { _ = c.Do(t.Context(), nil, nil) })
		if _, ok := v.(runtime.Error); !ok {
			t.Errorf("timeout %v: a nil run: recovered %v, want the runtime's error", timeout, v)
		}
		if got := c.Stats(); got != (hystrix.Stats{Failures: 3}) {
			t.Errorf("timeout %v: stats %+v, want three failures, and nothing in flight", timeout, got)
		}
	}
}

// FailNow is the Goexit that people meet: a test that calls it in run must end.
func TestGoexitOfRunReachesTheCaller(t *testing.T) {
	for _, timeout := range []time.Duration{commandUntimed, s} {
		var inner testing.T
		for name, exit := range map[string]func(){"Goexit": runtime.Goexit, "FailNow": inner.FailNow} {
			l := &commandLedger{}
			var heard error
			c := newCommand(t, l, hystrix.CommandConfig{Timeout: timeout, MaxConcurrent: 1},
				hystrix.WithAfter(func(_ context.Context, _ circuit.Result, err error) { heard = err }))
			if returnsFrom(func() {
				_ = c.Do(t.Context(), func(context.Context) error { exit(); return nil }, noFallback(t))
			}) {
				t.Errorf("%s with timeout %v: Do returned, want the goroutine to end", name, timeout)
			}
			if told := l.told(); len(told) != 1 || told[0].Outcome != circuit.Failure {
				t.Errorf("%s: the breaker was told %+v, want one failure", name, told)
			}
			if !identical(heard, hystrix.ErrNoReturn) {
				t.Errorf("%s: WithAfter heard %v, want ErrNoReturn", name, heard)
			}
			if got := c.Stats(); got != (hystrix.Stats{Failures: 1}) {
				t.Errorf("%s: stats %+v, want a failure, and nothing in flight", name, got)
			}
		}
		if !inner.Failed() {
			t.Error("the inner test didn't fail: this test proves nothing")
		}
	}
}

// User code around run may panic, too; no permit and no place is lost by that.
func TestPanicsOfHooksAndClassifier(t *testing.T) {
	for _, timeout := range []time.Duration{commandUntimed, s} {
		for _, tt := range []struct {
			name string
			opt  hystrix.CommandOption
			told circuit.Outcome
		}{
			{"before", hystrix.WithBefore(func(context.Context) { panic("boom") }), circuit.Failure},
			{"classifier", hystrix.WithCommandClassifier(func(context.Context, error) circuit.Outcome { panic("boom") }), circuit.Failure},
			{"after", hystrix.WithAfter(func(context.Context, circuit.Result, error) { panic("boom") }), circuit.Success},
		} {
			l := &commandLedger{}
			c := newCommand(t, l, hystrix.CommandConfig{Timeout: timeout, MaxConcurrent: 1}, tt.opt)
			for i := range 2 {
				if v := recoveredFrom(func() { _ = c.Do(t.Context(), runReturning(nil), noFallback(t)) }); v != "boom" {
					t.Errorf("%s: recovered %v, want boom", tt.name, v)
				}
				if told := l.told(); len(told) != i+1 || told[i].Outcome != tt.told {
					t.Errorf("%s: the breaker was told %+v, want %v", tt.name, told, tt.told)
				}
			}
			if got := c.Stats(); got.Failures+got.Successes != 2 || got.InFlight != 0 {
				t.Errorf("%s: stats %+v, want two calls, and nothing in flight", tt.name, got)
			}
		}
	}
}

// Nobody recovers: the process ends, and what it prints must lead to the line of run, not
// to that where the panic went on.
func TestCrashShowsTheStackOfRun(t *testing.T) {
	const me = "FUSEBOX_TEST_CRASH"
	if os.Getenv(me) != "" {
		c := newCommand(t, nil, hystrix.CommandConfig{Timeout: s})
		_ = c.Do(t.Context(), func(context.Context) error { return misbehave("boom") }, nil)
		return
	}
	crash := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrashShowsTheStackOfRun$")
	crash.Env = append(os.Environ(), me+"=1")
	out, err := crash.CombinedOutput()
	if _, ok := errors.AsType[*exec.ExitError](err); !ok {
		t.Fatalf("%v, want the process to fail", err)
	}
	for _, want := range []string{"panic: hystrix: run panicked: boom", "hystrix_test.misbehave", "\tpanic: boom"} {
		if !bytes.Contains(out, []byte(want)) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}
