package bulkhead_test

import (
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/bulkhead"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/circuittest"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/sre"
)

func newBulkhead(t testing.TB, c bulkhead.Config) *bulkhead.Bulkhead {
	t.Helper()
	b, err := bulkhead.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func expiring(t testing.TB, l bulkhead.Limit, lifetime time.Duration) bulkhead.Limit {
	t.Helper()
	l, err := bulkhead.Expiring(l, lifetime)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func must[B circuit.Breaker](t testing.TB) func(B, error) circuit.Breaker {
	return func(b B, err error) circuit.Breaker {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
}

// engines make a breaker of each of our engines, with what a suite is to know of it.
func engines(t testing.TB) map[string]circuittest.Suite {
	return map[string]circuittest.Suite{
		"credit": {
			New: func() circuit.Breaker { return must[*credit.Breaker](t)(credit.New(credit.Config{})) },
			Recovery: func(rate float64) time.Duration {
				return 5*time.Second + time.Duration(float64(time.Second)/rate)
			},
			PermitLife: 10 * time.Second,
		},
		"hystrix": {
			New: func() circuit.Breaker { return must[*hystrix.Breaker](t)(hystrix.New(hystrix.Config{})) },
			Recovery: func(rate float64) time.Duration {
				return 5500*time.Millisecond + time.Duration(float64(time.Second)/rate)
			},
			PermitLife: 10 * time.Second,
			Probes:     1,
		},
		"sre": {
			New:      func() circuit.Breaker { return must[*sre.Breaker](t)(sre.New(sre.Config{})) },
			Recovery: func(float64) time.Duration { return 3300 * time.Millisecond },
		},
	}
}

// With room enough, a breaker with a limit is one as without. The suite holds 10,000
// permits at most.
func TestContract(t *testing.T) {
	const room = 10_000
	for name, suite := range engines(t) {
		engine := suite.New
		for how, guarded := range map[string]func() circuit.Breaker{
			"Fixed": func() circuit.Breaker {
				return bulkhead.Guard(engine(), newBulkhead(t, bulkhead.Config{Max: room}))
			},
			"Expiring": func() circuit.Breaker {
				limit := newBulkhead(t, bulkhead.Config{Max: room})
				return bulkhead.Guard(engine(), expiring(t, limit, time.Minute))
			},
			"Twice": func() circuit.Breaker {
				limit := newBulkhead(t, bulkhead.Config{Max: 2 * room}) // for each call takes two
				return bulkhead.Guard(bulkhead.Guard(engine(), limit), limit)
			},
			"MarksRefusals": func() circuit.Breaker {
				return circuit.MarksRefusals(bulkhead.Guard(engine(), newBulkhead(t, bulkhead.Config{Max: room})))
			},
		} {
			t.Run(name+"/"+how, func(t *testing.T) {
				suite.New = guarded
				suite.Run(t)
			})
		}
	}
}
