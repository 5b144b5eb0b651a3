package hystrix

import (
	"sync/atomic"
	"time"
	"weak"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/engine"
)

// plugged is what options add to a breaker, and what it takes to run it. A nil one is
// that of a breaker without options.
type plugged struct {
	openRules []func() Rule
	closeRule func() Rule

	health   *HealthCheck
	misses   bool          // the context of health
	over     func() bool   // that context
	start    func(*watch)  // a goroutine under that context
	checking chan struct{} // full while Check runs

	law      *law
	owner    weak.Pointer[Breaker]  // nobody can use it any more when that is gone
	period   atomic.Pointer[period] // nil while a mode forces the state; written under the core's lock
	recovery *seat                  // of the close rule, from opening until closing
	watch    *watch                 // of the health, while it is checked
}

// period is a time in which neither state nor generation changed.
type period struct {
	state      circuit.State
	generation uint32
	seat       *seat
	unseen     atomic.Int64 // probes that ended, and that the close rule has not seen
}

// ended has the close rule judge a probe that ended, if there is a close rule. It is called
// under the core's lock.
func (p *plugged) ended() (judges bool) {
	if p == nil || p.closeRule == nil {
		return false
	}
	p.period.Load().unseen.Add(1)
	return true
}

// counted reports whether a call that ended is one that rules are to see: not what was
// settled twice, nor marked though nobody was admitted.
func (now *period) counted() bool {
	if now.state != circuit.HalfOpen {
		return now.state == circuit.Closed
	}
	for {
		n := now.unseen.Load()
		if n == 0 || now.unseen.CompareAndSwap(n, n-1) {
			return n > 0
		}
	}
}

func newPlugged(opts []Option) (*plugged, error) {
	if len(opts) == 0 {
		return nil, nil
	}
	p := new(plugged)
	for _, opt := range opts {
		if opt != nil {
			opt(p)
		}
	}
	return p, p.health.complete(p.misses)
}

func (p *plugged) opens() bool { return p != nil && len(p.openRules) > 0 }

// bind ties p to its breaker.
func (p *plugged) bind(b *Breaker) {
	if p != nil {
		p.law, p.owner = b.law(), weak.Make(b)
		l := p.law
		l.core.Locked(func(time.Duration) { p.begin(l) })
	}
}

// begin starts a period. It is called under the core's lock, after each change of state
// or generation.
func (p *plugged) begin(l *law) {
	if p == nil || p.law == nil {
		return
	}
	if !l.core.Deciding() {
		p.period.Store(nil)
		p.watch.end()
		p.watch, p.recovery = nil, nil
		return
	}
	next := &period{state: l.core.State(), generation: l.core.Generation()}
	switch next.state {
	case circuit.Closed:
		next.seat = &seat{start: p.openRules}
		p.watch.end()
		p.watch = nil
	case circuit.Open:
		p.recovery = &seat{}
		if p.closeRule != nil {
			p.recovery.start = []func() Rule{p.closeRule}
		}
		next.seat = p.recovery
		p.checkHealth()
	case circuit.HalfOpen:
		next.seat = p.recovery
	}
	p.period.Store(next)
}

// guarded is one call of a breaker with options.
type guarded struct {
	plugged *plugged
	period  *period // nil if no rule is to see the call
	start   time.Time
}

// token is that of one admission; rules see it if there is none, or would be none.
func (p *plugged) token(anonymous bool) (token uint64, err error) {
	token, err = p.law.core.Token(anonymous)
	if now := p.period.Load(); now != nil && (err != nil || engine.Generation(token) == 0) {
		p.see(now, circuit.Result{Outcome: circuit.Ignored, Kind: circuit.KindShortCircuit})
	}
	return token, err
}

func (p *plugged) acquire() (circuit.Permit, error) {
	token, err := p.token(false)
	if err != nil {
		return circuit.Permit{}, err
	}
	g := &guarded{plugged: p, start: time.Now()}
	if now := p.period.Load(); now != nil && engine.Generation(token) == now.generation {
		g.period = now
	}
	return circuit.NewPermit(g, token), nil
}

func (g *guarded) Settle(token uint64, o circuit.Outcome) {
	g.SettleResult(token, circuit.Result{Outcome: o})
}

func (g *guarded) SettleResult(token uint64, r circuit.Result) {
	oldNews := g.period == nil || g.plugged.period.Load() != g.period
	g.plugged.law.core.SettleResult(token, r)
	if oldNews || !g.period.counted() {
		return
	}
	if r.Duration == 0 && r.Kind != circuit.KindConcurrencyReject {
		r.Duration = time.Since(g.start)
	}
	g.plugged.see(g.period, r)
}

func (p *plugged) mark(o circuit.Outcome) {
	now := p.period.Load()
	p.law.core.Mark(o)
	if now != nil && now.counted() {
		p.see(now, circuit.Result{Outcome: o})
	}
}

// see shows a result to the rules of its period, and does as they say.
func (p *plugged) see(now *period, r circuit.Result) {
	rules := now.seat.taken()
	if len(rules) == 0 && now.state == circuit.HalfOpen && r.Kind != circuit.KindShortCircuit { // no close rule this time
		p.change(now, func(at time.Duration) { p.law.judge(at, r.Outcome, p.law.slow(r.Duration)) })
		return
	}
	to, by := rules.see(now.state, r)
	if by == nil {
		return
	}
	why := reason(by, now.state)
	p.change(now, func(at time.Duration) {
		switch {
		case now.state == circuit.Closed, to == circuit.Open:
			p.law.open(at, why)
		case to == circuit.HalfOpen:
			p.law.halfOpen(why)
		default:
			p.law.close(at, why)
		}
	})
}

// change runs f under the core's lock, unless the period is over.
func (p *plugged) change(now *period, f func(at time.Duration)) {
	p.law.core.Change(func(at time.Duration) {
		if p.period.Load() == now {
			f(at)
		}
	})
}
