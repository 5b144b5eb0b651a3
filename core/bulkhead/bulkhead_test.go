package bulkhead_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/bulkhead"
	"github.com/go-fusebox/fusebox/core/circuit"
)

func wantStats(t *testing.T, l bulkhead.Limit, want bulkhead.Stats) {
	t.Helper()
	if got := l.Stats(); got != want {
		t.Errorf("stats are %+v, want %+v", got, want)
	}
}

func admitted(t *testing.T, l interface {
	Acquire() (circuit.Permit, error)
}) circuit.Permit {
	t.Helper()
	p, err := l.Acquire()
	if err != nil {
		t.Fatalf("a call was refused: %v", err)
	}
	return p
}

func full(t *testing.T, l interface {
	Acquire() (circuit.Permit, error)
}) {
	t.Helper()
	p, err := l.Acquire()
	if !errors.Is(err, bulkhead.ErrFull) || !errors.Is(err, circuit.ErrNotAllowed) || p != (circuit.Permit{}) {
		t.Fatalf("Acquire = %v, %v, want no permit and ErrFull", p, err)
	}
	if after, ok := circuit.RetryAfter(err); ok {
		t.Errorf("retry after %v, which nobody can know", after)
	}
}

func TestFullUntilAPlaceIsGivenBack(t *testing.T) {
	b := newBulkhead(t, bulkhead.Config{Max: 2})
	first := admitted(t, b)
	admitted(t, b)
	full(t, b)
	full(t, b)
	wantStats(t, b, bulkhead.Stats{InFlight: 2, Max: 2, Rejected: 2})
	first.Failure()
	admitted(t, b)
	full(t, b)
	wantStats(t, b, bulkhead.Stats{InFlight: 2, Max: 2, Rejected: 3})
}

// However a permit is settled, twice gives back one place, also when another call has
// that place by then.
func TestSettledTwiceGivesBackOnePlace(t *testing.T) {
	b := newBulkhead(t, bulkhead.Config{Max: 1})
	for _, settle := range []func(circuit.Permit){
		circuit.Permit.Success, circuit.Permit.Failure, circuit.Permit.Ignore,
		func(p circuit.Permit) { p.End(circuit.Result{Outcome: circuit.Overload}) },
	} {
		old := admitted(t, b)
		settle(old)
		settle(old)
		next := admitted(t, b)
		settle(old)
		full(t, b)
		next.Success()
		wantStats(t, b, bulkhead.Stats{Max: 1, Rejected: b.Stats().Rejected})
	}
}

// A hung callee must not keep its callers out for ever.
func TestLostCallsGiveTheirPlacesBack(t *testing.T) {
	for name, limit := range map[string]func(t *testing.T) bulkhead.Limit{
		"fixed": func(t *testing.T) bulkhead.Limit {
			return newBulkhead(t, bulkhead.Config{Max: 3, Lifetime: time.Minute})
		},
		"expiring": func(t *testing.T) bulkhead.Limit {
			return expiring(t, newBulkhead(t, bulkhead.Config{Max: 3, Lifetime: 24 * time.Hour}), time.Minute)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := limit(t)
				lost := []circuit.Permit{admitted(t, l), admitted(t, l)}
				time.Sleep(30 * time.Second)
				young := admitted(t, l)
				time.Sleep(30*time.Second - 1)
				full(t, l)
				time.Sleep(time.Nanosecond) // they are a minute old
				wantStats(t, l, bulkhead.Stats{InFlight: 1, Max: 3, Rejected: 1, Expired: 2})
				admitted(t, l)
				admitted(t, l)
				full(t, l)
				for _, p := range lost { // they come back after all, and others have their places
					p.Success()
					p.Failure()
				}
				full(t, l)
				young.Success()
				admitted(t, l)
				wantStats(t, l, bulkhead.Stats{InFlight: 3, Max: 3, Rejected: 3, Expired: 2})
			})
		})
	}
}

func TestUpdate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBulkhead(t, bulkhead.Config{Max: 4})
		var held []circuit.Permit
		for range 4 {
			held = append(held, admitted(t, b))
		}
		if err := b.Update(bulkhead.Config{Max: 2}); err != nil {
			t.Fatal(err)
		}
		wantStats(t, b, bulkhead.Stats{InFlight: 4, Max: 2})
		for _, p := range held[:2] {
			full(t, b)
			p.Success()
		}
		full(t, b)
		held[2].Success()
		admitted(t, b)
		full(t, b)

		if err := b.Update(bulkhead.Config{Max: 0}); err == nil || b.Config().Max != 2 {
			t.Errorf("Update to no places: %v, then %+v, want an error and no change", err, b.Config())
		}
		time.Sleep(time.Second)
		full(t, b)
		if err := b.Update(bulkhead.Config{Max: 2, Lifetime: time.Second}); err != nil || b.Lifetime() != time.Second {
			t.Fatal(err, b.Lifetime())
		}
		wantStats(t, b, bulkhead.Stats{Max: 2, Rejected: 5, Expired: 2}) // the new Lifetime is that of old places, too
	})
}

func TestObserve(t *testing.T) {
	b := newBulkhead(t, bulkhead.Config{Max: 1, Observe: true})
	first, second := admitted(t, b), admitted(t, b)
	wantStats(t, b, bulkhead.Stats{InFlight: 2, Max: 1, Rejected: 1})
	if err := b.Update(bulkhead.Config{Max: 1}); err != nil {
		t.Fatal(err)
	}
	first.Success()
	full(t, b)
	second.Success()
	admitted(t, b)
	wantStats(t, b, bulkhead.Stats{InFlight: 1, Max: 1, Rejected: 2})
}

// Many callers, some of whom settle twice at the same time: never more than Max in flight,
// and in the end all places are free.
func TestNeverMoreThanMax(t *testing.T) {
	const limit, callers, rounds = 5, 16, 2000
	b := newBulkhead(t, bulkhead.Config{Max: limit})
	g := bulkhead.Guard(nil, b)
	var inFlight, admitted, rejected atomic.Int64
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			for range rounds {
				p, err := circuit.Acquire(g)
				if err != nil {
					rejected.Add(1)
					continue
				}
				admitted.Add(1)
				if n := inFlight.Add(1); n > limit {
					t.Errorf("%d calls are in flight, want %d at most", n, limit)
				}
				inFlight.Add(-1)
				if i%2 == 0 {
					all.Go(p.Success)
				}
				p.Failure()
			}
		})
	}
	all.Wait()
	wantStats(t, b, bulkhead.Stats{Max: limit, Rejected: uint64(rejected.Load())})
	if admitted.Load()+rejected.Load() != callers*rounds {
		t.Errorf("%d admitted and %d rejected are not %d calls", admitted.Load(), rejected.Load(), callers*rounds)
	}
	for range limit {
		if _, err := b.Acquire(); err != nil {
			t.Fatal("a place was lost")
		}
	}
	full(t, b)
}
