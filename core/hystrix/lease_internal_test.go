package hystrix

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/plain"
)

// firstSeed begins a few random histories that have what it takes: busy buckets, and so
// early successes, times of dropping, healthy stretches.
const firstSeed = 120

// Where a bucket has fewer than 128 successes, leases change nothing.
func TestLeasesChangeNothingAtLowRates(t *testing.T) {
	for seed := firstSeed; seed < firstSeed+8; seed++ {
		playCautious(t, plain.Random(uint64(seed), 30), seed)
	}
}

// At any rate they change no more than this: while the failures in the window are too few
// to matter, up to 63 successes are counted early. With these taken for as old as
// they are counted, all is equal, step by step.
func TestLeasesAgainstPlain(t *testing.T) {
	early, healthy, passed := 0, 0, 0
	for seed := firstSeed; seed < firstSeed+8; seed++ {
		p, l := playFollowing(t, plain.Random(uint64(seed), 20), seed)
		early = max(early, l.Most)
		healthy += p.Healthy
		passed += p.HealthyPassed
	}
	t.Logf("%d on one lease were early; in healthy stretches %d of %d passed the law by", early, passed, healthy)
	if early < 32 || healthy < 5000 || 10*passed < 9*healthy {
		t.Error("this proves little")
	}
}

func TestSteadyRates(t *testing.T) {
	early := 0
	for _, perBucket := range []int{1, 127, 128, 129, 256, 1000, 1024, 2048, 4096, 6000} {
		synctest.Test(t, func(t *testing.T) {
			p, l := newPair(t, Config{Window: 100 * time.Millisecond}, true)
			time.Sleep(time.Duration(perBucket*perBucket) * time.Microsecond) // so that buckets begin at different calls
			p.Steady(l, perBucket, max(3, min(10, 10_000/perBucket)))
			early = max(early, l.Most)
		})
	}
	if early < 32 {
		t.Errorf("%d successes were counted early at most: this proves little", early)
	}
}

func TestSuddenDropOfTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, l := newPair(t, Config{Window: 100 * time.Millisecond}, true)
		p.Drop(l)
	})
}

func TestHealthyCallsPassTheLawBy(t *testing.T) {
	for _, perBucket := range []int{100, 500, 1500} {
		for _, failing := range []float64{0, 0.01, 0.1} {
			synctest.Test(t, func(t *testing.T) {
				p, _ := newPair(t, Config{Window: time.Second}, true)
				if share := p.Dense(perBucket, failing); share < 0.9 {
					t.Errorf("with %d in a bucket, of which %v fail, %.3f passed the law by", perBucket, failing, share)
				}
			})
		}
	}
}

// After an idle time that expires the successes of the window, and not its failures, the
// next outcome opens it like a plain breaker, a success too; and so do failures at full load
// where all has expired.
func TestIdleTimeThatExpiresSuccesses(t *testing.T) {
	const width, us = 10 * time.Millisecond, time.Microsecond
	for _, tt := range []struct {
		name     string
		failures int           // in the second bucket, one less
		at       time.Duration // the outcomes
		gap      time.Duration
		first    circuit.Outcome
		refused  uint64 // of 1000 calls that fail
	}{
		{"just before, a success", 1000, 10*width - 1, 0, circuit.Success, 0},
		{"at once, a success", 1000, 10 * width, us, circuit.Success, 1000},
		{"at once, a failure", 1000, 10 * width, us, circuit.Failure, 1000},
		{"as late as can be, a success", 1000, 11*width - 1, us, circuit.Success, 1000},
		{"all expires, then a success", 1000, 11 * width, us, circuit.Success, 981},
		{"all expires, then a failure", 1000, 11 * width, us, circuit.Failure, 981},
		{"long idle", 1000, time.Hour, us, circuit.Failure, 981},
		{"nothing has failed", 0, 10 * width, us, circuit.Failure, 981},
		{"too few have failed to matter", 9, 10 * width, us, circuit.Failure, 989},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, _ := newPair(t, Config{Window: 10 * width}, false)
				start := time.Now()
				until := func(at time.Duration) { time.Sleep(time.Until(start.Add(at))) }
				until(time.Millisecond)
				p.Run(plain.Stretch{Calls: 4200, Gap: time.Microsecond}, plain.Source(1))
				for range max(1, tt.failures) {
					p.Call(false)
				}
				until(width + width/2)
				for p.InFlight() > 1 {
					p.End(0, circuit.Failure)
				}
				until(tt.at)
				p.End(0, tt.first)
				p.Run(plain.Stretch{Calls: 1000, Gap: tt.gap, Failing: 1}, plain.Source(2))
				if got := p.Snapshot().Total.Refused; got != tt.refused {
					t.Errorf("%d calls were refused, want %d", got, tt.refused)
				}
			})
		})
	}
}

func TestManyGoroutinesAgainstPlain(t *testing.T) {
	for _, bare := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			p, _ := newPair(t, Config{ErrorPercentThreshold: 20}, false)
			p.Storm(8, 500, bare)
		})
	}
}

func FuzzLeases(f *testing.F) {
	for seed := range uint64(4) {
		f.Add(plain.Random(seed, 6), uint8(seed))
	}
	f.Fuzz(func(t *testing.T, history []byte, config uint8) {
		history = history[:min(len(history), 80)]
		playCautious(t, history, int(config))
		playFollowing(t, history, int(config))
	})
}
