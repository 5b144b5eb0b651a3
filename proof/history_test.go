package proof_test

import (
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// The size of a history.
const (
	maxRounds = 5
	maxGoers  = 4
	maxEach   = 3
	maxOps    = maxRounds*(maxGoers*maxEach+2) + 2
)

// script is by what chances histories are made.
type script struct {
	verbs   []verb // each as likely as it is often here
	steps   []time.Duration
	modes   []circuit.Mode
	results int // of calls, in one history at most
}

// player plays one history.
type player struct {
	script
	src     *rand.Rand
	breaker subject
	made    time.Time
	clock   atomic.Int64 // orders calls and returns
	number  int
	held    []held // permits, settled or not
	results int
	ops     []porcupine.Operation
	rounds  []int // the number of ops at the end of each
}

type held struct {
	number int
	permit circuit.Permit
}

// play has a few goroutines at once do a few operations each, again and again. The
// clock of the bubble stands still while they do, and moves in between.
func (p *player) play() {
	for range 2 + p.src.IntN(maxRounds-1) {
		p.round()
		if p.src.IntN(2) == 0 {
			p.alone(op{verb: snapshot})
		}
		if step := p.steps[p.src.IntN(len(p.steps))]; step > 0 {
			p.alone(op{verb: sleep, step: step})
		}
		p.rounds = append(p.rounds, len(p.ops))
	}
	p.alone(op{verb: snapshot})
	p.rounds = append(p.rounds, len(p.ops))
}

func (p *player) alone(o op) {
	g := goer{p: p}
	o.number, o.quiet = p.next(), true
	g.do(o)
	p.ops = append(p.ops, g.ops...)
}

func (p *player) next() int {
	p.number++
	return p.number - 1
}

func (p *player) round() {
	goers := make([]goer, 3+p.src.IntN(2))
	for i := range goers {
		g := &goers[i]
		*g = goer{p: p, id: i + 1}
		for range 2 + p.src.IntN(2) {
			g.plan = append(g.plan, p.draw())
		}
	}
	for _, h := range p.held { // each permit has one holder at a time
		g := &goers[p.src.IntN(len(goers))]
		g.held = append(g.held, h)
	}
	starts := make([]func(), len(goers))
	for i := range goers {
		starts[i] = goers[i].run
	}
	atOnce(starts...)
	p.held = p.held[:0]
	for _, g := range goers {
		p.ops = append(p.ops, g.ops...)
		p.held = append(p.held, g.held...)
	}
}

func (p *player) draw() op {
	o := op{verb: p.verbs[p.src.IntN(len(p.verbs))], number: p.next(), config: p.src.IntN(configs)}
	o.mode = p.modes[p.src.IntN(len(p.modes))]
	o.step = p.steps[p.src.IntN(len(p.steps))]
	o.outcome = [...]circuit.Outcome{
		circuit.Success, circuit.Success, circuit.Success, circuit.Failure, circuit.Failure, circuit.Failure, circuit.Ignored,
	}[p.src.IntN(7)]
	if o.verb == mark && o.outcome == circuit.Ignored {
		o.outcome = circuit.Success
	}
	if o.verb == settle || o.verb == mark {
		if p.results++; p.script.results > 0 && p.results > p.script.results {
			o.verb = acquire
		}
	}
	o.yield = p.src.IntN(3) == 0
	o.permit = p.src.IntN(1000) // which of those that are held then
	return o
}

// goer is one goroutine's part of a round.
type goer struct {
	p    *player
	id   int
	plan []op
	held []held
	ops  []porcupine.Operation
}

func (g *goer) run() {
	for _, o := range g.plan {
		if o.yield {
			runtime.Gosched() // there are more goroutines than cores
		}
		g.do(o)
	}
}

// do settles a permit most often for good, sometimes a second time.
func (g *goer) do(o op) {
	var h held
	if o.verb == settle {
		if len(g.held) == 0 {
			o.verb = acquire
		} else {
			i := o.permit % len(g.held)
			h = g.held[i]
			if o.permit%8 > 0 {
				g.held[i] = g.held[len(g.held)-1]
				g.held = g.held[:len(g.held)-1]
			}
			o.permit = h.number
		}
	}
	var a answer
	call := g.p.clock.Add(1)
	switch b := g.p.breaker; o.verb {
	case acquire:
		permit, err := b.Acquire()
		if a.ok = err == nil; a.ok {
			g.held = append(g.held, held{o.number, permit})
		}
	case settle:
		h.permit.Done(o.outcome)
	case allow:
		a.ok = b.Allow() == nil
	case mark:
		if o.outcome == circuit.Success {
			b.MarkSuccess()
		} else {
			b.MarkFailed()
		}
	case setMode:
		_ = b.SetMode(o.mode)
	case override:
		_ = b.Override(o.mode, o.step)
	case release:
		b.Release()
	case count:
		b.CountAdmissions()
	case change:
		b.Change(o.config)
	case snapshot:
		a.shown = b.Snapshot()
	case sleep:
		time.Sleep(o.step)
	}
	back := g.p.clock.Add(1)
	if o.verb == snapshot {
		a.since, a.shown.Since = a.shown.Since.Sub(g.p.made), time.Time{}
		if !a.shown.ModeEnds.IsZero() {
			a.ends, a.shown.ModeEnds = a.shown.ModeEnds.Sub(g.p.made), time.Time{}
		}
	}
	g.ops = append(g.ops, porcupine.Operation{ClientId: g.id, Input: o, Call: call, Output: a, Return: back})
}
