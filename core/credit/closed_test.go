package credit_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
)

// diced is a breaker whose dice are known, so that a run repeats whatever ran before.
func diced(t testing.TB, c credit.Config, src *rand.Rand) *credit.Breaker {
	t.Helper()
	b := newBreaker(t, c)
	b.SetDice(src)
	return b
}

// failing is a callee with a steady share of failures.
func failing(src *rand.Rand, share float64) callee {
	return func() circuit.Outcome {
		if src.Float64() < share {
			return circuit.Failure
		}
		return circuit.Success
	}
}

// opensAfter has calls fail, one each interval, and returns how many it took.
func opensAfter(t *testing.T, b *credit.Breaker, interval time.Duration, o circuit.Outcome) int {
	t.Helper()
	for n := range 100 {
		if n > 0 {
			time.Sleep(interval)
		}
		p, err := b.Acquire()
		if err != nil {
			t.Fatalf("the call after %d failures was refused, though the breaker was closed", n)
		}
		p.Done(o)
		if b.Snapshot().State == open {
			return n + 1
		}
	}
	return 0
}

func TestOpensAfterFailures(t *testing.T) {
	for _, tt := range []struct {
		name     string
		config   credit.Config
		interval time.Duration
		want     int
	}{
		{"at one moment", credit.Config{}, 0, 8},
		{"in a burst", credit.Config{}, 10 * ms, 8},
		{"the eighth comes before two seconds are over", credit.Config{}, 285 * ms, 8},
		{"two seconds are over with the eighth", credit.Config{}, 286 * ms, 8},
		{"two seconds are over with the seventh", credit.Config{}, 334 * ms, 7},
		{"two seconds are just not over with the fifth", credit.Config{}, 500*ms - 1, 6},
		{"two seconds are over with the fifth", credit.Config{}, 500 * ms, 5},
		{"one call a second", credit.Config{}, s, 5},
		{"one call in five seconds", credit.Config{}, 5 * s, 5},
		{"one call in a bit less than a minute", credit.Config{}, time.Minute - 1, 5},
		{"one call a minute: what is as old is forgotten", credit.Config{}, time.Minute, 0},
		{"of 3 in a row", credit.Config{ConsecutiveFailures: 3}, s, 3},
		{"of 1 in a row, which are not spread", credit.Config{ConsecutiveFailures: 1}, s, 3},
		{"of 12 in a row, which the depth forestalls", credit.Config{ConsecutiveFailures: 12}, s, 8},
		{"of none in a row", credit.Config{ConsecutiveFailures: -1}, s, 8},
		{"depth 1", credit.Config{Depth: 1}, 0, 1},
		{"depth 20", credit.Config{Depth: 20}, 0, 20},
		{"any threshold", credit.Config{Threshold: 0.9}, 0, 8},
	} {
		for _, o := range []circuit.Outcome{circuit.Failure, circuit.Overload} {
			t.Run(tt.name+"/"+o.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					if got := opensAfter(t, newBreaker(t, tt.config), tt.interval, o); got != tt.want {
						t.Errorf("a fresh breaker opened after %d failures, want %d", got, tt.want)
					}
					b := newBreaker(t, tt.config)
					at(b, 100).offer(1000, always(circuit.Success))
					time.Sleep(time.Minute)
					if got := opensAfter(t, b, tt.interval, o); got != tt.want {
						t.Errorf("after 1000 successes it opened after %d failures, want %d", got, tt.want)
					}
				})
			})
		}
	}
}

// A success in between makes the row begin anew, and is worth θ/(1−θ) failures.
func TestSuccessBreaksTheRow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(t, credit.Config{})
		tr := at(b, 1)
		for i := range 100 {
			tr.offer(4, always(circuit.Failure))
			tr.offer(4, always(circuit.Success))
			if s := b.Snapshot(); s.State != closed || s.Deficit != 0 {
				t.Fatalf("round %d: %v with a deficit of %v, want closed with 0", i, s.State, s.Deficit)
			}
		}
		b.MarkFailed()
		time.Sleep(50 * s)
		for range 3 {
			b.MarkFailed()
		}
		if got := b.Snapshot(); got.State != closed {
			t.Fatal("4 failures in a row opened it")
		}
		b.MarkFailed()
		if got := b.Snapshot(); got.State != open {
			t.Error("the fifth in 50 s did not open it")
		}
	})
}

// Whatever the order of results: while the failures beyond what the threshold allows
// are fewer than Depth, no call is refused, and from 2.5 times as many on all are.
func TestDeficitDecides(t *testing.T) {
	for seed := range uint64(200) {
		src := rand.New(rand.NewPCG(seed, 21))
		config := credit.Config{
			Threshold: 0.05 + 0.9*src.Float64(), Depth: 1 + src.IntN(20), ConsecutiveFailures: -1,
		}
		b := diced(t, config, src)
		deficit, share := 0.0, config.Threshold
		for n := range 2000 {
			if n%100 == 0 { // another callee, about as bad as it may be
				share = min(1, max(0, config.Threshold*(0.5+src.Float64())))
			}
			p, err := b.Acquire()
			if err != nil {
				t.Fatalf("seed %d: call %d was refused at a deficit of %v, %+v", seed, n, deficit, config)
			}
			if src.Float64() < share {
				p.Failure()
				deficit++
			} else {
				p.Success()
				deficit = max(0, deficit-config.Threshold/(1-config.Threshold))
			}
			snap := b.Snapshot()
			if snap.State == open {
				if deficit < float64(config.Depth)-1e-9 {
					t.Errorf("seed %d: opened at a deficit of %v, %+v", seed, deficit, config)
				}
				break
			}
			if math.Abs(snap.Deficit-deficit) > 1e-9 || deficit >= 2.5*float64(config.Depth) {
				t.Fatalf("seed %d: closed with a deficit of %v, want %v, and %+v", seed, snap.Deficit, deficit, config)
			}
		}
	}
}

// Errors that are always there, in every order that chance brings, refuse as good as
// nothing in hours.
func TestBackgroundErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		percent int
		hours   float64
		most    float64 // share refused
	}{{1, 0.2, 0}, {5, 0.2, 0}, {10, 0.5, 0}, {20, 1, 0.001}} {
		t.Run(fmt.Sprintf("%d%%", tt.percent), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := rand.New(rand.NewPCG(uint64(tt.percent), 22))
				f := at(diced(t, credit.Config{}, src), 100).offer(int(tt.hours*3600*100), failing(src, float64(tt.percent)/100))
				if f.share() > tt.most {
					t.Errorf("of %d calls %d were refused, want a share of %v at most", f.offered, f.refused, tt.most)
				}
			})
		})
	}
}
