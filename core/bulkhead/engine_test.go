package bulkhead_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/bulkhead"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// Calls that hang hold all places when the breaker wants to try whether the callee is well
// again. Its probes, which find no place, must not be used up by that.
func TestFullWhileTheBreakerProbes(t *testing.T) {
	for name, suite := range engines(t) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				engine := suite.New()
				g := bulkhead.Guard(engine, newBulkhead(t, bulkhead.Config{Max: 2})).(circuit.Acquirer)
				hung := []circuit.Permit{admitted(t, g), admitted(t, g)}
				reporter, _ := circuit.As[circuit.Reporter](engine)
				for range 200 { // by callers without the limit
					if p, err := circuit.Acquire(engine); err == nil {
						p.Failure()
					}
				}
				if reporter.Snapshot().State == circuit.Closed {
					t.Fatal("200 failures have not opened the breaker")
				}
				rejected := 0
				for range 60 * 100 {
					time.Sleep(10 * time.Millisecond)
					if _, err := g.Acquire(); errors.Is(err, bulkhead.ErrFull) {
						rejected++
					} else if err == nil {
						t.Fatal("a call found a place though there is none")
					}
				}
				if rejected == 0 {
					t.Error("in a minute, the breaker has tried nothing")
				}
				if n := reporter.Snapshot().Probes; n != 0 {
					t.Errorf("%d probes are in flight, want none", n)
				}
				for _, p := range hung {
					p.Success()
				}
				for deadline := time.Now().Add(suite.Recovery(100)); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
					if p, err := g.Acquire(); err == nil {
						p.Success()
					}
				}
				for range 1000 {
					time.Sleep(10 * time.Millisecond)
					admitted(t, g).Success()
				}
			})
		})
	}
}

// Rules of one's own tell a reject from a call that was given up.
func TestRulesSeeRejects(t *testing.T) {
	var rejects, others atomic.Int64
	rule := hystrix.RuleFunc(func(s circuit.State, r circuit.Result) circuit.State {
		if r.Kind == circuit.KindConcurrencyReject && r.Outcome == circuit.Ignored {
			rejects.Add(1)
		} else {
			others.Add(1)
		}
		return s
	})
	engine, err := hystrix.New(hystrix.Config{}, hystrix.WithOpenRule(func() hystrix.Rule { return rule }))
	if err != nil {
		t.Fatal(err)
	}
	g := bulkhead.Guard(engine, newBulkhead(t, bulkhead.Config{Max: 1})).(circuit.Acquirer)
	p := admitted(t, g)
	for range 3 {
		full(t, g)
	}
	p.Success()
	if rejects.Load() != 3 || others.Load() != 1 {
		t.Errorf("the rule saw %d rejects and %d others, want 3 and 1", rejects.Load(), others.Load())
	}
}
