package circuitfailsafe

import (
	"errors"
	"time"

	"github.com/failsafe-go/failsafe-go/adaptivelimiter"
	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/common"
	"github.com/failsafe-go/failsafe-go/policy"

	limit "github.com/go-fusebox/fusebox/core/bulkhead"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// attempt makes an admitted one, and settles its permit whichever way it ends.
func (e *executor[R]) attempt(exec policy.ExecutionInternal[R], permit circuit.Permit, next inner[R]) *common.PolicyResult[R] {
	start := time.Now()
	verdict := circuit.Result{Outcome: circuit.Failure} // until next and the classifier return
	defer func() {
		verdict.Duration = time.Since(start)
		permit.End(verdict)
	}()
	result := next(exec)
	verdict = e.judge(exec, result)
	return marked(result, verdict.Outcome)
}

// judge classifies what became of an attempt.
func (e *executor[R]) judge(exec policy.ExecutionInternal[R], result *common.PolicyResult[R]) circuit.Result {
	ctx, err := exec.Context(), e.seen(exec, result)
	verdict := e.resultOf(ctx, err, e.classify(ctx, err))
	if verdict.Outcome == circuit.Ignored && verdict.Kind == circuit.KindPlain && overLimit(err) {
		verdict.Kind = circuit.KindConcurrencyReject
	}
	return verdict
}

func overLimit(err error) bool {
	return errors.Is(err, bulkhead.ErrFull) || errors.Is(err, adaptivelimiter.ErrExceeded) || errors.Is(err, limit.ErrFull)
}

// marked says of a result what failsafe's listeners go by, who know of successes and
// failures only. Nobody else does: retries and fallbacks judge for themselves.
func marked[R any](result *common.PolicyResult[R], o circuit.Outcome) *common.PolicyResult[R] {
	if o == circuit.Success {
		return result
	}
	return result.WithFailure()
}
