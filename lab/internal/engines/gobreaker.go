package engines

import (
	"errors"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// goBreaker is its Settings; the last two make up ReadyToTrip, as in the
// library's own example.
type goBreaker struct {
	MaxRequests  uint32   `json:"maxRequests"`  // probes at once, and successes to close
	Interval     duration `json:"interval"`     // the window
	BucketPeriod duration `json:"bucketPeriod"` // 0 is a window that starts over, rather than a rolling one
	Timeout      duration `json:"timeout"`      // the time open
	Requests     uint32   `json:"requests"`     // below which it doesn't trip
	FailureRatio float64  `json:"failureRatio"` // from which it does
}

// A rolling window as large as that of Hystrix, and its thresholds: the library's
// own default, 6 failures in a row, is no window at all.
var gobreakerDefaults = goBreaker{
	MaxRequests: 1, Interval: duration(10 * time.Second), BucketPeriod: duration(time.Second),
	Timeout: duration(5 * time.Second), Requests: 20, FailureRatio: 0.5,
}

func (goBreaker) about() string { return "two-step" }

func (c goBreaker) check(b *bounds) {
	count(b, "maxRequests", c.MaxRequests, 1)
	b.window("interval", c.Interval)
	between(b, "bucketPeriod", c.BucketPeriod, 0, c.Interval)
	b.that(c.BucketPeriod == 0 || c.Interval/max(1, c.BucketPeriod) <= 1000,
		"bucketPeriod", c.BucketPeriod, "must be 0 or at least a thousandth of interval")
	between(b, "timeout", c.Timeout, duration(time.Millisecond), duration(24*time.Hour))
	count(b, "requests", c.Requests, 1)
	b.share("failureRatio", c.FailureRatio)
}

func (c goBreaker) breaker() circuit.Breaker {
	return &twoStep{breaker: gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		MaxRequests:  c.MaxRequests,
		Interval:     time.Duration(c.Interval),
		BucketPeriod: time.Duration(c.BucketPeriod),
		Timeout:      time.Duration(c.Timeout),
		ReadyToTrip: func(n gobreaker.Counts) bool {
			return n.Requests >= c.Requests && float64(n.TotalFailures) >= c.FailureRatio*float64(n.Requests)
		},
		IsExcluded: func(err error) bool { return errors.Is(err, errIgnored) },
	})}
}

var errFailed, errIgnored = errors.New("failed"), errors.New("ignored")

// twoStep is a gobreaker, which knows each call by the callback that Allow returns.
type twoStep struct {
	breaker   *gobreaker.TwoStepCircuitBreaker[struct{}]
	anonymous []callback // of calls that came through Allow, oldest first
}

// callback settles one call.
type callback func(error)

func (c callback) Settle(_ uint64, o circuit.Outcome) {
	switch o {
	case circuit.Success:
		c(nil)
	case circuit.Ignored:
		c(errIgnored)
	default:
		c(errFailed)
	}
}

func (t *twoStep) Acquire() (circuit.Permit, error) {
	done, err := t.breaker.Allow()
	if err != nil {
		return circuit.Permit{}, circuit.ErrNotAllowed
	}
	return circuit.NewPermit(callback(done), 0), nil
}

func (t *twoStep) Allow() error {
	done, err := t.breaker.Allow()
	if err != nil {
		return err
	}
	t.anonymous = append(t.anonymous, done)
	return nil
}

func (t *twoStep) MarkSuccess() { t.mark(circuit.Success) }
func (t *twoStep) MarkFailed()  { t.mark(circuit.Failure) }

func (t *twoStep) mark(o circuit.Outcome) {
	t.anonymous[0].Settle(0, o)
	t.anonymous = t.anonymous[1:]
}
