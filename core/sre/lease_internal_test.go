package sre

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

// Where a bucket has fewer than 128 successes, and calls come more than a millisecond
// after the last look at the ratio while it is above 0, leases change nothing.
func TestLeasesChangeNothingAtLowRates(t *testing.T) {
	for seed := firstSeed; seed < firstSeed+8; seed++ {
		playCautious(t, plain.Random(uint64(seed), 30), seed)
	}
}

// At any rate they change no more than this: successes are counted early, up to 63 in a
// row; and while calls are refused, a ratio is kept for a millisecond, so that a call is
// refused whose luck lies between that one and a smaller one of after a success.
func TestLeasesAgainstPlain(t *testing.T) {
	early, strayed, healthy, passed := 0, 0, 0, 0
	for seed := firstSeed; seed < firstSeed+8; seed++ {
		p, f := playFollowing(t, plain.Random(uint64(seed), 20), seed)
		early = max(early, f.Most)
		strayed += f.strayed
		healthy += p.Healthy
		passed += p.HealthyPassed
	}
	t.Logf("%d in a row were early, %d calls refused by an old ratio; in healthy stretches %d of %d passed the law by",
		early, strayed, passed, healthy)
	if early < 32 || strayed < 10 || healthy < 5000 || 10*passed < 9*healthy {
		t.Error("this proves little")
	}
}

func TestSteadyRates(t *testing.T) {
	early := 0
	for _, perBucket := range []int{1, 127, 128, 129, 256, 1000, 1024, 2048, 4096, 6000} {
		synctest.Test(t, func(t *testing.T) {
			p, f := newPair(t, Config{Window: 100 * time.Millisecond}, true)
			time.Sleep(time.Duration(perBucket*perBucket) * time.Microsecond) // so that buckets begin at different calls
			p.Steady(&f.Lagging, perBucket, max(3, min(10, 10_000/perBucket)))
			early = max(early, f.Most)
		})
	}
	if early < 32 {
		t.Errorf("%d successes were counted early at most: this proves little", early)
	}
}

func TestSuddenDropOfTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, f := newPair(t, Config{Window: 100 * time.Millisecond}, true)
		p.Drop(&f.Lagging)
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

// A lease by the successes that the window has must not outlive them: after an idle
// time that expires these, and not the failures, calls are refused like those of a plain
// breaker. One that asks whether F < (K−1)·S once, and not when, admits a thousand.
func TestIdleTimeThatExpiresSuccesses(t *testing.T) {
	const width = 10 * time.Millisecond
	for _, tt := range []struct {
		name   string
		warm   time.Duration // a call at that time
		at     time.Duration // the calls
		gap    time.Duration // between them
		refuse bool
	}{
		{"just before", 0, 10*width - 1, 0, false},
		{"at once", 0, 10 * width, 0, true},
		{"just after", 0, 10*width + 1, time.Microsecond, true},
		{"as late as can be", 0, 11*width - time.Millisecond, time.Microsecond, true},
		{"the lease is new", 10*width - 1, 10 * width, 0, true},
		{"the lease is new, its last step has begun", 10*width - 1<<17, 10 * width, time.Microsecond, true},
		{"the lease is new, and long", 9 * width, 10*width + 1, time.Microsecond, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, _ := newPair(t, Config{Window: 10 * width, ProbeInterval: -1}, false)
				start := time.Now()
				until := func(at time.Duration) { time.Sleep(time.Until(start.Add(at))) }
				until(time.Millisecond)
				p.Run(plain.Stretch{Calls: 4200, Gap: time.Microsecond}, plain.Source(1))
				for range 1000 {
					p.Call(false)
				}
				until(width + width/2)
				for p.InFlight() > 0 {
					p.End(0, circuit.Failure)
				}
				if !p.Call(false) || !p.Passed || p.Watch.Last.Pace < 64 {
					t.Errorf("there is no lease, and so nothing to outlive, or the pace is but %d", p.Watch.Last.Pace)
				}
				if tt.warm > 0 {
					until(tt.warm)
					p.Call(false)
				}
				until(tt.at)
				p.Run(plain.Stretch{Calls: 1000, Gap: tt.gap, Held: 1 << 20}, plain.Source(2))
				switch s := p.Snapshot(); {
				case !tt.refuse && s.Total.Refused > 0:
					t.Errorf("%d were refused, want none", s.Total.Refused)
				case tt.refuse && s.Total.Refused < 990:
					t.Errorf("%d were refused, want nearly all of 1000", s.Total.Refused)
				}
			})
		})
	}
}

func TestManyGoroutinesAgainstPlain(t *testing.T) {
	for _, bare := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			p, _ := newPair(t, Config{K: 1.5}, false)
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
