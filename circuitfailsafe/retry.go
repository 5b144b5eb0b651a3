package circuitfailsafe

import (
	"github.com/failsafe-go/failsafe-go/retrypolicy"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// NewRetryPolicyBuilder is [retrypolicy.NewBuilder] for a policy that doesn't retry calls
// which a breaker or a limit of this module refused: an open breaker refuses the retry,
// too. It is no more than AbortOnErrors([circuit.ErrNotAllowed]), which other builders
// take as well, such as failsafehttp.NewRetryPolicyBuilder for retries by status.
func NewRetryPolicyBuilder[R any]() retrypolicy.Builder[R] {
	return retrypolicy.NewBuilder[R]().AbortOnErrors(circuit.ErrNotAllowed)
}
