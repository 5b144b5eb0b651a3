package migrate_test

import (
	"context"
	"errors"
	"log"
	"net/http"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/failsafegrpc"
	"github.com/failsafe-go/failsafe-go/failsafehttp"
	"github.com/failsafe-go/failsafe-go/fallback"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/failsafe-go/failsafe-go/timeout"
	"google.golang.org/grpc"
)

type failsafeTheirs struct{}

// Open after five failures in a row; three successes close it.
func (failsafeTheirs) FailureThreshold() circuitbreaker.CircuitBreaker[string] {
	return circuitbreaker.NewBuilder[string]().
		WithFailureThreshold(5).
		WithSuccessThreshold(3).
		WithDelay(5 * time.Second).
		Build()
}

// Open at a share of failures in a time.
func (failsafeTheirs) FailureRate() circuitbreaker.CircuitBreaker[string] {
	return circuitbreaker.NewBuilder[string]().
		WithFailureRateThreshold(0.5, 20, 10*time.Second).
		WithSuccessThreshold(1).
		WithDelay(5 * time.Second).
		Build()
}

// Open after so many failures in a time, whatever the calls.
func (failsafeTheirs) FailurePeriod() circuitbreaker.CircuitBreaker[string] {
	return circuitbreaker.NewBuilder[string]().
		WithFailureThresholdPeriod(3, 10*time.Second).
		WithSuccessThreshold(1).
		Build()
}

// A call.
func (failsafeTheirs) Get(ctx context.Context, cb circuitbreaker.CircuitBreaker[string], fetch func() (string, error)) (string, error) {
	return failsafe.With(cb).WithContext(ctx).Get(fetch)
}

// Which results are failures.
func (failsafeTheirs) HandleIf() circuitbreaker.CircuitBreaker[string] {
	return circuitbreaker.NewBuilder[string]().
		HandleIf(func(_ string, err error) bool {
			return err != nil &&
				!errors.Is(err, errNotFound) &&
				!errors.Is(err, context.Canceled)
		}).
		WithFailureThreshold(5).
		Build()
}

// A fallback.
func (failsafeTheirs) Fallback(ctx context.Context, cb circuitbreaker.CircuitBreaker[string], fetch func() (string, error)) (string, error) {
	return failsafe.With(fallback.NewWithResult("cached"), cb).
		WithContext(ctx).Get(fetch)
}

// With retries, timeouts, hedges.
func (failsafeTheirs) Compose(ctx context.Context, cb circuitbreaker.CircuitBreaker[string], fetch func() (string, error)) (string, error) {
	retry := retrypolicy.NewBuilder[string]().
		AbortOnErrors(circuitbreaker.ErrOpen).
		WithMaxRetries(2).Build()
	return failsafe.With(retry, cb).
		WithContext(ctx).Get(fetch)
}

// A timeout.
func (failsafeTheirs) Timeout(ctx context.Context, cb circuitbreaker.CircuitBreaker[string], fetch func(context.Context) (string, error)) (string, error) {
	limit := timeout.New[string](time.Second)
	return failsafe.With[string](cb, limit).WithContext(ctx).
		GetWithExecution(func(
			e failsafe.Execution[string],
		) (string, error) {
			return fetch(e.Context())
		})
}

// A limit on calls at once.
func (failsafeTheirs) Bulkhead(cb circuitbreaker.CircuitBreaker[string]) failsafe.Executor[string] {
	limit := bulkhead.New[string](10)
	return failsafe.With[string](limit, cb)
}

// Is it a refusal, and for how long?
func (failsafeTheirs) Refused(cb circuitbreaker.CircuitBreaker[string], err error) (bool, time.Duration) {
	open := errors.Is(err, circuitbreaker.ErrOpen)
	return open, cb.RemainingDelay()
}

// Hear of changes.
func (failsafeTheirs) OnStateChanged() circuitbreaker.CircuitBreaker[string] {
	return circuitbreaker.NewBuilder[string]().
		OnStateChanged(func(
			e circuitbreaker.StateChangedEvent,
		) {
			log.Printf("%v to %v", e.OldState, e.NewState)
		}).
		Build()
}

// State and counts.
func (failsafeTheirs) Metrics(cb circuitbreaker.CircuitBreaker[string]) (state string, failures uint) {
	return cb.State().String(), cb.Metrics().Failures()
}

// By hand.
func (failsafeTheirs) Permit(ctx context.Context, cb circuitbreaker.CircuitBreaker[string], fetch func(context.Context) error) error {
	if !cb.TryAcquirePermit() {
		return circuitbreaker.ErrOpen
	}
	err := fetch(ctx)
	cb.RecordError(err)
	return err
}

// Open and close by command.
func (failsafeTheirs) Force(cb circuitbreaker.CircuitBreaker[string]) (open, release func()) {
	return cb.Open, cb.Close
}

// An HTTP client.
func (failsafeTheirs) RoundTripper(base http.RoundTripper) http.RoundTripper {
	cb := circuitbreaker.NewBuilder[*http.Response]().
		HandleIf(func(r *http.Response, err error) bool {
			return err != nil || r.StatusCode >= 500
		}).
		WithFailureThreshold(8).
		Build()
	return failsafehttp.NewRoundTripper(base, cb)
}

// The delay that the server asks for, by Retry-After.
func (failsafeTheirs) RetryAfter() circuitbreaker.CircuitBreaker[*http.Response] {
	return circuitbreaker.NewBuilder[*http.Response]().
		HandleIf(func(r *http.Response, err error) bool {
			return err != nil || r.StatusCode >= 500
		}).
		WithFailureThreshold(8).
		WithDelay(5 * time.Second).
		WithDelayFunc(failsafehttp.DelayFunc).
		Build()
}

// A gRPC client.
func (failsafeTheirs) Interceptor(cb circuitbreaker.CircuitBreaker[any]) grpc.DialOption {
	return grpc.WithUnaryInterceptor(
		failsafegrpc.NewUnaryClientInterceptor(cb))
}
