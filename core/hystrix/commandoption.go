package hystrix

import (
	"context"
	"log/slog"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// CommandOption changes how a [Command] treats its calls.
type CommandOption func(*commandOptions)

type commandOptions struct {
	classify  circuit.Classifier
	before    []func(context.Context)
	after     []func(context.Context, circuit.Result, error)
	latePanic func(ctx context.Context, command string, p *PanicError)
}

func newCommandOptions(opts []CommandOption) commandOptions {
	o := commandOptions{classify: circuit.DefaultClassifier, latePanic: logPanic}
	for _, opt := range opts {
		if opt != nil {
			opt(&o)
		}
	}
	return o
}

// WithCommandClassifier judges what run returns by c, in place of
// [circuit.DefaultClassifier]. It isn't asked where there is no question: about a
// [circuit.BadRequest], and about calls that are over because their ctx is. A nil c
// changes nothing.
func WithCommandClassifier(c circuit.Classifier) CommandOption {
	return func(o *commandOptions) {
		if c != nil {
			o.classify = c
		}
	}
}

// WithBefore has f called before each run, on its goroutine and with its ctx; a panic in
// f is one of run. Calls that are refused don't get there. Further ones are called in
// order; a nil f changes nothing.
func WithBefore(f func(ctx context.Context)) CommandOption {
	return func(o *commandOptions) {
		if f != nil {
			o.before = append(o.before, f)
		}
	}
}

// WithAfter has f called once for each call when it is judged, refused ones included, on
// the caller's goroutine and with its ctx, before the fallback. The error is the call's,
// or [ErrNoReturn]. A panic in f reaches the caller. Further ones are called in order; a
// nil f changes nothing.
func WithAfter(f func(ctx context.Context, r circuit.Result, err error)) CommandOption {
	return func(o *commandOptions) {
		if f != nil {
			o.after = append(o.after, f)
		}
	}
}

// WithLatePanic has f called with the panic of a run whose call was over before, by its
// timeout or an interrupt, so that its caller can't hear of it. It is called on the
// goroutine of run, with its ctx and the name of the command; nothing contains a panic in
// it. By default the panic is logged, with its stack, by [slog.Default]. A nil f changes
// nothing.
func WithLatePanic(f func(ctx context.Context, command string, p *PanicError)) CommandOption {
	return func(o *commandOptions) {
		if f != nil {
			o.latePanic = f
		}
	}
}

func logPanic(ctx context.Context, command string, p *PanicError) {
	slog.ErrorContext(ctx, "hystrix: run panicked after its call was over",
		"command", command, "panic", p.Value, "stack", string(p.Stack))
}
