package engines

import (
	"math/rand/v2"
	"time"

	"github.com/failsafe-go/failsafe-go/adaptivethrottler"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// failsafeBreaker is what its circuit breaker is built with.
type failsafeBreaker struct {
	FailureRateThreshold      float64  `json:"failureRateThreshold"`
	FailureExecutionThreshold uint     `json:"failureExecutionThreshold"` // below which it doesn't open
	FailureThresholdingPeriod duration `json:"failureThresholdingPeriod"`
	Delay                     duration `json:"delay"` // the time open
	// SuccessThreshold is the number of successes in a row that close it. At 0,
	// FailureExecutionThreshold calls and their failure rate decide.
	SuccessThreshold uint `json:"successThreshold"`
}

// The thresholds of Hystrix. The library's own default opens at a single failure.
var failsafeBreakerDefaults = failsafeBreaker{
	FailureRateThreshold: 0.5, FailureExecutionThreshold: 20, FailureThresholdingPeriod: duration(10 * time.Second),
	Delay: duration(5 * time.Second),
}

func (failsafeBreaker) about() string { return "circuitbreaker" }

func (c failsafeBreaker) check(b *bounds) {
	b.share("failureRateThreshold", c.FailureRateThreshold)
	count(b, "failureExecutionThreshold", c.FailureExecutionThreshold, 1)
	b.window("failureThresholdingPeriod", c.FailureThresholdingPeriod)
	between(b, "delay", c.Delay, duration(time.Millisecond), duration(24*time.Hour))
	between(b, "successThreshold", c.SuccessThreshold, 0, 1e6)
}

func (c failsafeBreaker) breaker() circuit.Breaker {
	builder := circuitbreaker.NewBuilder[any]().
		WithFailureRateThreshold(c.FailureRateThreshold, c.FailureExecutionThreshold, time.Duration(c.FailureThresholdingPeriod)).
		WithDelay(time.Duration(c.Delay))
	if c.SuccessThreshold > 0 {
		builder = builder.WithSuccessThreshold(c.SuccessThreshold)
	}
	return recorder{builder.Build()}
}

// recorder is a failsafe-go circuit breaker, used without its executor.
type recorder struct {
	circuitbreaker.CircuitBreaker[any]
}

func (r recorder) Allow() error {
	if !r.TryAcquirePermit() {
		return circuitbreaker.ErrOpen
	}
	return nil
}

func (r recorder) MarkSuccess() { r.RecordSuccess() }
func (r recorder) MarkFailed()  { r.RecordFailure() }

// failsafeThrottler is what its adaptive throttler is built with.
type failsafeThrottler struct {
	FailureRateThreshold float64  `json:"failureRateThreshold"` // 1 − 1/K
	ExecutionThreshold   uint     `json:"executionThreshold"`   // below which it doesn't refuse
	ThresholdingPeriod   duration `json:"thresholdingPeriod"`
	MaxRejectionRate     float64  `json:"maxRejectionRate"`
}

// As responsive as the others: the library's own default looks back a minute, and
// takes a tenth of failures for too many.
var failsafeThrottlerDefaults = failsafeThrottler{
	FailureRateThreshold: 0.5, ThresholdingPeriod: duration(10 * time.Second), MaxRejectionRate: 0.9,
}

func (failsafeThrottler) about() string {
	return "adaptivethrottler, its rate thrown with dice of our own"
}

func (c failsafeThrottler) check(b *bounds) {
	b.that(c.FailureRateThreshold >= 0 && c.FailureRateThreshold < 1,
		"failureRateThreshold", c.FailureRateThreshold, "must be at least 0 and below 1")
	count(b, "executionThreshold", c.ExecutionThreshold, 0)
	b.window("thresholdingPeriod", c.ThresholdingPeriod)
	b.share("maxRejectionRate", c.MaxRejectionRate)
}

func (c failsafeThrottler) breaker() circuit.Breaker {
	return &throttler{
		AdaptiveThrottler: adaptivethrottler.NewBuilder[any]().
			WithFailureRateThreshold(c.FailureRateThreshold, c.ExecutionThreshold, time.Duration(c.ThresholdingPeriod)).
			WithMaxRejectionRate(c.MaxRejectionRate).
			Build(),
		dice: rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0)),
	}
}

// throttler is a failsafe-go throttler. Its AcquirePermit computes a rate, throws
// dice that can't be seeded and leaves no trace of the verdict; so the same rate
// is thrown again, by its rule, with dice that can.
type throttler struct {
	adaptivethrottler.AdaptiveThrottler[any]
	dice *rand.Rand
}

func (t *throttler) Allow() error {
	_ = t.AcquirePermit() // for the rate alone
	rate := t.RejectionRate()
	if rate > 0 && (rate >= 1 || rate >= t.dice.Float64()) {
		return adaptivethrottler.ErrExceeded
	}
	return nil
}

func (t *throttler) MarkSuccess() { t.RecordSuccess() }
func (t *throttler) MarkFailed()  { t.RecordFailure() }
