package circuitfailsafe

import (
	"context"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/common"
	"github.com/failsafe-go/failsafe-go/policy"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// NewPolicy makes a policy that asks b before each attempt which reaches it, and tells b
// how the attempt went. A nil b guards nothing. The policy may be part of any number of
// executors, and is safe for concurrent use; a Policy[any] fits [failsafe.WithAny] and
// ComposeAny, too.
func NewPolicy[R any](b circuit.Breaker, opts ...Option[R]) failsafe.ResultAgnosticPolicy[R] {
	e := &executor[R]{breaker: b, options: newOptions(opts)}
	e.Executor = e
	return breakerPolicy[R]{e}
}

type breakerPolicy[R any] struct{ executor *executor[R] }

// ToExecutor is [failsafe.Policy]'s. All executions share one, since it has no state.
func (p breakerPolicy[R]) ToExecutor(R) any { return p.executor }

// ResultAgnostic is [failsafe.ResultAgnosticPolicy]'s.
func (p breakerPolicy[R]) ResultAgnostic() {}

// executor is one for all attempts, of which hedges make several at once. So it overrides
// Apply, where each has a permit of its own; the base's other methods are not called.
type executor[R any] struct {
	policy.BaseExecutor[R]
	options[R]
	breaker circuit.Breaker
}

var _ policy.Executor[any] = (*executor[any])(nil)

// inner is the rest of the composition, inside the policy.
type inner[R any] = func(failsafe.Execution[R]) *common.PolicyResult[R]

// Apply is [policy.Executor]'s.
func (e *executor[R]) Apply(next inner[R]) inner[R] {
	return func(exec failsafe.Execution[R]) *common.PolicyResult[R] {
		ctx := exec.Context()
		b, key := e.find(ctx)
		if ctx.Value(policy.CheckOnlyKey) != nil {
			if err := check(b); err != nil {
				return e.refuse(ctx, key, err)
			}
			return next(exec)
		}
		permit, err := circuit.Acquire(b)
		if err != nil {
			return e.refuse(ctx, key, err)
		}
		return e.attempt(exec.(policy.ExecutionInternal[R]), permit, next)
	}
}

// find is the breaker of the attempt, and its key in the group.
func (e *executor[R]) find(ctx context.Context) (b circuit.Breaker, key string) {
	if e.group == nil {
		return e.breaker, ""
	}
	key = e.key(ctx)
	return e.group.Get(key), key
}

// refuse is the result of an attempt that is not made.
func (e *executor[R]) refuse(ctx context.Context, key string, err error) *common.PolicyResult[R] {
	if e.refused != nil {
		e.refused(ctx, key, err)
	}
	if e.refusal != nil {
		if as := e.refusal(ctx, err); as != nil {
			err = as
		}
	}
	return &common.PolicyResult[R]{Error: err, Done: true}
}

// check tells whether b would refuse the next call for sure, and changes nothing. It does
// not know of a breaker that counts the calls it refuses, towards its next probe: such a
// one must get to see them.
func check(b circuit.Breaker) error {
	reporter, ok := circuit.As[circuit.Reporter](b)
	if !ok {
		return nil
	}
	s := reporter.Snapshot()
	sure := s.Mode == circuit.ForceOpen || s.Mode == circuit.Auto && s.RetryAfter > 0 && s.NextProbe == 0
	if !sure || s.DropRatio < 1 {
		return nil
	}
	return circuit.NewRefusal(s.Engine, func() (time.Duration, bool) {
		after := reporter.Snapshot().RetryAfter
		return after, after > 0
	})
}
