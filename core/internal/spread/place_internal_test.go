package spread

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"
)

// onStacks calls f on n goroutines, all of which are there at once.
func onStacks(n int, f func(i int)) {
	var all, ready sync.WaitGroup
	ready.Add(n)
	for i := range n {
		all.Go(func() {
			ready.Done()
			ready.Wait()
			f(i)
		})
	}
	all.Wait()
}

func TestPlaceIsWithinRange(t *testing.T) {
	for n := 1; n <= 1<<20; n *= 2 {
		onStacks(8, func(int) {
			if got := place(n); got >= uint32(n) {
				t.Errorf("of %d cells it gives number %d", n, got)
			}
		})
	}
}

// Goroutines that run at once mostly have cells of their own: of 64 in 1024 cells hardly
// two meet, and 16 cells all have their share of them.
func TestPlaceTellsStacksApart(t *testing.T) {
	const goroutines = 64
	for _, tt := range []struct{ cells, distinct, most int }{{1024, 48, 6}, {64, 24, 12}, {16, 12, 16}} {
		var places [goroutines]uint32
		onStacks(goroutines, func(i int) { places[i] = place(tt.cells) })
		in := map[uint32]int{}
		most := 0
		for _, p := range places {
			in[p]++
			most = max(most, in[p])
		}
		if len(in) < tt.distinct || most > tt.most {
			t.Errorf("%d goroutines are in %d of %d cells, at most %d in one; want %d cells and at most %d",
				goroutines, len(in), tt.cells, most, tt.distinct, tt.most)
		}
	}
}

// A goroutine counts in one cell as long as its stack stays where it is.
func TestPlaceIsSteady(t *testing.T) {
	onStacks(64, func(int) {
		first := place(1024)
		for range 100 {
			if got := place(1024); got != first {
				t.Errorf("the place is %d, then %d", first, got)
				return
			}
		}
	})
}

// No two cells share a cache line.
func TestCellsAreACacheLineApart(t *testing.T) {
	var c Counter
	c.spread()
	many := *c.many.Load()
	for i := range many {
		if at := uintptr(unsafe.Pointer(&many[i])); at%64 != 0 || i > 0 && at-uintptr(unsafe.Pointer(&many[i-1])) != 64 {
			t.Fatalf("cell %d lies at %#x, want one each 64 bytes", i, at)
		}
	}
}

// A count that is as old as many seals is void, but for one in all 1<<24 of them.
func TestTagsWrap(t *testing.T) {
	c := Counter{tag: 1<<24 - 2}
	c.Take()
	cell := c.Cell()
	var old []uint64
	for range 4 { // over the wrap
		state := cell.Read()
		if !c.Add(cell, state) {
			t.Fatalf("an Add with the present state %#x failed", state)
		}
		old = append(old, state, state+1)
		if got := c.Seal(); got != 1 {
			t.Errorf("Seal is %d, want 1", got)
		}
		for _, state := range old {
			if c.Add(cell, state) {
				t.Errorf("an Add with the state %#x from before succeeded", state)
			}
		}
	}
}

// New cells have tag 0, and so no other may: a Seal would take them for sealed already.
func TestNewCellsAreSealed(t *testing.T) {
	c := Counter{tag: 1<<24 - 1}
	c.Take()
	c.spread()
	cell := c.Cell()
	state := cell.Read()
	c.Seal()
	if c.Add(cell, state) {
		t.Error("an Add with a state of a new cell from before the Seal succeeded")
	}
}

// Those who find it hot at once make one set of cells: counts in another were lost.
func TestCellsAreMadeOnceByMany(t *testing.T) {
	var counters [2000]Counter
	var seen [2][2000]*[]padded
	var ready [2000]atomic.Int32
	onStacks(2, func(me int) {
		for i := range counters {
			for ready[i].Add(1); ready[i].Load() < 2; {
				runtime.Gosched()
			}
			counters[i].spread()
			seen[me][i] = counters[i].many.Load()
		}
	})
	for i := range counters {
		if seen[0][i] != seen[1][i] || seen[0][i] == nil {
			t.Fatal("cells were replaced, with what was counted in them")
		}
	}
}
