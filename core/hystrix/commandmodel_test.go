package hystrix_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// script is what is to happen in one call.
type script struct {
	ctx         string // alive, cancelled, due, or such after some time
	over        time.Duration
	run         string // how run ends, after takes
	takes       time.Duration
	heeds       bool   // run returns when its ctx is over
	fallback    string // none, or how it ends, after long
	long        time.Duration
	refused     bool // by the breaker
	timeout     time.Duration
	max, maxFbs int
}

// commandModel says what a Command does, in the simplest way: all that is to happen is on
// a list, and happens when its time has come.
type commandModel struct {
	stats      hystrix.Stats
	told       []circuit.Result // by permit
	ends       map[int]string   // of calls, as the caller sees them
	latePanics int
	todo       []todo
}

type todo struct {
	at time.Duration
	do func()
}

func (m *commandModel) at(t time.Duration, do func()) { m.todo = append(m.todo, todo{t, do}) }

// until does what is on the list up to now.
func (m *commandModel) until(now time.Duration) {
	for {
		next := -1
		for i, e := range m.todo {
			if e.at <= now && (next < 0 || e.at < m.todo[next].at) {
				next = i
			}
		}
		if next < 0 {
			return
		}
		do := m.todo[next].do
		m.todo = slices.Delete(m.todo, next, next+1)
		do()
	}
}

const (
	failure, ignored = circuit.Failure, circuit.Ignored

	kindTimeout, kindInterrupt = circuit.KindTimeout, circuit.KindInterrupt
)

// start is a call at now, which is not on the list.
func (m *commandModel) start(now time.Duration, call int, s script) {
	switch {
	case s.ctx == "cancelled" && s.over == 0:
		m.ended(now, call, s, circuit.Result{Outcome: ignored, Kind: kindInterrupt}, "interrupt")
		return
	case s.ctx == "due" && s.over == 0:
		m.ended(now, call, s, circuit.Result{Outcome: failure, Kind: kindTimeout}, "timeout")
		return
	case s.refused:
		m.ended(now, call, s, circuit.Result{Outcome: ignored, Kind: circuit.KindShortCircuit}, "short circuit")
		return
	}
	permit := len(m.told)
	m.told = append(m.told, circuit.Result{})
	if s.max > 0 && m.stats.InFlight >= s.max {
		m.told[permit] = circuit.Result{Outcome: ignored, Kind: circuit.KindConcurrencyReject}
		m.ended(now, call, s, m.told[permit], "concurrency reject")
		return
	}
	m.stats.InFlight++

	const never = 1 << 62
	over, why := time.Duration(never), ""
	if s.ctx != "alive" {
		over, why = s.over, s.ctx
	}
	if s.timeout > 0 && s.timeout < over {
		over, why = s.timeout, "due"
	}
	takes, run := s.takes, s.run
	if s.heeds && over <= takes {
		takes, run = over, "ctx"
	}
	lasts := takes
	if s.timeout > 0 && over < takes {
		lasts = over
	}
	latePanic := lasts < takes && run == "panic"
	m.at(now+takes, func() {
		m.stats.InFlight--
		if latePanic {
			m.latePanics++
		}
	})
	if lasts < takes {
		run = "ctx" // as seen by the caller
	}
	if over > lasts {
		why = ""
	}
	m.at(now+lasts, func() {
		r, end := judged(run, why)
		r.Duration = lasts
		m.told[permit] = r
		m.ended(now+lasts, call, s, r, end)
	})
}

// judged is what a run means that ends so, when its ctx is over for that reason.
func judged(run, why string) (circuit.Result, string) {
	timeout, interrupt := circuit.Result{Outcome: failure, Kind: kindTimeout}, circuit.Result{Outcome: ignored, Kind: kindInterrupt}
	switch {
	case run == "nil":
		return circuit.Result{}, "nil"
	case run == "panic", run == "exit":
		return circuit.Result{Outcome: failure}, run
	case run == "bad request":
		return circuit.Result{Outcome: ignored, Kind: circuit.KindBadRequest}, run
	case run == "ctx" && why == "due", run == "canceled" && why == "due":
		return timeout, "timeout"
	case why == "cancelled", run == "canceled":
		return interrupt, "interrupt"
	case run == "refused below":
		return circuit.Result{Outcome: ignored}, run
	case run == "busy" && why == "due":
		timeout.RetryAfter = 2 * s
		return timeout, "timeout"
	case run == "busy":
		return circuit.Result{Outcome: failure, RetryAfter: 2 * s}, run
	case why == "due":
		return timeout, "timeout"
	default:
		return circuit.Result{Outcome: failure}, run
	}
}

func (m *commandModel) ended(now time.Duration, call int, s script, r circuit.Result, end string) {
	count := &m.stats.Failures
	switch {
	case r.Kind == kindTimeout:
		count = &m.stats.Timeouts
	case r.Kind == kindInterrupt:
		count = &m.stats.Interrupts
	case r.Kind == circuit.KindBadRequest:
		count = &m.stats.BadRequests
	case r.Kind == circuit.KindShortCircuit:
		count = &m.stats.ShortCircuits
	case r.Kind == circuit.KindConcurrencyReject:
		count = &m.stats.ConcurrencyRejects
	case end == "nil":
		count = &m.stats.Successes
	case r.Outcome == ignored:
		count = &m.stats.Ignored
	}
	*count++
	m.ends[call] = end
	switch end {
	case "nil", "panic", "exit", "bad request", "interrupt":
		return
	}
	if s.fallback == "none" {
		return
	}
	if s.maxFbs > 0 && m.stats.FallbacksInFlight >= s.maxFbs {
		m.stats.FallbackRejects++
		m.ends[call] = fmt.Sprintf("%s, fallback reject", end)
		return
	}
	m.stats.FallbacksInFlight++
	delete(m.ends, call)
	m.at(now+s.long, func() {
		m.stats.FallbacksInFlight--
		m.stats.FallbackFailures++
		switch s.fallback {
		case "nil":
			m.stats.FallbackFailures--
			m.stats.FallbackSuccesses++
			m.ends[call] = "nil"
		case "panic", "exit":
			m.ends[call] = s.fallback
		case "same":
			m.ends[call] = end
		default:
			m.ends[call] = end + ", fallback " + s.fallback
		}
	})
}
