package credit_test

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
)

// limiter is a callee that serves so many calls a second, and says of the others that
// they are too many.
type limiter struct {
	rate   float64
	tokens float64
	last   time.Time
	faults float64 // share of the calls that fail otherwise
	src    *rand.Rand
	served int
	told   int
}

func newLimiter(rate float64, src *rand.Rand) *limiter {
	return &limiter{rate: rate, last: time.Now(), src: src}
}

func (l *limiter) call() circuit.Outcome {
	l.tokens = min(5, l.tokens+time.Since(l.last).Seconds()*l.rate)
	l.last = time.Now()
	if l.tokens < 1 {
		l.told++
		return circuit.Overload
	}
	l.tokens--
	if l.src.Float64() < l.faults {
		return circuit.Failure
	}
	l.served++
	return circuit.Success
}

// A callee that says how much it can serve is offered about that, and a sixth more:
// the breaker neither shuts nor lets everything through.
func TestOverloadIsPaced(t *testing.T) {
	for _, tt := range []struct {
		name     string
		capacity float64 // of 100 calls a second
		faults   float64
	}{
		{"a half", 50, 0},
		{"a fifth", 20, 0},
		{"a twentieth", 5, 0},
		{"a half, and a tenth fails", 50, 0.1},
		{"a half, and a quarter fails", 50, 0.25},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for seed := range uint64(5) {
				synctest.Test(t, func(t *testing.T) {
					src := rand.New(rand.NewPCG(seed, 71))
					b := diced(t, credit.Config{}, src)
					l := newLimiter(tt.capacity, src)
					l.faults = tt.faults
					tr := at(b, 100)
					tr.during(20*s, l.call) // to settle
					l.served, l.told = 0, 0
					f := tr.during(time.Minute, l.call)
					if got := b.Snapshot(); got.State != open {
						t.Errorf("seed %d: the breaker is %v, want open", seed, got.State)
					}
					goodput := float64(l.served) / (60 * tt.capacity * (1 - tt.faults))
					told := float64(l.told) / float64(f.admitted)
					if goodput < 0.85 || told > 0.25 {
						t.Errorf("seed %d: of what it could serve a share of %.2f was asked for, and of %d calls it refused %.2f; want .85 at least, and .25 at most",
							seed, goodput, f.admitted, told)
					}
				})
			}
		})
	}
}

// Closing gives a client its whole rate: not before 10 s have passed without a word
// of overload, though every call is admitted long before.
func TestToldBreakerClosesAfterTenQuietSeconds(t *testing.T) {
	for seed := range uint64(10) {
		synctest.Test(t, func(t *testing.T) {
			src := rand.New(rand.NewPCG(seed, 72))
			b := diced(t, credit.Config{}, src)
			l := newLimiter(30, src)
			tr := at(b, 100)
			tr.during(20*s, l.call)
			var last time.Time // overload
			tr.during(10*s, func() circuit.Outcome {
				o := l.call()
				if o == circuit.Overload {
					last = time.Now()
				}
				return o
			})
			var closedAt time.Time
			b.Observe(func(e circuit.Event) { closedAt = e.At })
			over := time.Now()
			f := tr.during(9*s, always(circuit.Success))
			if took := f.lastRefusal.Sub(over); took > 4*s {
				t.Errorf("seed %d: a call was refused %v after the overload, want none after 4s", seed, took)
			}
			tr.during(5*s, always(circuit.Success))
			if quiet := closedAt.Sub(last); b.Snapshot().State != closed || quiet != 10*s {
				t.Errorf("seed %d: it is %v, and closed %v after the last overload, want 10s", seed, b.Snapshot().State, quiet)
			}
		})
	}
}

// A fifth of overloads is obeyed, however many failures the user allows.
func TestOverloadsAreObeyedAtAnyThreshold(t *testing.T) {
	for _, threshold := range []float64{0.5, 0.9} {
		synctest.Test(t, func(t *testing.T) {
			src := rand.New(rand.NewPCG(1, 73))
			b := diced(t, credit.Config{Threshold: threshold}, src)
			var reasons []string
			b.Observe(func(e circuit.Event) { reasons = append(reasons, e.Reason) })
			tr := at(b, 100)
			l := newLimiter(60, src)
			f := tr.during(time.Minute, l.call)
			if len(reasons) == 0 || reasons[0] != "too many overloads" {
				t.Errorf("threshold %v: at 40 %% overloads it changed by %q, want the first by too many overloads", threshold, reasons)
			}
			if told := float64(l.told) / float64(f.admitted); told > 0.25 {
				t.Errorf("threshold %v: of the admitted calls a share of %.2f was too many, want .25 at most", threshold, told)
			}
		})
	}
}

// A tenth of the instances says so all the time: that refuses nothing.
func TestFewOverloadsAreNoneToObey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := rand.New(rand.NewPCG(1, 74))
		tr := at(diced(t, credit.Config{}, src), 100)
		f := tr.during(10*time.Minute, func() circuit.Outcome {
			if src.Float64() < 0.05 {
				return circuit.Overload
			}
			return circuit.Success
		})
		if f.refused > 0 {
			t.Errorf("at 5 %% overloads %d of %d calls were refused, want none", f.refused, f.offered)
		}
	})
}

// An outage in the middle of an overload: few calls are wasted on it, and what the
// callee can serve afterwards is soon asked for again.
func TestOutageInAnOverload(t *testing.T) {
	for _, during := range []circuit.Outcome{circuit.Failure, circuit.Overload} {
		t.Run(during.String(), func(t *testing.T) {
			for seed := range uint64(10) {
				synctest.Test(t, func(t *testing.T) {
					src := rand.New(rand.NewPCG(seed, 75))
					b := diced(t, credit.Config{}, src)
					tr := at(b, 100)
					l := newLimiter(30, src)
					tr.during(20*s, l.call)
					f := tr.during(20*s, always(during))
					if f.share() < 0.95 {
						t.Errorf("seed %d: in the outage a share of %.3f was refused, want .95 at least", seed, f.share())
					}
					tr.during(5*s, l.call)
					l.served = 0
					tr.during(20*s, l.call)
					if goodput := float64(l.served) / (20 * l.rate); goodput < 0.8 {
						t.Errorf("seed %d: from 5 s after the outage on it served a share of %.2f, want .8 at least", seed, goodput)
					}
					over := time.Now()
					tr.recovers(t, seed, over, 10*s)
				})
			}
		})
	}
}

// Faults beyond the threshold shut a breaker that paces, too.
func TestFaultsInAnOverload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := rand.New(rand.NewPCG(1, 76))
		tr := at(diced(t, credit.Config{}, src), 100)
		l := newLimiter(30, src)
		tr.during(20*s, l.call)
		f := tr.during(time.Minute, func() circuit.Outcome {
			if src.Float64() < 0.7 {
				return circuit.Failure
			}
			return l.call()
		})
		if f.share() < 0.9 {
			t.Errorf("with 70 %% faults a share of %.2f was refused, want .9 at least", f.share())
		}
	})
}
