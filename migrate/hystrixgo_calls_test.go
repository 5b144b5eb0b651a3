package migrate_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	hystrixgo "github.com/afex/hystrix-go/hystrix"

	"github.com/go-fusebox/fusebox/core/circuit"
)

func hystrixGoDo(t *testing.T) {
	theirs, ours := hystrixGoTheirs{}, hystrixGoOurs{}
	n, c := quickTheirs(ample, 0), quickOurs(ample, 0)
	both := func(when string, fetch, cached, want, wantOurs error) {
		t.Helper()
		err := theirs.Do(n, func() error { return fetch }, func(error) error { return cached })
		err2 := ours.Do(t.Context(), c, func(context.Context) error { return fetch },
			func(context.Context, error) error { return cached })
		if err == nil != (want == nil) || !errors.Is(err2, wantOurs) {
			t.Errorf("%s: theirs %v, ours %v", when, err, err2)
		}
	}
	down := errors.New("no cache")
	both("well", nil, down, nil, nil)
	both("failed", errFailed, nil, nil, nil)
	both("both failed", errFailed, down, down, down)
	for range 17 {
		if isOpen(n) || ours.GetCircuit(breakerOf(c)) {
			t.Fatal("open below 20 calls")
		}
		both("failed", errFailed, nil, nil, nil)
	}
	opened := time.Now()
	both("the 20th", errFailed, nil, nil, nil)
	if !ours.GetCircuit(breakerOf(c)) {
		t.Error("ours: closed at the 20th call")
	}
	eventually(t, "theirs opens", func() bool { return isOpen(n) })
	var ran, ran2 time.Duration
	eventually(t, "probes succeed", func() bool {
		_ = theirs.Do(n, func() error { ran = max(ran, time.Since(opened)); return nil }, func(error) error { return nil })
		_ = ours.Do(t.Context(), c, func(context.Context) error { ran2 = max(ran2, time.Since(opened)); return nil },
			func(context.Context, error) error { return nil })
		return !isOpen(n) && !ours.GetCircuit(breakerOf(c)) && ran > 0 && ran2 > 0
	})
	if ran < quickSleep || ran2 < quickSleep {
		t.Errorf("probes after %v, ours %v", ran, ran2)
	}
	// A panic.
	func() {
		defer func() {
			if recover() == nil {
				t.Error("ours: the panic is lost")
			}
		}()
		_ = ours.Do(t.Context(), c, func(context.Context) error { panic("callee") }, nil)
	}()
	if out, err := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHystrixGoPanics$", "-panics").CombinedOutput(); err == nil ||
		!strings.Contains(string(out), "panic: callee") {
		t.Errorf("theirs: %v\n%s", err, out)
	}
}

func hystrixGoDoC(t *testing.T) {
	theirs, ours := hystrixGoTheirs{}, hystrixGoOurs{}
	n, c := quickTheirs(ample, 0), quickOurs(ample, 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancelling := func(ctx context.Context) error { cancel(); <-ctx.Done(); return ctx.Err() }
	fell, fell2 := false, false
	err := theirs.DoC(ctx, n, cancelling, func(_ context.Context, err error) error { fell = true; return err })
	cancel()
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	err2 := ours.DoC(ctx, c, cancelling, func(_ context.Context, err error) error { fell2 = true; return err })
	if err == nil || !errors.Is(err2, context.Canceled) || !fell || fell2 {
		t.Errorf("theirs %v, %v; ours %v, %v", err, fell, err2, fell2)
	}
	if s := breakerOf(c).Snapshot(); s.Window.Successes+s.Window.Failures != 0 || s.Total.Ignored != 1 {
		t.Errorf("ours: %+v", s.Total)
	}
	// At the timeout, theirs leaves the context alone.
	ended, ended2 := make(chan bool, 1), make(chan bool, 1)
	n, c = quickTheirs(short, 0), quickOurs(short, 0)
	late := make(chan struct{})
	slow := func(ended chan bool) func(context.Context) error {
		return func(ctx context.Context) error {
			select {
			case <-ctx.Done():
				ended <- true
			case <-late:
				ended <- false
			}
			return ctx.Err()
		}
	}
	err, err2 = theirs.DoC(t.Context(), n, slow(ended), nil), ours.DoC(t.Context(), c, slow(ended2), nil)
	close(late)
	if theirs.Errors(err) != "late" || ours.Errors(err2) != "late" || <-ended || !<-ended2 {
		t.Errorf("theirs %v, ours %v", err, err2)
	}
}

func hystrixGoErrors(t *testing.T) {
	theirs, ours := hystrixGoTheirs{}, hystrixGoOurs{}
	n, c := quickTheirs(short, 1), quickOurs(short, 1)
	want := func(want string, err, err2 error) {
		t.Helper()
		if theirs.Errors(err) != want || ours.Errors(err2) != want {
			t.Errorf("want %s: theirs %v, ours %v", want, err, err2)
		}
	}
	want("other", theirs.Do(n, func() error { return errFailed }, nil), ours.Do(t.Context(), c, fail, nil))
	in, done := make(chan struct{}), make(chan struct{})
	hold := func() error { in <- struct{}{}; <-done; return nil }
	late, late2 := theirs.Go(n, hold, nil), ours.Go(t.Context(), c, func(context.Context) error { return hold() }, nil)
	<-in
	<-in
	want("full", theirs.Do(n, nil, nil), ours.Do(t.Context(), c, nil, nil))
	want("late", <-late, <-late2)
	// What outlives its timeout has a place in ours, and none in theirs.
	if err, err2 := theirs.Do(n, func() error { return nil }, nil), ours.Do(t.Context(), c, well, nil); err != nil || ours.Errors(err2) != "full" {
		t.Errorf("after a timeout: theirs %v, ours %v", err, err2)
	}
	close(done)
	eventually(t, "ours has room", func() bool { return c.Stats().InFlight == 0 })
	eventually(t, "theirs opens", func() bool {
		_ = theirs.Do(n, func() error { return errFailed }, nil)
		return isOpen(n)
	})
	for range 20 {
		_ = ours.Do(t.Context(), c, fail, nil)
	}
	want("open", theirs.Do(n, nil, nil), ours.Do(t.Context(), c, nil, nil))
}

func hystrixGoReport(t *testing.T) {
	theirs, ours := hystrixGoTheirs{}, hystrixGoOurs{}
	n, c := quickTheirs(ample, 0), quickOurs(ample, 0)
	cb, _, err := hystrixgo.GetCircuit(n)
	check(t, err)
	for i := range 20 {
		err, err2 := theirs.Report(t.Context(), cb, fail), ours.Report(t.Context(), breakerOf(c), fail)
		if !errors.Is(err, errFailed) || !errors.Is(err2, errFailed) {
			t.Fatalf("call %d: theirs %v, ours %v", i, err, err2)
		}
	}
	if err := ours.Report(t.Context(), breakerOf(c), well); !errors.Is(err, circuit.ErrNotAllowed) {
		t.Errorf("ours: %v", err)
	}
	eventually(t, "theirs refuses", func() bool { return errors.Is(theirs.Report(t.Context(), cb, well), hystrixgo.ErrCircuitOpen) })
	// A full pool.
	n, c = quickTheirs(ample, 1), quickOurs(ample, 1)
	in, done := make(chan struct{}), make(chan struct{})
	hold := func(context.Context) error { in <- struct{}{}; <-done; return nil }
	theirs.Go(n, func() error { return hold(context.Background()) }, nil)
	ours.Go(t.Context(), c, hold, nil)
	<-in
	<-in
	for range 30 {
		_ = theirs.Do(n, nil, nil)
		_ = ours.Do(t.Context(), c, nil, nil)
	}
	eventually(t, "theirs opens", func() bool { return isOpen(n) })
	if ours.GetCircuit(breakerOf(c)) {
		t.Error("ours: refusals opened it")
	}
	close(done)
}
