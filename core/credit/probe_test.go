package credit_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
)

// tripped is an open breaker, by 8 failures at one moment.
func tripped(t testing.TB, c credit.Config, src *rand.Rand) *credit.Breaker {
	t.Helper()
	b := diced(t, c, src)
	for b.Snapshot().State == closed {
		b.MarkFailed()
	}
	return b
}

// However many callers there are, and however long their calls take: no more unpaid
// calls are in flight than Probes says, and as many as that.
func TestProbesInFlightAreBounded(t *testing.T) {
	for _, probes := range []int{1, 3, 16} {
		t.Run(fmt.Sprint(probes), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := tripped(t, credit.Config{Probes: probes}, rand.New(rand.NewPCG(1, 31)))
				for round := range 3 { // the probes of each are lost to the next
					var admitted atomic.Int64
					var callers sync.WaitGroup
					for range 1000 {
						callers.Go(func() {
							for range 20 {
								if _, err := b.Acquire(); err == nil {
									admitted.Add(1)
								}
							}
						})
					}
					callers.Wait()
					if n, in := int(admitted.Load()), b.Snapshot().Probes; n != probes || in != probes {
						t.Errorf("round %d: of 20000 calls %d were admitted, and %d probes are in flight, want %d", round, n, in, probes)
					}
					time.Sleep(10*s - 1)
					for range 1000 {
						if b.Allow() == nil {
							t.Error("a probe was admitted though all places were taken")
						}
					}
					time.Sleep(time.Nanosecond)
					if in := b.Snapshot().Probes; in != 0 {
						t.Errorf("round %d: after their lifetime %d probes are in flight", round, in)
					}
				}
			})
		})
	}
}

// Of n calls while the callee is down, some √n are probes, at any rate of traffic
// above one call each ProbeInterval.
func TestProbesGoByTheSquareRoot(t *testing.T) {
	for _, n := range []int{100, 1000, 10_000, 100_000} {
		sum, runs := 0, max(5, uint64(20_000/n))
		for seed := range runs {
			b := tripped(t, credit.Config{}, rand.New(rand.NewPCG(seed, 32)))
			admitted := 0
			for range n {
				if p, err := b.Acquire(); err == nil {
					p.Failure()
					admitted++
				}
			}
			want := math.Sqrt(float64(n)) * 2 / 1.8
			if ratio := float64(admitted) / want; ratio < 0.7 || ratio > 1.4 {
				t.Errorf("seed %d: of %d calls %d were probes, want about %.0f", seed, n, admitted, want)
			}
			sum += admitted
		}
		if mean, want := float64(sum)/float64(runs), math.Sqrt(float64(n))*2/1.8; math.Abs(mean/want-1) > 0.15 {
			t.Errorf("of %d calls %.1f were probes on average, want about %.0f", n, mean, want)
		}
	}
}

// At low traffic the count alone would leave minutes between probes.
func TestProbeInterval(t *testing.T) {
	for _, tt := range []struct {
		interval time.Duration // the setting
		every    time.Duration // a call comes
		most     time.Duration // between probes
	}{
		{0, s, 5 * s},
		{0, 300 * ms, 5100 * ms},
		{0, 7 * s, 7 * s},
		{s, 10 * ms, s},
		{time.Minute, s, time.Minute},
		{ms, ms, ms},
	} {
		t.Run(fmt.Sprintf("%v/%v", tt.interval, tt.every), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := tripped(t, credit.Config{ProbeInterval: tt.interval}, rand.New(rand.NewPCG(1, 33)))
				last, longest, probes := time.Now(), time.Duration(0), 0
				for range 2000 {
					time.Sleep(tt.every)
					if wait := b.Snapshot().RetryAfter; wait < 0 || wait > tt.most {
						t.Fatalf("RetryAfter is %v, want from 0 to %v", wait, tt.most)
					}
					if p, err := b.Acquire(); err == nil {
						p.Failure()
						longest, last = max(longest, time.Since(last)), time.Now()
						probes++
					}
				}
				if longest != tt.most {
					t.Errorf("the longest time between two of %d probes was %v, want %v", probes, longest, tt.most)
				}
			})
		})
	}
}

// RetryAfter is the time from which on the next call is a probe.
func TestRetryAfterHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := tripped(t, credit.Config{}, rand.New(rand.NewPCG(1, 34)))
		for range 5000 {
			if b.Allow() == nil {
				b.MarkFailed()
			}
		}
		for range 20 {
			refused := errors.New("none")
			for range 3 { // by then the count is far from the next one
				if err := b.Allow(); err != nil {
					refused = err
				} else {
					b.MarkFailed()
				}
			}
			wait, ok := circuit.RetryAfter(refused)
			if !ok || wait != b.Snapshot().RetryAfter {
				t.Fatalf("a refusal says %v, %v, the snapshot %v", wait, ok, b.Snapshot().RetryAfter)
			}
			time.Sleep(wait)
			if err := b.Allow(); err != nil {
				t.Fatalf("the call after RetryAfter: %v", err)
			}
			b.MarkFailed()
		}
	})
}

// Callers that give up at once must not make a probe of each call: an ignored probe
// gives back its place alone.
func TestIgnoredProbesGiveBackTheirPlaceAlone(t *testing.T) {
	b := tripped(t, credit.Config{Probes: 1}, rand.New(rand.NewPCG(1, 35)))
	admitted := 0
	for range 10_000 {
		p, err := b.Acquire()
		if err != nil {
			continue
		}
		admitted++
		if in := b.Snapshot().Probes; in != 1 {
			t.Fatalf("%d probes are in flight, want 1", in)
		}
		p.Ignore()
		p.Ignore()
		if got := b.Snapshot(); got.Probes != 0 || got.Credit != 0 || got.State != open {
			t.Fatalf("after an ignored probe: %+v", got)
		}
	}
	if want := math.Sqrt(10_000) * 2 / 1.8; float64(admitted) > 1.4*want || float64(admitted) < 0.7*want {
		t.Errorf("%d of 10000 calls were probes, want about %.0f", admitted, want)
	}
}

// A probe's result counts once, also after its lifetime, and never in a later period.
func TestProbeCountsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := tripped(t, credit.Config{Probes: 2}, rand.New(rand.NewPCG(1, 36)))
		var p circuit.Permit
		for err := errors.New("none"); err != nil; {
			p, err = b.Acquire()
		}
		time.Sleep(time.Minute)
		p.Success()
		if got := b.Snapshot(); got.Credit != 2 || got.Window.Successes != 1 {
			t.Errorf("after a late success of a probe: %+v, want a credit of 2", got)
		}
		p.Success()
		p.Failure()
		p.Ignore()
		got := b.Snapshot()
		if got.Credit != 2 || got.Window.Successes != 1 || got.Window.Failures != 0 || got.Window.Ignored != 0 {
			t.Errorf("after it was settled again and again: %+v, want as before", got)
		}
		if got.Total.Successes != 2 || got.Total.Ignored != 1 {
			t.Errorf("the total is %+v, want every report", got.Total)
		}
	})
}
