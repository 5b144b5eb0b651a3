package hystrix

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// Command runs calls under a breaker, with a timeout, a limit on how many are in flight,
// and a fallback. It is safe for concurrent use.
//
// [Command.Do] and [Run] ask in this order: ctx, which must not be over; the breaker; the
// limit. Then they call run, once, and tell the breaker how that went. Errors are told
// apart by [errors.Is] and [errors.As]:
//
//   - [ErrShortCircuit]: the breaker refused the call;
//   - [ErrMaxConcurrency]: too many calls were in flight, by MaxConcurrent, or by a bulkhead
//     around the breaker. The breaker gets its admission back;
//   - [ErrTimeout]: Timeout was over, or the deadline of the caller's ctx, or one of run's
//     own, such as that of a connection. It counts as a failure;
//   - [ErrInterrupt]: the caller's ctx was cancelled, or run returned
//     [context.Canceled]. It does not count;
//   - [circuit.ErrBadRequest]: the caller's mistake, which run marked by
//     [circuit.BadRequest]. It never counts;
//   - any other error is run's own. It is judged by [circuit.DefaultClassifier], or as
//     [WithCommandClassifier] says.
//
// The first four are a [*CommandError]. The last two are returned as run returned them.
//
// # The fallback
//
// It runs when the call failed, or was not over in time, or was refused, be it here or
// further down. It never runs for a bad request, an interrupt or a panic, nor for what a
// classifier ignores otherwise. It runs on the caller's goroutine, with the caller's ctx,
// which may be over by then, and with the call's error. What it returns is returned. If
// that is an error, a *CommandError holds both; or it is returned as it is, if it is the
// call's error or wraps it. It matches what both match: where a breaker refused the
// fallback, those further out ignore the call, as they ignore any refusal.
//
// # The timeout
//
// Without Timeout no goroutine is started, and a run that does not heed its ctx is waited
// for. With Timeout, each run has a goroutine of its own, and a ctx that is over by then.
// The call is over when run returns or that ctx is over, whatever is first. A run that
// goes on keeps its place until it returns, what it returns is dropped, and its goroutine
// ends with it. Its ctx ends with the call, so run must have read what depends on that,
// such as the body of an HTTP response, before it returns.
//
// # Panics
//
// A panic or a Goexit in run counts as a failure and goes on in the caller, also from a
// goroutine of run's own: recover gets the value that run panicked with, and the report of
// a crash has the stack of run. Of a panic after the call is over, see [WithLatePanic].
type Command struct {
	name      string
	breaker   circuit.Breaker
	options   commandOptions
	made      time.Time
	limits    atomic.Pointer[limits]
	refused   atomic.Pointer[CommandError] // the last short circuit by an engine
	runs      places
	fallbacks places
	counts    counts
}

// limits are a CommandConfig and the errors that it brings about.
type limits struct {
	CommandConfig
	late, full *CommandError
}

// NewCommand makes a command over b, which is any breaker, or nil for none. It returns what
// is wrong with config, or that the name is empty. Commands may share a breaker.
func NewCommand(name string, b circuit.Breaker, config CommandConfig, opts ...CommandOption) (*Command, error) {
	if name == "" {
		return nil, &circuit.FieldError{Package: "hystrix", Field: "name of a command", Value: `""`, Want: "must not be empty"}
	}
	c := &Command{name: name, breaker: b, options: newCommandOptions(opts), made: time.Now()}
	if err := c.Update(config); err != nil {
		return nil, err
	}
	return c, nil
}

// Update changes the settings of a live command, for calls that begin from now on; those
// in flight count against the new limits. When config is wrong it returns why, and changes
// nothing.
func (c *Command) Update(config CommandConfig) error {
	if err := config.Validate(); err != nil {
		return err
	}
	c.limits.Store(&limits{
		CommandConfig: config,
		late:          c.failed(circuit.KindTimeout, fmt.Errorf("not over within %v", config.Timeout)),
		full:          c.failed(circuit.KindConcurrencyReject, fmt.Errorf("%d calls in flight already", config.MaxConcurrent)),
	})
	return nil
}

// Config is the settings in force.
func (c *Command) Config() CommandConfig { return c.limits.Load().CommandConfig }

// Name is the one that errors tell.
func (c *Command) Name() string { return c.name }

// Breaker is the one that NewCommand got, nil if none.
func (c *Command) Breaker() circuit.Breaker { return c.breaker }

// Do runs run as [Command] describes. A nil fallback is none.
func (c *Command) Do(ctx context.Context, run func(context.Context) error, fallback func(context.Context, error) error) error {
	a := attempt{Command: c, limits: c.limits.Load()}
	if a.admitted(ctx) {
		if a.limits.Timeout == 0 { // two closures, so that this one allocates nothing
			here(ctx, &a, func(ctx context.Context) (none, error) { return none{}, run(ctx) })
		} else {
			apart(ctx, &a, func(ctx context.Context) (none, error) { return none{}, run(ctx) })
		}
	}
	if fallback == nil || !a.wantsFallback() {
		return a.err
	}
	_, err := fallBack(ctx, &a, func(ctx context.Context, err error) (none, error) { return none{}, fallback(ctx, err) })
	return err
}

type none struct{}

func (c *Command) failed(k circuit.Kind, cause error) *CommandError {
	return &CommandError{Command: c.name, Kind: k, Err: cause}
}
