package sre_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/sre"
)

// traffic is a stream of calls at a steady rate.
type traffic struct {
	b        *sre.Breaker
	interval time.Duration
}

func at(b *sre.Breaker, rate float64) traffic {
	return traffic{b, time.Duration(float64(time.Second) / rate)}
}

// flow tells what became of some traffic.
type flow struct {
	admitted, refused int
	lastRefusal       time.Time
	lastAdmitted      time.Time
}

// run offers n calls, which all end as o at once.
func (tr traffic) run(n int, o circuit.Outcome) (f flow) {
	for range n {
		time.Sleep(tr.interval)
		p, err := tr.b.Acquire()
		if err != nil {
			f.refused++
			f.lastRefusal = time.Now()
			continue
		}
		p.Done(o)
		f.admitted++
		f.lastAdmitted = time.Now()
	}
	return f
}

func (tr traffic) during(d time.Duration, o circuit.Outcome) flow {
	return tr.run(int(d/tr.interval), o)
}

// The bound is that of the package's doc: Window + Window/Buckets after the last
// failure.
func TestRecoveryBound(t *testing.T) {
	for _, tt := range []struct {
		name   string
		config sre.Config
		bound  time.Duration
		drops  []float64 // the rates at which an outage brings refusals
	}{
		{"Default", sre.Config{}, 3300 * time.Millisecond, []float64{100, 5000}},
		{"FromTheFirstCall", sre.Config{MinRequests: 1, ProbeInterval: -1}, 3300 * time.Millisecond, []float64{1, 100, 5000}},
		{"LongWindow", sre.Config{Window: time.Minute, Buckets: 5, MinRequests: 5, ProbeInterval: 30 * time.Second}, 72 * time.Second, []float64{0.2, 1, 100, 5000}},
		{"Sharp", sre.Config{K: 1.01, Window: 30 * time.Second, Buckets: 60, MinRequests: 3, ProbeInterval: -1}, 30500 * time.Millisecond, []float64{0.2, 1, 100, 5000}},
		{"Protected", sre.Config{Protection: 50, ProbeInterval: -1}, 3300 * time.Millisecond, []float64{100, 5000}},
	} {
		for _, rate := range []float64{0.2, 1, 100, 5000} {
			t.Run(tt.name+"/"+rateName(rate), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					tr := at(newBreaker(t, tt.config), rate)
					tr.run(20, circuit.Success)
					outage := tr.run(max(200, int(10*rate)), circuit.Failure)
					if want := slices.Contains(tt.drops, rate); (outage.refused > 0) != want {
						t.Fatalf("the outage had %d calls refused, want some: %v", outage.refused, want)
					}
					healthy := tr.run(int(tt.bound.Seconds()*rate)+1000, circuit.Success)
					if late := healthy.lastRefusal.Sub(outage.lastAdmitted); healthy.refused > 0 && late > tt.bound {
						t.Errorf("a call was refused %v after the last failure, want none after %v", late, tt.bound)
					}
					if s := tr.b.Snapshot(); s.State != circuit.Closed || s.DropRatio != 0 {
						t.Errorf("in the end: %v with drop ratio %v, want closed with 0", s.State, s.DropRatio)
					}
				})
			})
		}
	}
}

func rateName(rate float64) string { return fmt.Sprintf("%vrps", rate) }

// The breaker needs no traffic to forget: one window later it is as new.
func TestRecoveryWithoutTraffic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(t, sre.Config{})
		mark(b, 0, 1000)
		if ask(b, 1000) == 0 {
			t.Fatal("nothing was refused")
		}
		time.Sleep(3 * time.Second)
		if refused := ask(b, 1000); refused > 0 {
			t.Errorf("one window later, %d of 1000 calls were refused", refused)
		}
	})
}

// Own refusals that count hold the ratio up after an outage: that is why they
// don't by default. Here 30 s of outage at 100 calls a second.
func TestRecoveryWithAndWithoutOwnRefusals(t *testing.T) {
	outageAndAfter := func(t *testing.T, c sre.Config) (reached, lost int, recovery time.Duration) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			tr := at(newBreaker(t, c), 100)
			if f := tr.during(10*time.Second, circuit.Success); f.refused > 0 {
				t.Errorf("%d calls were refused before the outage", f.refused)
			}
			reached = tr.during(30*time.Second, circuit.Failure).admitted
			end := time.Now()
			f := tr.during(2*time.Minute, circuit.Success)
			lost, recovery = f.refused, f.lastRefusal.Sub(end)
		})
		t.Logf("of 3000 calls %d reached the failing callee; after the outage %d were lost in %v", reached, lost, recovery)
		return reached, lost, recovery
	}
	reached, lost, recovery := outageAndAfter(t, sre.Config{})
	if bound := 3300 * time.Millisecond; recovery > bound {
		t.Errorf("without own refusals, all calls were admitted after %v, want %v at most", recovery, bound)
	}
	bookReached, bookLost, bookRecovery := outageAndAfter(t, sre.Config{CountRefusals: true})
	// In 1,500 runs: without, all calls are admitted after 0.1 to 1.3 s, with them after 4.6 to 14 s.
	if bookRecovery < 3300*time.Millisecond || bookRecovery < 2*recovery || bookLost < 2*lost {
		t.Errorf("own refusals cost %v and %d calls, want several times %v and %d", bookRecovery, bookLost, recovery, lost)
	}
	if bookReached >= reached {
		t.Errorf("with own refusals counted %d calls reached the failing callee, without %d, want fewer", bookReached, reached)
	}
}

// In an outage about √(rate × Window) failed calls are in the window. The mean
// over 5 minutes is a little below, since calls leave the window early, by up to a
// bucket.
func TestOutageSettlesAtTheRootOfTheTraffic(t *testing.T) {
	for _, rate := range []float64{100, 1000} {
		t.Run(rateName(rate), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := at(newBreaker(t, sre.Config{Window: 5 * time.Second, ProbeInterval: -1, MinRequests: 1}), rate)
				tr.during(10*time.Second, circuit.Failure)
				sum, samples := 0.0, 0.0
				for range 600 {
					tr.during(500*time.Millisecond, circuit.Failure)
					sum += float64(tr.b.Snapshot().Window.Failures)
					samples++
				}
				mean, want := sum/samples, math.Sqrt(rate*5)
				// In 60 runs of each rate: 0.89 to 0.94 times that.
				if mean < 0.8*want || mean > 1.1*want {
					t.Errorf("%.1f failed calls are in the window on average, want about %.1f", mean, want)
				}
			})
		})
	}
}
