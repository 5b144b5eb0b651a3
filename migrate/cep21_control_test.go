package migrate_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	cep21 "github.com/cep21/circuit/v4"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

func cep21Refused(t *testing.T) {
	theirs, ours := cep21Theirs{}, cep21Ours{}
	synctest.Test(t, func(t *testing.T) {
		c, b := newCep21(), must(ours.Create())
		want := func(when string, open, full bool) {
			t.Helper()
			err := theirs.Execute(t.Context(), c, func(context.Context) error { return errFailed }, nil)
			err2 := ours.Execute(t.Context(), b, func(context.Context) error { return errFailed }, nil)
			if o, f := theirs.Refused(err); o != open || f != full {
				t.Errorf("%s: theirs %v: %v, %v", when, err, o, f)
			}
			if o, f := ours.Refused(err2); o != open || f != full || errors.Is(err2, circuit.ErrNotAllowed) != (open || full) {
				t.Errorf("%s: ours %v: %v, %v", when, err2, o, f)
			}
		}
		want("a failure", false, false)
		done := make(chan struct{})
		for range 10 {
			hold := func(context.Context) error { <-done; return nil }
			go func() { _ = theirs.Go(context.Background(), c, hold) }()
			go func() { _ = ours.Go(context.Background(), b, hold) }()
		}
		synctest.Wait()
		want("ten in flight", false, true)
		close(done)
		synctest.Wait()
		for range 9 {
			want("failures", false, false)
		}
		want("half of 20 failed", true, false)
	})
}

func cep21OpenCircuit(t *testing.T) {
	theirs, ours := cep21Theirs{}, cep21Ours{}
	synctest.Test(t, func(t *testing.T) {
		c, b := newCep21(), must(ours.Create())
		open, release := theirs.OpenCircuit(t.Context(), c)
		mode, _ := circuit.As[circuit.ModeSetter](b.Breaker())
		open2, release2 := ours.OpenCircuit(mode)
		want := func(when, wantTheirs, wantOurs string) {
			t.Helper()
			a := play(func(ctx context.Context, callee func(context.Context) error) error { return c.Run(ctx, callee) }, "s*2")
			o := play(func(ctx context.Context, callee func(context.Context) error) error { return b.Do(ctx, callee, nil) }, "s*2")
			if a != wantTheirs || o != wantOurs {
				t.Errorf("%s: theirs %s, ours %s", when, a, o)
			}
		}
		open()
		open2()
		want("open", "-*2", "-*2")
		time.Sleep(5001 * time.Millisecond)
		want("after the sleep window", ".*2", "-*2")
		open()
		release()
		release2()
		want("closed", ".*2", ".*2")
	})
}

func cep21Manager(t *testing.T) {
	theirs, ours := cep21Theirs{}, cep21Ours{}
	m := new(cep21.Manager)
	c := theirs.Create(m)
	g := group.New(func(string) circuit.Breaker { return must(ours.Create()).Breaker() })
	b := g.Get("users")
	for i := range 21 {
		one, open := theirs.Manager(m)
		one2, open2 := ours.Manager(g)
		wantOpen := i == 20
		if one != c || one2 != b || (len(open) == 1) != wantOpen || (len(open2) == 1) != wantOpen {
			t.Errorf("after %d failures: theirs %v, ours %v", i, open, open2)
		}
		_ = c.Run(t.Context(), func(context.Context) error { return errFailed })
		b.MarkFailed()
	}
}

func cep21Update(t *testing.T) {
	theirs, ours := cep21Theirs{}, cep21Ours{}
	synctest.Test(t, func(t *testing.T) {
		c, b := newCep21(), must(ours.Create())
		wait := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		for _, want := range []time.Duration{time.Second, 2 * time.Second} {
			began := time.Now()
			_ = c.Run(t.Context(), wait)
			took := time.Since(began)
			began = time.Now()
			_ = b.Do(t.Context(), wait, nil)
			if took2 := time.Since(began); took != want || took2 != want {
				t.Errorf("theirs %v, ours %v, want %v", took, took2, want)
			}
			if err := errors.Join(theirs.Update(c), ours.Update(b)); err != nil {
				t.Error(err)
			}
		}
	})
}
