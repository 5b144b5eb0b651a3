package credit

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/internal/plain"
)

// firstSeed begins a few random histories that have what it takes: outages,
// learning at rest, healthy stretches.
const firstSeed = 120

// The account knows no time while closed, and numbers of calls are exact: leases change
// nothing, at any rate.
func TestLeasesAgainstPlain(t *testing.T) {
	healthy, passed := 0, 0
	for seed := firstSeed; seed < firstSeed+8; seed++ {
		p := playPlain(t, plain.Random(uint64(seed), 20), seed)
		healthy += p.Healthy
		passed += p.HealthyPassed
	}
	t.Logf("in healthy stretches %d of %d passed the law by", passed, healthy)
	if healthy < 5000 || 10*passed < 9*healthy {
		t.Error("this proves little")
	}
}

func TestHealthyCallsPassTheLawBy(t *testing.T) {
	for _, tt := range []struct{ failing, least float64 }{{0, 1}, {0.01, 0.98}, {0.1, 0.8}} {
		synctest.Test(t, func(t *testing.T) {
			p := newPair(t, Config{})
			time.Sleep(time.Minute)
			if share := p.Dense(500, tt.failing); share < tt.least {
				t.Errorf("with %v that fail, %.3f passed the law by, want %v", tt.failing, share, tt.least)
			}
		})
	}
}

func TestManyGoroutinesAgainstPlain(t *testing.T) {
	for _, bare := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			p := newPair(t, Config{})
			p.Storm(8, 500, bare)
		})
	}
}

func FuzzLeases(f *testing.F) {
	for seed := range uint64(4) {
		f.Add(plain.Random(seed, 6), uint8(seed))
	}
	f.Fuzz(func(t *testing.T, history []byte, config uint8) {
		playPlain(t, history[:min(len(history), 80)], int(config))
	})
}

// What is learnt at rest was once taken for the background of a minute by the time at
// which it was folded, in place of that at which it came.
func TestSteadyBackgroundDoesNotDependOnWhenTheLockIsTaken(t *testing.T) {
	for name, rest := range map[string]func(p *plain.Pair, k int){
		"traffic that stops before the minute is over": func(p *plain.Pair, _ int) {
			p.Run(plain.Stretch{Calls: 3000, Gap: 10 * time.Millisecond}, plain.Source(1))
			time.Sleep(40 * time.Second)
		},
		"a snapshot before the minute is over": func(p *plain.Pair, k int) {
			p.Run(plain.Stretch{Calls: 4500 + k, Gap: 10 * time.Millisecond}, plain.Source(1))
			p.Snapshot()
			p.Run(plain.Stretch{Calls: 3000, Gap: 10 * time.Millisecond}, plain.Source(1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(8) {
				synctest.Test(t, func(t *testing.T) {
					p := newPair(t, Config{})
					p.Run(plain.Stretch{Calls: 12_000, Gap: 10 * time.Millisecond, Failing: 0.2}, plain.Source(seed))
					p.Run(plain.Stretch{Calls: 500, Gap: 10 * time.Millisecond, Failing: 1}, plain.Source(seed))
					p.Run(plain.Stretch{Calls: 200, Gap: 10 * time.Millisecond}, plain.Source(seed))
					rest(p, int(seed)%32)
					p.Run(plain.Stretch{Calls: 30, Gap: 10 * time.Millisecond, Failing: 1}, plain.Source(seed))
					p.Run(plain.Stretch{Calls: 4000, Gap: 10 * time.Millisecond, Failing: 0.55, Shown: 0.1}, plain.Source(seed))
				})
			}
		})
	}
}
