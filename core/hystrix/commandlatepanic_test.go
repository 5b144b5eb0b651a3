package hystrix_test

import (
	"bytes"
	"context"
	"errors"
	stdlog "log"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// Of a panic that comes when the call is over its caller can't hear any more; it must
// neither end the process nor be lost.
func TestLatePanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		heard := make(chan *hystrix.PanicError, 9)
		over := make(chan error, 9)
		l := &commandLedger{}
		c := newCommand(t, l, hystrix.CommandConfig{Timeout: commandTimeout, MaxConcurrent: 1},
			hystrix.WithLatePanic(func(ctx context.Context, command string, p *hystrix.PanicError) {
				if command != "offers" {
					t.Errorf("the command is %q, want offers", command)
				}
				heard <- p
				over <- ctx.Err()
			}))
		err := c.Do(t.Context(), func(context.Context) error {
			time.Sleep(s)
			return misbehave(errOffer)
		}, nil)
		if !errors.Is(err, hystrix.ErrTimeout) || len(heard) != 0 {
			t.Errorf("%v, and heard of %d panics; want a timeout, and nothing yet", err, len(heard))
		}
		time.Sleep(s)
		synctest.Wait()
		if len(heard) != 1 {
			t.Fatalf("heard of %d panics, want one", len(heard))
		}
		if p := <-heard; !identical(p.Value, errOffer) || !bytes.Contains(p.Stack, []byte("hystrix_test.misbehave")) {
			t.Errorf("heard %v, want the panic with the stack of run", p)
		}
		if err := <-over; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the ctx ended by %v, want that of run", err)
		}
		want := []circuit.Result{{Outcome: circuit.Failure, Kind: circuit.KindTimeout, Duration: commandTimeout}}
		if told := l.told(); !slices.Equal(told, want) {
			t.Errorf("the breaker was told %+v, want the timeout alone", told)
		}
		if got := c.Stats(); got != (hystrix.Stats{Timeouts: 1}) {
			t.Errorf("stats %+v, want one timeout, and nothing in flight", got)
		}
	})
}

// By default a late panic is in the log, with its stack; a late Goexit is nobody's matter.
func TestLatePanicIsLogged(t *testing.T) {
	var log bytes.Buffer
	before, writer, flags := slog.Default(), stdlog.Writer(), stdlog.Flags()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil))) // which changes package log as well
	defer func() {
		slog.SetDefault(before)
		stdlog.SetOutput(writer)
		stdlog.SetFlags(flags)
	}()
	synctest.Test(t, func(t *testing.T) {
		c := newCommand(t, nil, hystrix.CommandConfig{Timeout: commandTimeout})
		_ = c.Do(t.Context(), func(context.Context) error {
			time.Sleep(s)
			runtime.Goexit()
			return nil
		}, nil)
		time.Sleep(2 * s)
		if log.Len() != 0 || c.Stats().InFlight != 0 {
			t.Errorf("log %q and stats %+v, want nothing of a Goexit", &log, c.Stats())
		}
		_ = c.Do(t.Context(), func(context.Context) error {
			time.Sleep(s)
			return misbehave("boom")
		}, nil)
		time.Sleep(2 * s)
	})
	for _, want := range []string{"level=ERROR", `msg="hystrix: run panicked after its call was over"`, "command=offers", "panic=boom", "hystrix_test.misbehave"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has no %q:\n%s", want, &log)
		}
	}
}
