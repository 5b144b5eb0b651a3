package sre_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/sre"
)

// model is the breaker by its doc: it keeps every result and counts anew each
// time. Which calls chance admits it is told, and says whether that may be.
type model struct {
	config  sre.Config // no field is left to its default
	results []result
	state   circuit.State
	period  int // of the state: the first, the second …

	dropped  time.Duration // the ratio was last above 0
	admitted time.Duration // a call was last admitted, or the breaker opened
}

type result struct {
	at   time.Duration
	kind byte // s, f, r; t for a call tried while open, g for one of them given back
}

func (m *model) width() time.Duration { return m.config.Window / time.Duration(m.config.Buckets) }

func (m *model) counts(now time.Duration) (c circuit.Counts) {
	oldest := now/m.width() - time.Duration(m.config.Buckets) + 1 // the bucket's number
	for _, r := range m.results {
		switch {
		case r.at/m.width() < oldest:
		case r.kind == 's':
			c.Successes++
		case r.kind == 'f':
			c.Failures++
		case r.kind == 'r':
			c.Refused++
		}
	}
	return c
}

// tried is the calls in the window that were let through since the breaker
// opened, less those given back.
func (m *model) tried(now time.Duration) (n int) {
	oldest := now/m.width() - time.Duration(m.config.Buckets) + 1
	for _, r := range m.results {
		switch {
		case r.at/m.width() < oldest:
		case r.kind == 't':
			n++
		case r.kind == 'g':
			n--
		}
	}
	return max(n, 0)
}

func (m *model) ratio(now time.Duration) float64 {
	c := m.counts(now)
	accepts, requests := float64(c.Successes), float64(c.Successes+c.Failures)
	if accepts == 0 && !m.config.CountRefusals {
		requests = max(requests, float64(m.tried(now)))
	}
	if requests+float64(c.Refused) < float64(m.config.MinRequests) {
		return 0
	}
	if m.config.CountRefusals {
		requests += float64(c.Refused)
	}
	ratio := (requests - float64(m.config.Protection) - m.config.K*accepts) / (requests + 1)
	return min(max(ratio, 0), m.config.MaxDropRatio)
}

func (m *model) turn(to circuit.State) {
	m.state = to
	m.period++
	m.results = slices.DeleteFunc(m.results, func(r result) bool { return r.kind == 't' || r.kind == 'g' })
}

// asked hears of a call and of what the breaker did with it.
func (m *model) asked(now time.Duration, admitted bool) (mustAdmit bool) {
	if m.ratio(now) == 0 {
		if m.state == circuit.Open && now-m.dropped >= m.width() {
			m.turn(circuit.Closed)
		}
		m.admitted = now
		return true
	}
	if m.state == circuit.Closed {
		m.turn(circuit.Open)
		m.admitted = now
	}
	m.dropped = now
	mustAdmit = m.config.ProbeInterval > 0 && now-m.admitted >= m.config.ProbeInterval
	if admitted {
		m.admitted = now
		m.results = append(m.results, result{now, 't'})
	} else {
		m.results = append(m.results, result{now, 'r'})
	}
	return mustAdmit
}

func (m *model) ended(now time.Duration, o circuit.Outcome) {
	switch o {
	case circuit.Success:
		m.results = append(m.results, result{now, 's'})
	case circuit.Failure:
		m.results = append(m.results, result{now, 'f'})
	case circuit.Ignored:
		if m.state == circuit.Open {
			m.results = append(m.results, result{now, 'g'})
		}
	}
}

// update takes each result for as old as its bucket's end, when the buckets
// change, as a breaker must that knows no better.
func (m *model) update(now time.Duration, c sre.Config) {
	if c.Window != m.config.Window || c.Buckets != m.config.Buckets {
		kept := m.results[:0]
		for _, r := range m.results {
			bucket := r.at / m.width()
			if bucket > now/m.width()-time.Duration(m.config.Buckets) {
				kept = append(kept, result{min(now, (bucket+1)*m.width()-1), r.kind})
			}
		}
		m.results = kept
	}
	m.config = c
}

// inFlight is a call whose outcome is still to come.
type inFlight struct {
	permit circuit.Permit
	period int
}

// play runs the same history through a breaker and its model: three bytes a
// step, for what to do, on what, and how long to wait before.
func play(t *testing.T, history []byte) {
	t.Helper()
	configs := []sre.Config{
		{K: 2, Window: time.Second, Buckets: 10, MinRequests: 3, MaxDropRatio: 1, ProbeInterval: 200 * time.Millisecond},
		{K: 1.5, Window: time.Second, Buckets: 10, MinRequests: 1, Protection: 2, MaxDropRatio: 1, ProbeInterval: -1, CountRefusals: true},
		{K: 1.1, Window: 3 * time.Second, Buckets: 7, MinRequests: 5, MaxDropRatio: 0.7, ProbeInterval: time.Second},
		{K: 3, Window: 400 * time.Millisecond, Buckets: 1, MinRequests: 2, MaxDropRatio: 1, ProbeInterval: 50 * time.Millisecond, CountRefusals: true},
	}
	synctest.Test(t, func(t *testing.T) {
		b, m := newBreaker(t, configs[0]), &model{config: configs[0]}
		start := time.Now()
		var calls []inFlight
		for step := 0; len(history) >= 3; step++ {
			op, arg, wait := history[0], int(history[1]), history[2]
			history = history[3:]
			switch {
			case wait < 128: // no time passes
			case wait < 250:
				time.Sleep(time.Duration(wait-128)*time.Millisecond + time.Duration(arg))
			default:
				time.Sleep(time.Duration(wait-249) * 700 * time.Millisecond)
			}
			now := time.Since(start)
			switch op % 16 {
			case 0, 1, 2, 3, 4:
				permit, err := b.Acquire()
				if must := m.asked(now, err == nil); must && err != nil {
					t.Fatalf("step %d: a call was refused, though it must be admitted", step)
				}
				if err == nil {
					calls = append(calls, inFlight{permit, m.period})
				}
			case 5, 6, 7, 8, 9, 10, 11:
				if len(calls) == 0 {
					break
				}
				i, outcome := arg%len(calls), circuit.Outcome(op%16-5)%3
				if op%16 >= 8 {
					outcome = circuit.Failure
				}
				calls[i].permit.Done(outcome)
				if calls[i].period == m.period {
					m.ended(now, outcome)
				}
				calls = append(calls[:i], calls[i+1:]...)
			case 12, 13:
				err := b.Allow()
				if must := m.asked(now, err == nil); must && err != nil {
					t.Fatalf("step %d: a call was refused, though it must be admitted", step)
				}
			case 14:
				b.MarkSuccess()
				m.ended(now, circuit.Success)
			case 15:
				if arg >= 64 {
					b.MarkFailed()
					m.ended(now, circuit.Failure)
					break
				}
				c := configs[arg%len(configs)]
				update(t, b, c)
				m.update(now, c)
			}
			s := b.Snapshot()
			if s.State != m.state || s.DropRatio != m.ratio(now) || s.Window != m.counts(now) {
				t.Fatalf("step %d, at %v with %+v: %v, drop ratio %v, %+v, want %v, %v, %+v",
					step, now, m.config, s.State, s.DropRatio, s.Window, m.state, m.ratio(now), m.counts(now))
			}
		}
	})
}

func TestBreakerAgainstModel(t *testing.T) {
	for seed := range uint64(100) {
		src := rand.New(rand.NewPCG(seed, 11))
		history := make([]byte, 3*600)
		for i := range history {
			history[i] = byte(src.Uint32())
		}
		play(t, history)
	}
}

func FuzzBreaker(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x09\x00\x00\x0f\xff\x00\x0f\xff\x00\x0f\xff\x00\x0c\x00\x00\x0c\x00\xff\x0c\x00\x90"))
	f.Add([]byte("\x0f\xff\x00\x0f\x01\x00\x00\x00\x00\x0f\xff\x90\x0f\x02\xff\x00\x00\xf9\x05\x00\x00\x0f\x03\xc8\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, history []byte) {
		if len(history) > 6000 {
			t.Skip("the model is slow")
		}
		play(t, history)
	})
}
