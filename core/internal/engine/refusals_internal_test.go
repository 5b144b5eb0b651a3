package engine

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/spread"
)

// gate is a law that refuses on the lease it is given, and admits what it is asked about.
type gate struct {
	tally
	core    *Core
	lease   Lease
	drop    float64 // of its own, for calls that are put to it
	asked   int
	dropped int // of these
	refused uint64
}

func newGate(l Lease) (*Core, *gate) {
	c := New("test", 0)
	g := &gate{core: c, lease: l}
	c.Govern(g)
	return c, g
}

func (g *gate) Lease(time.Duration) Lease                 { return g.lease }
func (g *gate) Leased(_ time.Duration, _, refused uint64) { g.refused += refused }
func (g *gate) Admit(time.Duration, bool) (uint32, bool) {
	g.asked++
	if g.drop > 0 && g.core.Drops(g.drop) {
		g.dropped++
		return 0, false
	}
	return 0, true
}
func (g *gate) Mark(time.Duration, circuit.Outcome) {}
func (g *gate) refuses(t *testing.T, c *Core, n int) {
	t.Helper()
	for range n {
		if c.Allow() == nil {
			t.Fatal("a call was admitted on a lease to refuse it")
		}
	}
}

// hotRefusals makes the counter of refusals spread.
func hotRefusals(c *Core) {
	for c.refusals.Cells() == 1 {
		cell := c.refusals.Cell()
		state := cell.Read()
		c.refusals.Add(cell, state)
		c.refusals.Add(cell, state)
	}
	c.Locked(func(time.Duration) {})
}

// A lease that refuses everything may count in many cells; one with a bound of calls, or
// with a share, counts in one, since it needs a number for each.
func TestWhereRefusalsAreCounted(t *testing.T) {
	for _, tt := range []struct {
		name  string
		lease Lease
		one   bool
	}{
		{"all", Lease{Refuse: Forever, Calls: Always, Drop: 1}, false},
		{"so many", Lease{Refuse: Forever, Calls: 100, Drop: 1}, true},
		{"a share", Lease{Refuse: Forever, Calls: Always, Drop: 0.999999}, true},
		{"a share of so many", Lease{Refuse: Forever, Calls: 100, Drop: 0.999999}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, g := newGate(tt.lease)
			hotRefusals(c)
			before := g.refused
			g.refuses(t, c, 50)
			one := spread.Count(c.refusals.One().Read())
			if want := uint64(50); tt.one && one != want || !tt.one && one != 0 {
				t.Errorf("of 50 refused calls %d are counted in the one cell, want all: %v", one, tt.one)
			}
			c.Snapshot()
			if g.refused-before != 50 {
				t.Errorf("the law was told of %d refused calls, want 50", g.refused-before)
			}
		})
	}
}

// Calls that were refused while the lock was held by what took the lease back are the
// last that it refused; if the state has turned, they are in the total alone.
func TestRefusedWhileTheLeaseIsTakenBack(t *testing.T) {
	for _, spreads := range []bool{false, true} {
		for _, tt := range []struct {
			name string
			end  func(c *Core, g *gate)
			told uint64
		}{
			{"the lease ends", func(_ *Core, g *gate) { g.lease = Lease{} }, 5},
			{"another follows", func(_ *Core, g *gate) { g.lease = Lease{Refuse: time.Hour, Calls: 10, Drop: 0.5} }, 2},
			{"a turn", func(c *Core, g *gate) { g.lease = Lease{}; c.Turn(circuit.Closed, "test") }, 2},
			{"a turn, another follows", func(c *Core, _ *gate) { c.Turn(circuit.HalfOpen, "test") }, 2},
		} {
			c, g := newGate(Lease{Refuse: Forever, Calls: Always, Drop: 1})
			before := uint64(0)
			if spreads {
				hotRefusals(c)
				before = g.refused
			}
			g.refuses(t, c, 2)
			c.Locked(func(time.Duration) {
				g.refuses(t, c, 3)
				tt.end(c, g)
			})
			if got := g.refused - before; got != tt.told {
				t.Errorf("%s: the law was told of %d refused calls at once, want %d", tt.name, got, tt.told)
			}
			if got := c.Snapshot().Total.Refused - before; got != 5 {
				t.Errorf("%s: the total has %d refused calls, want 5", tt.name, got)
			}
			after := uint64(0) // of the state
			if tt.name == "another follows" {
				after = 3 // on the lease that goes on
			}
			if got := g.refused - before; got != tt.told+after {
				t.Errorf("%s: the law was told of %d refused calls in all, want %d", tt.name, got, tt.told+after)
			}
		}
	}
}

// A refusal that is about to be counted when the state turns is not counted in the new one.
func TestRefusingThatATurnInterrupts(t *testing.T) {
	c, _ := newGate(Lease{Refuse: Forever, Calls: Always, Drop: 1})
	cell := c.refusals.Cell()
	state := cell.Read()
	c.Locked(func(time.Duration) { c.Turn(circuit.Open, "test") })
	if c.refusals.Add(cell, state) {
		t.Error("a refusal was counted by what was read before the turn")
	}
}

// Among many goroutines, too, each call throws the dice once.
func TestShareAmongMany(t *testing.T) {
	const goroutines, each, drop = 16, 4000, 0.9
	c, g := newGate(Lease{Refuse: Forever, Calls: Always, Drop: drop})
	g.drop = drop // while it is asked about one call, it is asked about others, too
	var refused [goroutines]int
	var all sync.WaitGroup
	for i := range refused {
		all.Go(func() {
			for n := range each {
				if c.Allow() != nil {
					refused[i]++
				}
				if n%100 == 0 {
					runtime.Gosched()
				}
			}
		})
	}
	all.Wait()
	sum := 0
	for _, n := range refused {
		sum += n
	}
	if sum < 57_220 || sum > 57_980 { // 5 sigma
		t.Errorf("%d of %d calls are refused, want 0.9 of them", sum, goroutines*each)
	}
	if got := c.Snapshot().Total.Refused; got != uint64(sum) || g.refused+uint64(g.dropped) != got || g.asked-g.dropped != goroutines*each-sum {
		t.Errorf("%d calls are refused; the total is %d, the law was told of %d and asked about %d", sum, got, g.refused, g.asked)
	}
}
