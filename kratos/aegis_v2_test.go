package kratos_test

import (
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	aegis "github.com/go-kratos/aegis/circuitbreaker/sre"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/sre"
)

// pair is aegis' own breaker and ours with the preset, in the same virtual time.
type pair struct {
	theirs circuit.Breaker
	ours   *sre.Breaker
}

func newPair(t *testing.T, success float64) pair {
	t.Helper()
	config := sre.Aegis()
	config.K = 1 / success
	ours, err := sre.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return pair{theirs: aegis.NewBreaker(aegis.WithSuccess(success)), ours: ours}
}

// backend serves an even share of what it is asked.
type backend struct {
	rate  float64
	asked int
}

func (b *backend) serves() bool {
	b.asked++
	return math.Floor(float64(b.asked)*b.rate) > math.Floor(float64(b.asked-1)*b.rate)
}

// call reports whether breaker let it through.
func (b *backend) call(breaker circuit.Breaker) bool {
	if breaker.Allow() != nil {
		return false
	}
	if b.serves() {
		breaker.MarkSuccess()
	} else {
		breaker.MarkFailed()
	}
	return true
}

// mark gives both the same history of n calls.
func (p pair) mark(n int, rate float64) {
	b := backend{rate: rate}
	for range n {
		if b.serves() {
			p.theirs.MarkSuccess()
			p.ours.MarkSuccess()
		} else {
			p.theirs.MarkFailed()
			p.ours.MarkFailed()
		}
	}
}

const (
	samples = 5000
	sigmas  = 4.5 // about 7 in a million comparisons of equal ratios fall outside
)

// same compares the share of calls that aegis refuses, over as many samples, with
// the drop ratio of ours, to within sigmas·√(r(1−r)/samples), which is 0.032 at most.
// A ratio of 0 must be exactly that. Aegis' Allow changes nothing by itself.
func (p pair) same(t *testing.T, when string) {
	t.Helper()
	refused := 0
	for range samples {
		if p.theirs.Allow() != nil {
			refused++
		}
	}
	r := p.ours.Snapshot().DropRatio
	share := float64(refused) / samples
	if bound := sigmas * math.Sqrt(r*(1-r)/samples); math.Abs(share-r) > bound {
		t.Errorf("%s: aegis refuses %.4f, our ratio is %.4f, must differ by %.4f at most", when, share, r, bound)
	}
}

func TestAegisPresetHasAegisDropRatio(t *testing.T) {
	for _, success := range []float64{0.5, 0.6, 0.8, 0.95} {
		for _, rate := range []float64{0, 0.1, 0.3, 0.5, 0.59, 0.6, 0.7, 0.9, 1} {
			for _, n := range []int{99, 100, 1000} {
				synctest.Test(t, func(t *testing.T) {
					p := newPair(t, success)
					p.mark(n, rate)
					p.same(t, fmt.Sprintf("success %v, %d calls at a rate of %v", success, n, rate))
				})
			}
		}
	}
}

// Calls leave both windows in the same steps: 30 failures and 20 successes in each
// tenth of a second for 4 s, then silence until all are gone.
func TestAegisPresetHasAegisWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 0.6)
		time.Sleep(50 * time.Millisecond) // off the edges of the buckets
		for i := range 40 {
			rate := 0.4
			if i >= 20 {
				rate = 0.9
			}
			p.mark(50, rate)
			p.same(t, fmt.Sprintf("at step %d", i))
			time.Sleep(100 * time.Millisecond)
		}
		var last float64 = 1
		for i := range 35 {
			p.same(t, fmt.Sprintf("%d00 ms after the last call", i+1))
			last = p.ours.Snapshot().DropRatio
			time.Sleep(100 * time.Millisecond)
		}
		if last != 0 || p.theirs.Allow() != nil {
			t.Errorf("after the window: ratio %v, must be 0", last)
		}
	})
}

// Both in a closed loop at 100 calls a second, with Kratos' own way of marking
// refusals, while the backend serves a share of what it is asked. The refused
// share after 60 s of that is compared over independent runs of each, to within
// 4.5 standard errors of the difference.
func TestAegisPresetRefusesAsMuchAsAegis(t *testing.T) {
	const runs, calls = 12, 6000
	for _, rate := range []float64{0, 0.3, 0.5, 0.55} {
		var theirs, ours []float64 // the refused share of each run
		for i := range runs {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Duration(i)) // aegis seeds its dice by the time
				p := newPair(t, 0.6)
				stock := &backend{rate: rate}
				own := &backend{rate: rate}
				for i := range calls {
					if !stock.call(p.theirs) {
						p.theirs.MarkFailed()
					}
					own.call(p.ours)
					if i%10 == 9 {
						time.Sleep(100 * time.Millisecond)
					}
				}
				theirs = append(theirs, float64(calls-stock.asked)/calls)
				ours = append(ours, float64(calls-own.asked)/calls)
			})
		}
		m1, v1 := meanAndVariance(theirs)
		m2, v2 := meanAndVariance(ours)
		bound := sigmas * math.Sqrt((v1+v2)/runs)
		t.Logf("backend serves %v: aegis refuses %.4f, ours %.4f, bound %.4f", rate, m1, m2, bound)
		if math.Abs(m1-m2) > bound+1e-9 {
			t.Errorf("backend serves %v: aegis refuses %.4f, ours %.4f, must differ by %.4f at most", rate, m1, m2, bound)
		}
	}
}

func meanAndVariance(xs []float64) (mean, variance float64) {
	for _, x := range xs {
		mean += x / float64(len(xs))
	}
	for _, x := range xs {
		variance += (x - mean) * (x - mean) / float64(len(xs)-1)
	}
	return mean, variance
}
