package hystrix_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// The timelines' units and states.
const (
	ms = time.Millisecond
	s  = time.Second

	closed   = circuit.Closed
	halfOpen = circuit.HalfOpen
	open     = circuit.Open
)

func newBreaker(t *testing.T, c hystrix.Config) *hystrix.Breaker {
	t.Helper()
	b, err := hystrix.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func update(t *testing.T, b *hystrix.Breaker, c hystrix.Config) {
	t.Helper()
	if err := b.Update(c); err != nil {
		t.Fatal(err)
	}
}

// step is one moment of a timeline. Each letter of do is an event:
//
//	s, f, i   a call that succeeds, fails or is ignored, and must be admitted
//	x         a call that must be refused
//	a…e       a call that must be admitted, and goes on
//	A…E       the outcome of that call: success
//	+, -      MarkSuccess, MarkFailed
//	?         Allow, which must admit
//	!         Allow, which must refuse
//
// A digit before a letter repeats it: "9f" are nine failures. Before a capital
// letter, "~" makes it a failure, "=" an ignored outcome.
type step struct {
	at   time.Duration
	do   string
	want circuit.State // after it
}

// timeline runs the steps on a fresh breaker without jitter.
func timeline(t *testing.T, c hystrix.Config, steps []step) {
	t.Helper()
	c.SleepJitter = -1
	synctest.Test(t, func(t *testing.T) { begin(t, c).run(t, steps) })
}

// line is a breaker and the calls that it has in flight.
type line struct {
	b     *hystrix.Breaker
	start time.Time
	calls map[byte]circuit.Permit
}

func begin(t *testing.T, c hystrix.Config) line {
	t.Helper()
	return line{newBreaker(t, c), time.Now(), map[byte]circuit.Permit{}}
}

func (l line) run(t *testing.T, steps []step) {
	t.Helper()
	for _, s := range steps {
		time.Sleep(time.Until(l.start.Add(s.at)))
		times, outcome := 0, circuit.Success
		for i := range len(s.do) {
			switch e := s.do[i]; {
			case e == ' ':
			case '0' <= e && e <= '9':
				times = 10*times + int(e-'0')
			case e == '~':
				outcome = circuit.Failure
			case e == '=':
				outcome = circuit.Ignored
			default:
				for range max(1, times) {
					if problem := l.play(e, outcome); problem != "" {
						t.Fatalf("at %v, in %q: %s", s.at, s.do[:i+1], problem)
					}
				}
				times, outcome = 0, circuit.Success
			}
		}
		if got := l.b.Snapshot().State; got != s.want {
			t.Fatalf("at %v, after %q, the breaker is %v, want %v", s.at, s.do, got, s.want)
		}
	}
}

func (l line) play(e byte, outcome circuit.Outcome) (problem string) {
	switch e {
	case '+':
		l.b.MarkSuccess()
		return ""
	case '-':
		l.b.MarkFailed()
		return ""
	case '?', '!':
		if err := l.b.Allow(); (err == nil) != (e == '?') {
			return "Allow returned " + problemOf(err)
		}
		return ""
	case 'A', 'B', 'C', 'D', 'E':
		l.calls[e-'A'+'a'].Done(outcome)
		return ""
	}
	p, err := l.b.Acquire()
	if (err != nil) != (e == 'x') {
		return "Acquire returned " + problemOf(err)
	}
	switch e {
	case 's':
		p.Success()
	case 'f':
		p.Failure()
	case 'i':
		p.Ignore()
	case 'x':
		if !errors.Is(err, circuit.ErrNotAllowed) {
			return "Acquire returned " + problemOf(err)
		}
	default:
		l.calls[e] = p
	}
	return ""
}

func problemOf(err error) string {
	if err == nil {
		return "no error: the call was admitted"
	}
	return err.Error()
}
