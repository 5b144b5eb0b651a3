package migrate_test

import (
	"context"
	"errors"
	"log"
	"net/http"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"google.golang.org/grpc"

	"github.com/go-fusebox/fusebox/circuitfailsafe"
	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/core/bulkhead"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

type failsafeOurs struct{}

// failsafe-go's own defaults, in these terms: 1, 1, a minute. Without `WithSuccessThreshold` theirs has as many
// probes as the failure threshold: one success closes it, and only that many failures open it again.
func (failsafeOurs) FailureThreshold() (*hystrix.Breaker, error) {
	return hystrix.New(hystrix.Config{
		ConsecutiveFailures:   5,
		ErrorPercentThreshold: -1, // no such rule
		Probes:                3,
		SuccessesToClose:      3,
		SleepWindow:           5 * time.Second,
		SleepJitter:           -1, // by default 0.1
	})
}

// Without `WithSuccessThreshold` theirs has 20 probes and closes by their share of failures.
func (failsafeOurs) FailureRate() (*hystrix.Breaker, error) {
	return hystrix.New(hystrix.Config{
		ErrorPercentThreshold:  50,
		RequestVolumeThreshold: 20,
		Window:                 10 * time.Second,
		SleepWindow:            5 * time.Second,
		SleepJitter:            -1,
	})
}

// A rule of your own, as for all that `Config` has no field for; a window of calls rather than time, as
// `WithFailureThresholdRatio` has it, goes the same way. There is a new one after each closing.
func (failsafeOurs) FailurePeriod() (*hystrix.Breaker, error) {
	rule := func() hystrix.Rule {
		var mu sync.Mutex
		var at []time.Time // the last three failures
		return hystrix.RuleFunc(func(
			s circuit.State, r circuit.Result,
		) circuit.State {
			if !r.Outcome.Failed() {
				return s
			}
			mu.Lock()
			defer mu.Unlock()
			at = append(at, time.Now())
			at = at[max(0, len(at)-3):]
			if len(at) == 3 &&
				time.Since(at[0]) < 10*time.Second {
				return circuit.Open
			}
			return s
		})
	}
	return hystrix.New(hystrix.Config{
		ErrorPercentThreshold: -1, // no such rule
		SleepWindow:           time.Minute,
		SleepJitter:           -1,
	}, hystrix.WithOpenRule(rule))
}

// A panic counts as a failure; theirs loses the call, and a probe's place for good. A caller's own cancel
// counts neither way.
func (failsafeOurs) Get(ctx context.Context, b circuit.Breaker, fetch func(context.Context) (string, error)) (string, error) {
	return circuit.Call(ctx, b, fetch)
}

// By the error; for results, `circuitfailsafe.WithErrorOf`. The second condition is the default here, and
// counts neither way, where theirs makes it a success.
func (failsafeOurs) HandleIf() circuit.Option {
	return circuit.WithClassifier(func(
		ctx context.Context, err error,
	) circuit.Outcome {
		if errors.Is(err, errNotFound) {
			return circuit.Success
		}
		return circuit.DefaultClassifier(ctx, err)
	})
}

// It gets the error. In both it runs for what was refused or failed, not for a call that its caller
// cancelled.
func (failsafeOurs) Fallback(ctx context.Context, b circuit.Breaker, fetch func(context.Context) (string, error)) (string, error) {
	return circuit.Call(ctx, b, fetch, circuit.WithFallbackValue(
		func(context.Context, error) (string, error) {
			return "cached", nil
		}))
}

// Keep failsafe-go, and any breaker of ours is a policy of it. The builder makes a retry policy that doesn't
// retry refusals.
func (failsafeOurs) Compose(ctx context.Context, b circuit.Breaker, fetch func() (string, error)) (string, error) {
	policy := circuitfailsafe.NewPolicy[string](b)
	retry := circuitfailsafe.NewRetryPolicyBuilder[string]().
		WithMaxRetries(2).Build()
	return failsafe.With(retry, policy).
		WithContext(ctx).Get(fetch)
}

// A command, made once. It doesn't wait for a fetch that doesn't heed its context; theirs does.
func (failsafeOurs) Timeout(ctx context.Context, b circuit.Breaker, fetch func(context.Context) (string, error)) (string, error) {
	c, err := hystrix.NewCommand("users", b,
		hystrix.CommandConfig{Timeout: time.Second})
	if err != nil {
		return "", err
	}
	return hystrix.Run(ctx, c, fetch, nil)
}

// Any breaker with a limit behind it is a breaker again, and goes into every adapter. The breaker is asked
// first, and doesn't count what the limit refuses.
func (failsafeOurs) Bulkhead(b circuit.Breaker) (circuit.Breaker, error) {
	limit, err := bulkhead.New(bulkhead.Config{Max: 10})
	return bulkhead.Guard(b, limit), err
}

// The error knows the time, the breaker need not be at hand.
func (failsafeOurs) Refused(err error) (bool, time.Duration) {
	after, _ := circuit.RetryAfter(err)
	return errors.Is(err, circuit.ErrNotAllowed), after
}

// On a breaker that is there, and any number of them; in order, with the reason.
func (failsafeOurs) OnStateChanged(b *hystrix.Breaker) (stop func()) {
	return b.Observe(func(e circuit.Event) {
		log.Printf("%v to %v, %s", e.From, e.To, e.Reason)
	})
}

// One reading, whose fields belong together.
func (failsafeOurs) Metrics(b *hystrix.Breaker) (state string, failures uint64) {
	s := b.Snapshot()
	return s.State.String(), s.Window.Failures
}

// A permit knows its call: late results decide nothing here, and count for whatever state there is by then in
// theirs.
func (failsafeOurs) Permit(ctx context.Context, b circuit.Acquirer, fetch func(context.Context) error) error {
	permit, err := b.Acquire()
	if err != nil {
		return err
	}
	err = fetch(ctx)
	permit.Done(circuit.DefaultClassifier(ctx, err))
	return err
}

// It stays forced until it is released, or for a time; theirs goes on by itself, half-open after its delay.
func (failsafeOurs) Force(b circuit.ModeSetter) (open, release func()) {
	open = func() { _ = b.Override(circuit.ForceOpen, 0) }
	return open, b.Release
}

// One breaker per method and host, where theirs has one for all. 429 counts, too, and a body that breaks off;
// a caller's own cancel doesn't.
func (failsafeOurs) RoundTripper(base http.RoundTripper) http.RoundTripper {
	return circuithttp.NewTransport(base)
}

// In every adapter, by HTTP's Retry-After, in seconds or as a date, and gRPC's RetryInfo; up to a bound.
// Jitter stretches it.
func (failsafeOurs) RetryAfter() (*hystrix.Breaker, error) {
	return hystrix.New(hystrix.Config{
		ConsecutiveFailures: 8,
		SleepWindow:         5 * time.Second,
		MaxRetryAfter:       time.Minute,
		SleepJitter:         -1,
	})
}

// One breaker per method, where theirs has one for all. Failures by code; with theirs, any error is one.
// Streams: `circuitgrpc.StreamClientInterceptor()`.
func (failsafeOurs) Interceptor() grpc.DialOption {
	return grpc.WithUnaryInterceptor(
		circuitgrpc.UnaryClientInterceptor())
}
