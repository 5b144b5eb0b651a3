package credit_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
)

// rates are the calls a second that the bounds hold for.
var rates = []float64{0.2, 1, 100, 5000}

// runs is how often to run a test at that rate: work is bounded.
func runs(rate float64) uint64 {
	if rate > 1000 {
		return 1
	}
	return 6
}

// calls is the time of that many calls and round trips.
func calls(n int, rate float64, latency time.Duration) time.Duration {
	return time.Duration(n) * (time.Duration(float64(time.Second)/rate) + latency)
}

// The bound is that of the package's doc: ProbeInterval and ten calls' time and round
// trips after the end of an outage in which everything failed.
func TestRecoveryAfterAnOutage(t *testing.T) {
	t.Parallel()
	for _, config := range []credit.Config{
		{},
		{Threshold: 0.8, ProbeInterval: 500 * ms},
		{Purse: 2, Depth: 3, Probes: 1, ProbeInterval: 20 * s},
	} {
		for _, latency := range []time.Duration{0, 20 * ms, 200 * ms, s} {
			for _, rate := range rates {
				if rate == 5000 && latency > 200*ms {
					continue // below
				}
				t.Run(fmt.Sprintf("%+v/%v/%vrps", config, latency, rate), func(t *testing.T) {
					for seed := range runs(rate) {
						synctest.Test(t, func(t *testing.T) {
							src := rand.New(rand.NewPCG(seed, 51))
							tr := at(diced(t, config, src), rate)
							tr.latency = latency
							bound := tr.b.(*credit.Breaker).Config().ProbeInterval + calls(10, rate, latency)
							tr.offer(20, always(circuit.Success))
							// From the shortest to one whose probes are seldom.
							long := 20 + int(calls(1, 0.1, 0).Seconds()*rate*src.Float64()*min(1, 100/rate))
							if f := tr.offer(long+int(5*rate*latency.Seconds()), always(circuit.Failure)); f.refused == 0 && rate > 1 {
								t.Fatalf("seed %d: the outage had no call refused", seed)
							}
							over := time.Now()
							f := tr.during(bound+calls(20, rate, 0), always(circuit.Success))
							if took := f.lastRefusal.Sub(over); took > bound {
								t.Errorf("seed %d: a call was refused %v after the outage, want none after %v", seed, took, bound)
							}
						})
					}
				})
			}
		}
	}
}

// Callers that mark refusals as failed, without circuit.MarksRefusals: their marks were
// taken for results of calls in flight, of which there then seemed to be less than
// none, and every trial was over at once.
func TestRecoveryWithMarkedRefusals(t *testing.T) {
	for _, rate := range []float64{0.2, 1, 10, 100, 1000} {
		for seed := range uint64(5) {
			synctest.Test(t, func(t *testing.T) {
				b := diced(t, credit.Config{}, rand.New(rand.NewPCG(seed, 55)))
				interval := time.Duration(float64(s) / rate)
				var last time.Time
				offer := func(n int, mark func()) {
					for range n {
						time.Sleep(interval)
						if b.Allow() == nil {
							mark()
							continue
						}
						last = time.Now()
						b.MarkFailed()
					}
				}
				offer(10+int(30*rate), b.MarkFailed)
				over, bound := time.Now(), 5*s+calls(10, rate, 0)
				offer(int(bound/interval)+20, b.MarkSuccess)
				if took := last.Sub(over); took > bound {
					t.Errorf("%v a second, seed %d: a call was refused %v after the outage, want none after %v", rate, seed, took, bound)
				}
			})
		}
	}
}

// Full traffic of a fast and far callee takes more round trips to build up.
func TestRecoveryOfAFarCallee(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := rand.New(rand.NewPCG(1, 52))
		tr := at(diced(t, credit.Config{}, src), 5000)
		tr.latency = s
		tr.during(5*s, always(circuit.Success))
		tr.during(10*s, always(circuit.Failure))
		over := time.Now()
		f := tr.during(20*s, always(circuit.Success))
		if took, bound := f.lastRefusal.Sub(over), 15*s; took > bound {
			t.Errorf("a call was refused %v after the outage, want none after %v", took, bound)
		}
	})
}

// At a low threshold a success pays for little more than one call, and recovery
// comes in several trials.
func TestRecoveryAtALowThreshold(t *testing.T) {
	for _, rate := range rates {
		t.Run(fmt.Sprintf("%vrps", rate), func(t *testing.T) {
			for seed := range runs(rate) {
				synctest.Test(t, func(t *testing.T) {
					src := rand.New(rand.NewPCG(seed, 53))
					tr := at(diced(t, credit.Config{Threshold: 0.1}, src), rate)
					tr.offer(20, always(circuit.Success))
					tr.offer(20+int(2*rate), always(circuit.Failure))
					over := time.Now()
					bound := 48*s + calls(30, rate, 0)
					f := tr.during(bound+calls(20, rate, 0), always(circuit.Success))
					if took := f.lastRefusal.Sub(over); took > bound {
						t.Errorf("seed %d: a call was refused %v after the outage, want none after %v", seed, took, bound)
					}
				})
			}
		})
	}
}

// past gives a breaker a random history, up to a hundred calls for each of its parts
// and in one of ten a thousand: errors, overloads, outages, lost permits, an operator.
func past(tr *traffic, b *credit.Breaker, src *rand.Rand) {
	for range 1 + src.IntN(6) {
		n := 1 + src.IntN(100)
		if src.IntN(10) == 0 {
			n *= 10
		}
		switch src.IntN(8) {
		case 0:
			tr.offer(n, always(circuit.Success))
		case 1:
			tr.offer(n, always(circuit.Failure))
		case 2:
			for range n { // lost
				tr.wait(time.Now().Add(tr.interval))
				_, _ = b.Acquire()
			}
		case 3:
			_ = b.SetMode([]circuit.Mode{circuit.ForceOpen, circuit.ForceClose, circuit.Observe}[src.IntN(3)])
			tr.offer(n, randomCallee(src))
			_ = b.SetMode(circuit.Auto)
		default:
			tr.offer(n, randomCallee(src))
		}
	}
}

// The bound of the package's doc for any other time: three times MaxTrialInterval,
// and ten calls' time and round trips.
func TestRecoveryFromAnyState(t *testing.T) {
	t.Parallel()
	for _, latency := range []time.Duration{0, 100 * ms} {
		for _, tt := range []struct {
			rate float64
			runs uint64
		}{{0.2, 150}, {1, 150}, {10, 60}, {100, 20}, {5000, 2}} {
			t.Run(fmt.Sprintf("%v/%vrps", latency, tt.rate), func(t *testing.T) {
				for seed := range tt.runs {
					synctest.Test(t, func(t *testing.T) {
						src := rand.New(rand.NewPCG(seed, 54))
						b := diced(t, credit.Config{}, src)
						tr := at(b, tt.rate)
						tr.latency = latency
						past(tr, b, src)
						over, bound := time.Now(), 48*s+calls(10, tt.rate, latency)
						tr.recovers(t, seed, over, bound)
					})
				}
			})
		}
	}
}

// recovers offers healthy traffic until nothing was refused for a while.
func (tr *traffic) recovers(t *testing.T, seed uint64, over time.Time, bound time.Duration) {
	t.Helper()
	calm := max(100, int(s/tr.interval)*2)
	for {
		f := tr.offer(calm, always(circuit.Success))
		if f.refused == 0 {
			break
		}
		if took := f.lastRefusal.Sub(over); took > bound {
			t.Errorf("seed %d: a call was refused %v after all was well, want none after %v", seed, took, bound)
			return
		}
	}
	if b := tr.b.(*credit.Breaker).Snapshot(); b.DropRatio > 0 {
		t.Errorf("seed %d: in the end it is %+v, want nothing refused", seed, b)
	}
}
