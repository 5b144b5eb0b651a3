package credit_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
)

// randomConfig is one that an eager user might set.
func randomConfig(src *rand.Rand) credit.Config {
	return credit.Config{
		Threshold:           []float64{0, 0.1, 0.3, 0.4, 0.7, 0.9}[src.IntN(6)],
		Depth:               []int{0, 1, 5, 20}[src.IntN(4)],
		ConsecutiveFailures: []int{0, -1, 2}[src.IntN(3)],
		Gain:                []float64{0, 1.01, 1.3, 2}[src.IntN(4)],
		Purse:               []int{0, 2, 10, 100}[src.IntN(4)],
		Probes:              []int{0, 1, 4}[src.IntN(3)],
		ProbeLifetime:       []time.Duration{0, s}[src.IntN(2)],
		ProbeInterval:       []time.Duration{0, 100 * ms}[src.IntN(2)],
		TrialInterval:       []time.Duration{0, 50 * ms}[src.IntN(2)],
	}
}

// ledger follows an open breaker from outside: what was paid for, and what that was
// paid with, at the most.
type ledger struct {
	paid, earned float64
	failed       float64
	probes       int
}

// While open, every admitted call is a probe, of which Probes are in flight at most,
// or was paid for by successes: no more than the account has, in any order of
// outcomes, overloads included. The one call more is that which the parts of calls
// add up to; failures in a paced overload take all credit, and such a debt, each time.
func TestCallsArePaidFor(t *testing.T) {
	admittedWhileOpen := 0
	for seed := range uint64(150) {
		synctest.Test(t, func(t *testing.T) {
			src := rand.New(rand.NewPCG(seed, 41))
			b := diced(t, randomConfig(src), src)
			c := b.Config()
			most := max(c.Gain, 1/(1-c.Threshold), 1.15) // that a success earns
			var l ledger
			period := 1
			b.Observe(func(e circuit.Event) {
				l = ledger{}
				period++
				if e.Reason == "too many overloads" {
					l.earned = float64(c.Purse) / 2 // on the callee's word
				}
			})
			type inFlight struct {
				pending
				paidIn int // the period in which it was paid for
			}
			var calls []inFlight
			ends := randomCallee(src)
			advanced := time.Time{} // when calls are admitted on the callee's word
			for range 1500 {
				if src.IntN(200) == 0 {
					ends = randomCallee(src)
				}
				time.Sleep(time.Duration(src.ExpFloat64() * float64(5*ms)))
				if src.IntN(2) == 0 && len(calls) > 0 {
					i := src.IntN(len(calls))
					call := calls[i]
					calls[i] = calls[len(calls)-1]
					calls = calls[:len(calls)-1]
					before := b.Snapshot()
					call.permit.Done(call.outcome)
					after := b.Snapshot()
					if before.State == open && after.State == open {
						gained := after.Credit - before.Credit
						switch {
						case call.outcome == circuit.Success:
							l.earned += most
						case call.outcome == circuit.Ignored && call.paidIn == period:
							l.paid--
						case gained > 0: // given back
							l.earned++
						}
						if call.outcome == circuit.Failure {
							l.failed++
						}
						if gained > most+1e-9 {
							t.Fatalf("seed %d: one %v earned %v, want %v at most", seed, call.outcome, gained, most)
						}
					}
					if before.State == closed && after.State == open && after.Credit > 0 {
						advanced = time.Now()
					}
					continue
				}
				before := b.Snapshot()
				p, err := b.Acquire()
				after := b.Snapshot()
				if err != nil {
					if after.Credit != before.Credit || after.Probes != before.Probes {
						t.Fatalf("seed %d: a refusal turned %+v into %+v", seed, before, after)
					}
					continue
				}
				calls = append(calls, inFlight{pending{permit: p, outcome: ends()}, 0})
				if before.State != open {
					continue
				}
				admittedWhileOpen++
				switch {
				case after.Probes == before.Probes+1:
					l.probes++
					if after.Credit != before.Credit {
						t.Fatalf("seed %d: a probe cost %v", seed, before.Credit-after.Credit)
					}
				case before.Credit <= 0:
					t.Fatalf("seed %d: a call was admitted with no credit, as no probe", seed)
				case after.Credit == before.Credit:
					if time.Since(advanced) >= s || advanced.IsZero() {
						t.Fatalf("seed %d: a call was free at %+v", seed, before)
					}
				default:
					l.paid++
					calls[len(calls)-1].paidIn = period
				}
				if after.Probes > c.Probes {
					t.Fatalf("seed %d: %d probes are in flight, want %d at most", seed, after.Probes, c.Probes)
				}
				if l.paid > l.earned+1+l.failed/float64(c.Depth)+1e-6 {
					t.Fatalf("seed %d: %v calls were paid with %v", seed, l.paid, l.earned)
				}
			}
		})
	}
	if admittedWhileOpen < 5000 {
		t.Errorf("only %d calls were admitted while open: this test proves little", admittedWhileOpen)
	}
}

// randomCallee is of some kind: well, down, faulty, overloaded or all of it, and some
// callers give up.
func randomCallee(src *rand.Rand) callee {
	bad, overloads, ignored := src.Float64(), 0.0, 0.0
	switch src.IntN(6) {
	case 0:
		bad = 0
	case 1:
		bad = 1
	case 2:
		overloads = 1
	case 3, 4:
		overloads, ignored = src.Float64(), 0.3*src.Float64()
	}
	return func() circuit.Outcome {
		switch {
		case src.Float64() < ignored:
			return circuit.Ignored
		case src.Float64() >= bad:
			return circuit.Success
		case src.Float64() < overloads:
			return circuit.Overload
		}
		return circuit.Failure
	}
}

// A call that is given up at once leaves the account as it was, whether it was paid
// for, a probe, or admitted while closed.
func TestIgnoredCallGivesBackWhatItTook(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(60) {
		synctest.Test(t, func(t *testing.T) {
			src := rand.New(rand.NewPCG(seed, 42))
			b := diced(t, randomConfig(src), src)
			tr := at(b, 200)
			for range 300 {
				tr.offer(1+src.IntN(5), randomCallee(src))
				before := b.Snapshot()
				p, err := b.Acquire()
				if err != nil {
					continue
				}
				during := b.Snapshot()
				p.Ignore()
				after := b.Snapshot()
				if after.State != before.State || math.Abs(after.Credit-before.Credit) > 1e-9 ||
					after.Deficit != before.Deficit || after.Probes != before.Probes {
					t.Fatalf("seed %d: an ignored call turned %+v into %+v", seed, before, after)
				}
				switch {
				case before.State == closed:
					seen["closed"]++
				case during.Probes > before.Probes:
					seen["probe"]++
				case during.Credit < before.Credit:
					seen["paid"]++
				default:
					seen["free"]++
				}
			}
		})
	}
	if seen["closed"] < 100 || seen["probe"] < 100 || seen["paid"] < 100 || seen["free"] < 10 {
		t.Errorf("of each kind there were %v: this test proves little", seen)
	}
}

// Successes that are marked without an admission earn nothing, nor close the breaker.
func TestMarkedSuccessNeedsAnAdmission(t *testing.T) {
	b := tripped(t, credit.Config{}, rand.New(rand.NewPCG(1, 43)))
	before := b.Snapshot()
	for range 1000 {
		b.MarkSuccess()
	}
	if after := b.Snapshot(); after.State != open || after.Credit != 0 || after.Window != before.Window {
		t.Errorf("1000 successes without an admission turned %+v into %+v", before, after)
	}
	admitted := 0
	for b.Snapshot().Probes < 3 {
		if b.Allow() == nil {
			admitted++
		}
	}
	for range 1000 {
		b.MarkSuccess()
	}
	if got := b.Snapshot(); got.State != open || got.Window.Successes != 3 || got.Credit != 6 || got.Probes != 0 {
		t.Errorf("1000 successes for 3 admissions: %+v, want a credit of 6", got)
	}
}

// Callers that mark refusals as failed, and don't say so by circuit.MarksRefusals,
// earn nothing by that, and lose nothing.
func TestMarkedRefusalsEarnNothing(t *testing.T) {
	b := tripped(t, credit.Config{}, rand.New(rand.NewPCG(1, 44)))
	for range 1000 {
		if b.Allow() != nil {
			b.MarkFailed()
			if got := b.Snapshot(); got.Credit != 0 {
				t.Fatalf("a marked refusal earned %v", got.Credit)
			}
			continue
		}
		b.MarkSuccess()
		before := b.Snapshot().Credit
		if before == 0 {
			break // closed
		}
		b.MarkFailed()
		if after := b.Snapshot().Credit; after != before {
			t.Fatalf("a marked refusal turned a credit of %v into %v", before, after)
		}
	}
	if got := b.Snapshot().State; got != closed {
		t.Errorf("the breaker is %v in the end, want closed", got)
	}
}
