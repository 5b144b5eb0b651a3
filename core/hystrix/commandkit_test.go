package hystrix_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// commandLedger is a breaker that writes down how each of its permits was settled.
type commandLedger struct {
	mu      sync.Mutex
	refusal error
	results map[uint64][]circuit.Result // by token; a permit that is not settled has none
}

func (l *commandLedger) Allow() error { panic("a command knows permits") }
func (l *commandLedger) MarkSuccess() { panic("a command knows permits") }
func (l *commandLedger) MarkFailed()  { panic("a command knows permits") }

func (l *commandLedger) Acquire() (circuit.Permit, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.refusal != nil {
		return circuit.Permit{}, l.refusal
	}
	if l.results == nil {
		l.results = map[uint64][]circuit.Result{}
	}
	token := uint64(len(l.results))
	l.results[token] = nil
	return circuit.NewPermit(l, token), nil
}

func (l *commandLedger) Settle(token uint64, o circuit.Outcome) {
	l.SettleResult(token, circuit.Result{Outcome: o})
}

func (l *commandLedger) SettleResult(token uint64, r circuit.Result) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.results[token] = append(l.results[token], r)
}

// told is what became of each permit; one that was settled twice, or not at all, shows.
func (l *commandLedger) told() (told []circuit.Result) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for token := range uint64(len(l.results)) {
		switch r := l.results[token]; len(r) {
		case 1:
			told = append(told, r[0])
		default:
			told = append(told, circuit.Result{Outcome: circuit.Outcome(100 + len(r))})
		}
	}
	return told
}

func newCommand(t testing.TB, b circuit.Breaker, c hystrix.CommandConfig, opts ...hystrix.CommandOption) *hystrix.Command {
	t.Helper()
	command, err := hystrix.NewCommand("offers", b, c, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return command
}

// commandErrors are all by which the errors of a command are told apart.
var commandErrors = []error{
	hystrix.ErrShortCircuit, hystrix.ErrMaxConcurrency, hystrix.ErrTimeout, hystrix.ErrInterrupt, hystrix.ErrMaxFallbacks,
	circuit.ErrBadRequest, circuit.ErrNotAllowed, context.DeadlineExceeded, context.Canceled,
}

func sentinelsOf(err error) (is []error) {
	for _, s := range commandErrors {
		if errors.Is(err, s) {
			is = append(is, s)
		}
	}
	return is
}

// identical reports whether a is b, rather than wraps it.
func identical(a, b any) bool { return a == b }

// busyCallee is a failure by which the callee asks for a pause.
type busyCallee struct{ pause time.Duration }

func (busyCallee) Error() string                       { return "busy" }
func (b busyCallee) RetryAfter() (time.Duration, bool) { return b.pause, true }

var errOffer = errors.New("backend is down")

func runReturning(err error) func(context.Context) error {
	return func(context.Context) error { return err }
}

func runSleeping(d time.Duration, err error) func(context.Context) error {
	return func(context.Context) error {
		time.Sleep(d)
		return err
	}
}

// runHeeding is a run that goes on until its ctx is over.
func runHeeding(ctx context.Context) error {
	<-ctx.Done()
	return fmt.Errorf("get offer: %w", ctx.Err())
}

func aliveCtx(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithCancel(ctx)
}

func overCtx(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	return ctx, cancel
}

var errClientLeft = errors.New("the client left")

func leftAfter(d time.Duration, cause error) func(context.Context) (context.Context, context.CancelFunc) {
	return func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancelCause(ctx)
		stop := time.AfterFunc(d, func() { cancel(cause) })
		return ctx, func() { stop.Stop(); cancel(nil) }
	}
}

func dueAfter(d time.Duration) func(context.Context) (context.Context, context.CancelFunc) {
	return func(ctx context.Context) (context.Context, context.CancelFunc) { return context.WithTimeout(ctx, d) }
}

const commandUntimed, commandTimeout = time.Duration(0), 10 * ms
