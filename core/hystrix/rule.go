package hystrix

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// Rule decides, by what becomes of calls, in which state a breaker is to be. What is
// common is a field of [Config]; a Rule is for all else:
//
//	type unlucky struct{ inARow atomic.Int64 }
//
//	func (u *unlucky) See(s circuit.State, r circuit.Result) circuit.State {
//		if r.Kind != circuit.KindTimeout {
//			u.inARow.Store(0)
//		} else if u.inARow.Add(1) == 3 {
//			return circuit.Open
//		}
//		return s
//	}
//
//	b, err := hystrix.New(hystrix.Config{}, hystrix.WithOpenRule(func() hystrix.Rule { return new(unlucky) }))
//
// The breaker makes a new Rule for each period that it is for, when the first result comes,
// and drops it afterwards, so that a Rule needs no reset, and old news never reaches it. No
// lock is held meanwhile: when several results come first, several Rules are made, of which
// one stays.
type Rule interface {
	// See gets the state in which a call was admitted or refused, and what became of it:
	// successes and failures, timeouts, bad requests, interrupts, rejects by a concurrency
	// limit, and short circuits, as [circuit.Kind] tells, each with its duration as far as
	// it is known: not for calls by Allow, and 0 for those that were not made. It returns
	// the state that the breaker is to be in, as a rule the one that it got. Where the
	// state has changed meanwhile, that counts for nothing.
	//
	// No lock is held; many goroutines call See at once, each before its permit's End
	// returns. A panic in it reaches that caller.
	See(state circuit.State, r circuit.Result) circuit.State
}

// RuleFunc is a function as a [Rule].
type RuleFunc func(state circuit.State, r circuit.Result) circuit.State

// See calls f.
func (f RuleFunc) See(state circuit.State, r circuit.Result) circuit.State { return f(state, r) }

// Option plugs something into a breaker that no Config can hold. Calls of such a breaker
// cost an allocation each.
type Option func(*plugged)

// WithOpenRule adds a rule for when to open: start makes one for each period in which the
// breaker is closed. Any state but Closed that it returns opens the breaker, and so do the
// rules of Config. The reason in events is what the Rule's String returns, if it is a
// [fmt.Stringer], else "open rule". It may be given several times; a nil start changes
// nothing, nor does a nil Rule.
func WithOpenRule(start func() Rule) Option {
	return func(p *plugged) {
		if start != nil {
			p.openRules = append(p.openRules, start)
		}
	}
}

// WithCloseRule sets the rule for when to close: start makes one each time that the
// breaker opens. It sees short circuits while open, and probes' results while half-open,
// where it alone decides: SuccessesToClose is of no account, a failed probe opens the
// breaker only if the rule says so. It may also end the sleep window, or the wait for health
// checks, by HalfOpen or Closed. The reason in events is what the Rule's String returns, if
// it is a [fmt.Stringer], else "close rule". The last one given holds; a nil start changes
// nothing, and where start returns nil the probes are judged as without it.
func WithCloseRule(start func() Rule) Option {
	return func(p *plugged) {
		if start != nil {
			p.closeRule = start
		}
	}
}

// WithHealthCheck lets h decide when an open breaker admits probes, in place of the sleep
// window, until ctx is over.
func WithHealthCheck(ctx context.Context, h HealthCheck) Option {
	return func(p *plugged) {
		own := h // as the option may be that of many breakers
		p.health, p.misses, p.checking = &own, ctx == nil, make(chan struct{}, 1)
		p.over = func() bool { return ctx.Err() != nil }
		p.start = func(w *watch) {
			ctx, cancel := context.WithCancel(ctx)
			w.cancel = cancel
			go p.check(ctx, w)
		}
	}
}

// all is several rules: the first that wants another state has it.
type all []Rule

func (a all) see(state circuit.State, r circuit.Result) (to circuit.State, by Rule) {
	for _, rule := range a { // each sees each result
		if t := rule.See(state, r); t != state && by == nil {
			to, by = t, rule
		}
	}
	return to, by
}

// seat is where the rules of one period sit, once a result comes.
type seat struct {
	start []func() Rule
	rules atomic.Pointer[all]
}

// taken is the rules that sit there. If a start panics, the next result has them all made.
func (s *seat) taken() all {
	if there := s.rules.Load(); there != nil {
		return *there
	}
	var rules all
	for _, start := range s.start {
		if rule := start(); rule != nil {
			rules = append(rules, rule)
		}
	}
	s.rules.CompareAndSwap(nil, &rules)
	return *s.rules.Load()
}

// reason is that of a change by a rule, out of such a state.
func reason(by Rule, state circuit.State) string {
	if s, ok := by.(fmt.Stringer); ok {
		return s.String()
	}
	if state == circuit.Closed {
		return "open rule"
	}
	return "close rule"
}
