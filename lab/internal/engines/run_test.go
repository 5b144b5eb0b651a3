package engines_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/lab/internal/engines"
	"github.com/go-fusebox/fusebox/lab/internal/sim"
)

// outage is 15 s of health, 20 s in which all calls fail, and a minute of health.
var outage = sim.Scenario{
	Duration: 95 * time.Second,
	Backend:  sim.Backend{Latency: 20 * time.Millisecond},
	Traffic:  sim.Traffic{Clients: 1, Rate: 100},
	Phases: []sim.Phase{
		{Rate: 1, Capacity: 1},
		{At: 15 * time.Second, Rate: 1, Capacity: 1, Errors: 1},
		{At: 35 * time.Second, Rate: 1, Capacity: 1},
	},
}

// run is one run in a bubble of its own, which fails when a goroutine is left.
func run(t *testing.T, e engines.Engine, s sim.Scenario, seed uint64) (result *sim.Result) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var err error
		if result, err = e.Run(t.Context(), s, seed); err != nil {
			t.Fatal(err)
		}
	})
	return result
}

// each runs f for every engine, at its usual settings.
func each(t *testing.T, f func(*testing.T, engines.Engine)) {
	for _, e := range engines.All() {
		t.Run(e.Name, func(t *testing.T) { f(t, e) })
	}
}

// Detection and recovery at 100 calls a second. The bounds are loose ones of what
// each engine's settings promise.
func TestOutage(t *testing.T) {
	bounds := map[string]struct {
		trips  time.Duration // after the outage began, at the latest
		wasted float64       // share of the outage's calls that reach the backend, at most
		back   time.Duration // after the outage ended, at the latest: 99 % are served from then on
	}{
		"credit":             {150 * time.Millisecond, .04, 2 * time.Second},
		"credit-bare":        {150 * time.Millisecond, .04, 2 * time.Second},
		"sre":                {3 * time.Second, .20, 5 * time.Second},
		"hystrix":            {6 * time.Second, .30, 7 * time.Second},
		"aegis":              {3 * time.Second, .20, 30 * time.Second},
		"go-zero":            {6 * time.Second, .40, 12 * time.Second},
		"gobreaker":          {6 * time.Second, .30, 7 * time.Second},
		"failsafe-breaker":   {6 * time.Second, .40, 7 * time.Second},
		"failsafe-throttler": {6 * time.Second, .50, 7 * time.Second},
		"hystrix-go":         {6 * time.Second, .30, 7 * time.Second},
	}
	each(t, func(t *testing.T, e engines.Engine) {
		want, ok := bounds[e.Name]
		if !ok {
			t.Fatal("no bounds for it")
		}
		r := run(t, e, outage, 1)
		if healthy := r.Sum(0, 15*time.Second); healthy.Refused != 0 || healthy.Reached != healthy.Offered {
			t.Errorf("while healthy: %+v, want nothing refused", healthy)
		}
		if after := r.FirstTrip - 15*time.Second; after <= 0 || after > want.trips {
			t.Errorf("first refused %v after the outage began, want at most %v", after, want.trips)
		}
		down := r.Sum(15*time.Second, 35*time.Second)
		if share := float64(down.Reached) / float64(down.Offered); share > want.wasted {
			t.Errorf("%.3f of the calls reached the failing backend, want at most %v", share, want.wasted)
		}
		up := r.Sum(35*time.Second+want.back, 95*time.Second)
		if float64(up.Served) < .99*float64(up.Offered) {
			t.Errorf("%d of %d calls served from %v after the outage, want 99 %%", up.Served, up.Offered, want.back)
		}
		t.Logf("tripped after %v, %d of %d wasted, %d refused after it",
			r.FirstTrip-15*time.Second, down.Reached, down.Offered, r.Sum(35*time.Second, 95*time.Second).Refused)
	})
}

// A seed gives the same run again, alone or beside others; another seed doesn't.
func TestRepeatable(t *testing.T) {
	s := outage
	s.Traffic.Clients, s.Traffic.Rate = 3, 300
	each(t, func(t *testing.T, e engines.Engine) {
		first := map[uint64]*sim.Result{}
		for seed := range uint64(4) {
			first[seed] = run(t, e, s, seed)
			if seed > 0 && reflect.DeepEqual(first[seed].Bins, first[seed-1].Bins) {
				t.Errorf("seeds %d and %d give the same run", seed-1, seed)
			}
		}
		t.Run("together", func(t *testing.T) {
			for seed := range first {
				t.Run(fmt.Sprint(seed), func(t *testing.T) {
					t.Parallel()
					if again := run(t, e, s, seed); !reflect.DeepEqual(first[seed], again) {
						t.Error("the same seed gives another run")
					}
				})
			}
		})
	})
}

// go-zero forces a call through after a second without one, but not before its
// clock is above zero: without Settle it stays silent for several seconds.
func TestSettleLetsGoZeroForceCalls(t *testing.T) {
	e, err := engines.New("go-zero", nil)
	if err != nil {
		t.Fatal(err)
	}
	longest := func(settle func()) (gap time.Duration) {
		synctest.Test(t, func(*testing.T) {
			settle()
			b := e.New()
			last := time.Now()
			for range 1000 * 60 {
				time.Sleep(time.Millisecond)
				if b.Allow() == nil {
					gap = max(gap, time.Since(last))
					last = time.Now()
					b.MarkFailed()
				}
			}
		})
		return gap
	}
	if gap := longest(engines.Settle); gap > 1100*time.Millisecond {
		t.Errorf("no call for %v, want 1.1 s at most", gap)
	}
	if gap := longest(func() {}); gap < 2*time.Second {
		t.Errorf("no call for %v without Settle, which then isn't needed", gap)
	}
}

func TestSettle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		engines.Settle()
		settled := time.Now()
		if want := time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC); !settled.Equal(want) {
			t.Errorf("settled at %v, want %v: in each process the same, since dice are seeded by it", settled, want)
		}
		time.Sleep(time.Second)
		engines.Settle() // does nothing
		if since := time.Since(settled); since != time.Second {
			t.Errorf("the second time took %v, want none", since-time.Second)
		}
	})
}

// Our throw of the throttler's rate is as the library documents it: a callee that
// only fails gets what the highest rate leaves it.
func TestThrottlerThrowsItsRate(t *testing.T) {
	for settings, want := range map[string]int{``: 90_000, `{"maxRejectionRate":0.5}`: 50_000, `{"maxRejectionRate":1}`: 99_010} {
		e, err := engines.New("failsafe-throttler", json.RawMessage(settings))
		if err != nil {
			t.Fatal(err)
		}
		synctest.Test(t, func(t *testing.T) {
			engines.Settle()
			b := e.New()
			for range 100 {
				b.MarkFailed()
			}
			refused := 0
			for range 100_000 {
				if b.Allow() != nil {
					refused++
				}
			}
			if refused < want-800 || refused > want+800 { // five standard deviations
				t.Errorf("%s: %d of 100,000 calls refused, want about %d", settings, refused, want)
			}
		})
	}
}

// hystrix-go hears of results through a channel: those of one moment are known
// to the next call of that moment, as they would be to a caller of Do.
func TestHystrixGoKnowsWhatItWasTold(t *testing.T) {
	e, err := engines.New("hystrix-go", nil)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		for range 100 {
			b := e.New()
			for call := range 20 {
				if err := b.Allow(); err != nil {
					t.Errorf("call %d: %v", call+1, err)
				}
				b.MarkFailed()
			}
			if b.Allow() == nil {
				t.Error("call 21 was admitted, though 20 had failed")
			}
			_ = engines.Close(b)
		}
	})
}

// The simulator acquires permits; every engine works by Allow and marks, too.
func TestAllowAndMark(t *testing.T) {
	each(t, func(t *testing.T, e engines.Engine) {
		synctest.Test(t, func(t *testing.T) {
			engines.Settle()
			b := e.New()
			defer func() { _ = engines.Close(b) }()
			for call := range 500 {
				time.Sleep(10 * time.Millisecond)
				if err := b.Allow(); err != nil {
					t.Fatalf("call %d of a healthy callee: %v", call+1, err)
				}
				b.MarkSuccess()
			}
			failed := 0
			for b.Allow() == nil && failed < 1000 {
				time.Sleep(10 * time.Millisecond)
				b.MarkFailed()
				failed++
			}
			if failed == 1000 {
				t.Error("nothing refused after 1,000 failures in a row")
			}
		})
	})
}

func TestCloseTwice(t *testing.T) {
	each(t, func(t *testing.T, e engines.Engine) {
		synctest.Test(t, func(t *testing.T) {
			b := e.New()
			for range 2 {
				if err := engines.Close(b); err != nil {
					t.Error(err)
				}
			}
		})
	})
}
