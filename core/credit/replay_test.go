package credit_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// play runs the same history through a breaker and its model: three bytes a step, for
// what to do, on what, and how long to wait before. It returns how often the breaker
// opened and closed.
func play(t *testing.T, seed uint64, history []byte) (turns int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		configs := rand.New(rand.NewPCG(seed, 95))
		config := newBreaker(t, randomConfig(configs)).Config()
		b := newBreaker(t, config)
		b.SetDice(rand.New(rand.NewPCG(seed, 96)))
		m := newModel(config, rand.New(rand.NewPCG(seed, 96)))
		b.Observe(func(circuit.Event) { turns++ })
		start := time.Now()
		var calls []*call
		kind := byte(0) // of outcomes that are likely now
		seldom := 1 + int(seed%200)
		compare := func(step int) {
			t.Helper()
			now := time.Since(start)
			got, want := b.Snapshot(), m.shows(now)
			same := got.State == want.State && got.Window == want.Window && got.Probes == want.Probes &&
				got.NextProbe == want.NextProbe && got.RetryAfter == want.RetryAfter &&
				math.Abs(got.Deficit-want.Deficit) < 1e-6 && math.Abs(got.Credit-want.Credit) < 1e-6 &&
				math.Abs(got.DropRatio-want.DropRatio) < 1e-6
			if !same {
				t.Fatalf("seed %d, step %d, at %v with %+v: the snapshot is\n%+v, want\n%+v", seed, step, now, m.config, got, want)
			}
		}
		for step := 0; len(history) >= 3; step++ {
			op, arg, wait := history[0], int(history[1]), history[2]
			history = history[3:]
			switch {
			case wait < 100: // no time passes
			case wait < 180:
				time.Sleep(time.Duration(arg) * time.Microsecond)
			case wait < 240:
				time.Sleep(time.Duration(wait-179) * 3 * time.Millisecond)
			case wait < 254:
				compare(step) // before a long time
				time.Sleep(time.Duration(wait-239) * 500 * time.Millisecond)
			default:
				compare(step)
				time.Sleep(time.Duration(arg) * time.Second)
			}
			now := time.Since(start)
			switch {
			case op < 110:
				c, ok := m.asked(now, false)
				p, err := b.Acquire()
				if (err == nil) != ok {
					t.Fatalf("seed %d, step %d, at %v with %+v: Acquire = %v, want a call admitted: %v", seed, step, now, m.config, err, ok)
				}
				if ok {
					c.permit = p
					calls = append(calls, c)
				}
			case op < 210:
				if len(calls) == 0 {
					break
				}
				i, o := arg%len(calls), likely(kind, arg)
				calls[i].permit.Done(o)
				m.ended(now, calls[i], o)
				if op != 209 { // else it ends a second time later
					calls = append(calls[:i], calls[i+1:]...)
				}
			case op < 225:
				_, ok := m.asked(now, true)
				if err := b.Allow(); (err == nil) != ok {
					t.Fatalf("seed %d, step %d, at %v with %+v: Allow = %v, want a call admitted: %v", seed, step, now, m.config, err, ok)
				}
			case op < 240:
				if likely(kind, arg) == circuit.Success {
					b.MarkSuccess()
					m.marked(now, circuit.Success)
				} else {
					b.MarkFailed()
					m.marked(now, circuit.Failure)
				}
			case op < 252:
				kind = byte(arg)
			case op == 252 && arg < 100:
				_ = b.SetMode(circuit.ForceOpen)
				_ = b.SetMode(circuit.Auto)
				m.reset(now)
			case op == 253:
				config := newBreaker(t, randomConfig(configs)).Config()
				update(t, b, config)
				m.update(config)
			}
			// What was done at rest is the same, whenever it is looked at.
			if m.state == open || step%seldom == 0 {
				compare(step)
			}
		}
		compare(-1)
	})
	return turns
}

// likely is an outcome, mostly of one kind.
func likely(kind byte, arg int) circuit.Outcome {
	if arg%8 == 7 {
		return circuit.Outcome(arg / 8 % 4)
	}
	switch {
	case kind < 110:
		return circuit.Success
	case kind < 190:
		return circuit.Failure
	case kind < 200:
		return circuit.Ignored
	case kind < 230:
		return circuit.Overload
	case arg%3 == 0:
		return circuit.Failure
	}
	return circuit.Success
}

func TestBreakerAgainstModel(t *testing.T) {
	t.Parallel()
	turns := 0
	for seed := range uint64(300) {
		src := rand.New(rand.NewPCG(seed, 97))
		history := make([]byte, 3*1500)
		for i := range history {
			history[i] = byte(src.Uint32())
		}
		switch seed % 4 {
		case 1: // calls that end soon
			for i := 2; i < len(history); i += 3 {
				history[i] /= 2
			}
		case 2: // nearly all well
			for i := 0; i < len(history); i += 3 {
				if history[i] >= 240 && src.IntN(5) > 0 {
					history[i] = 100
				}
			}
		case 3:
			farAway(history, src)
		}
		turns += play(t, seed, history)
	}
	t.Logf("%d changes of state", turns)
	if turns < 2000 {
		t.Errorf("the state changed %d times: this test proves little", turns)
	}
}

// farAway makes a history of calls to a callee that takes 93 ms: some begin at one
// moment, and all end at another.
func farAway(history []byte, src *rand.Rand) {
	for i := 0; i < len(history); {
		n := 1 + src.IntN(20)
		for j := range 2 * n {
			if i == len(history) {
				return
			}
			history[i], history[i+2] = 0, 0 // begins
			if j >= n {
				history[i] = 150 // ends
			}
			if j%n == 0 {
				history[i+2] = 210
			}
			i += 3
		}
		if i < len(history) && src.IntN(6) == 0 {
			history[i], history[i+2] = 245, 0 // another kind of outcomes
			i += 3
		}
	}
}

func FuzzBreaker(f *testing.F) {
	src := rand.New(rand.NewPCG(1, 98))
	for seed := range uint64(4) {
		history := make([]byte, 900)
		for i := range history {
			history[i] = byte(src.Uint32())
		}
		f.Add(seed, history)
	}
	f.Fuzz(func(t *testing.T, seed uint64, history []byte) {
		if len(history) > 6000 {
			t.Skip("one step is like another")
		}
		play(t, seed, history)
	})
}
