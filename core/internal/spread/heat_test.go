package spread_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-fusebox/fusebox/core/internal/spread"
)

// 16 collisions among 4096 counts, whether these were taken meanwhile or not.
func TestSixteenCollisionsAmong4096CountsSpreadTheCounter(t *testing.T) {
	for _, tt := range []struct {
		name  string
		apart int // counts from one collision to the next
		cells bool
	}{
		{"one after the other", 1, true},
		{"the last in time", 273, true}, // the 16th is 15·273 = 4095 after the first
		{"the last too late", 274, false},
		{"now and then", 1000, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, takes := range []int{1 << 30, 100, 1} { // the owner takes every so many counts
				var c spread.Counter
				var taken, counted uint64
				for collisions := 1; collisions <= 40; collisions++ {
					collide(t, &c)
					counted++
					if want := tt.cells && collisions >= 16; c.Cells() > 1 != want {
						t.Fatalf("taken every %d: after %d collisions there are %d cells", takes, collisions, c.Cells())
					}
					for i := range tt.apart - 1 {
						count(&c)
						counted++
						if i%takes == 0 {
							taken += c.Take()
						}
					}
				}
				wantCount(t, "what was taken", taken+c.Take(), counted)
			}
		})
	}
}

// The sixteenth counts if it is less than 4096 counts after the first, as which the
// counter's beginning is taken, too. What was long before is nothing.
func TestCollisionsBeginAnew(t *testing.T) {
	for _, tt := range []struct {
		counts int
		cells  bool
	}{{4096 - 1, true}, {4096, false}, {10_000, false}} {
		var c spread.Counter
		for range 15 {
			collide(t, &c)
		}
		for range tt.counts - 15 {
			count(&c)
		}
		collide(t, &c)
		if got := c.Cells() > 1; got != tt.cells {
			t.Errorf("with 15 collisions and one after %d counts the counter is spread: %v, want %v", tt.counts, got, tt.cells)
		}
		if tt.cells {
			continue
		}
		for range 14 {
			collide(t, &c)
		}
		if c.Cells() > 1 {
			t.Error("15 collisions in a row spread the counter")
		}
		if collide(t, &c); c.Cells() == 1 {
			t.Error("16 collisions in a row don't spread a counter that has counted for long")
		}
	}
}

func TestCellsAreAPowerOfTwoAndMany(t *testing.T) {
	for _, procs := range []int{1, 2, 8, 9, 16, 17} {
		before := runtime.GOMAXPROCS(procs)
		var c spread.Counter
		hot(t, &c)
		runtime.GOMAXPROCS(before)
		n := c.Cells()
		if n < 16 || n < 2*procs || n&(n-1) != 0 || n > 16 && n/2 >= 2*procs {
			t.Errorf("for GOMAXPROCS %d there are %d cells, want the least power of two from 16 on that makes 2 a processor", procs, n)
		}
	}
}

// A counter stays spread, with the same cells: those who hold one go on with it.
func TestCellsAreMadeOnce(t *testing.T) {
	var c spread.Counter
	first := c.Cell()
	in := hot(t, &c)
	n, cell := c.Cells(), c.Cell()
	if cell == first {
		t.Error("a goroutine counts in the first cell still")
	}
	for range 100 {
		state := first.Read() // of one that has held it since before
		c.Add(first, state)
		c.Add(first, state)
		in++
	}
	if c.Cells() != n || c.Cell() != cell {
		t.Errorf("there are %d cells, then %d", n, c.Cells())
	}
	wantCount(t, "Take", c.Take(), in)
}

// Two goroutines that count in turns never meet.
func TestTurnsDoNotSpread(t *testing.T) {
	var c spread.Counter
	turn, back := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(back)
		for range turn {
			for range 50 {
				count(&c)
			}
			back <- struct{}{}
		}
	}()
	for range 1000 {
		for range 50 {
			count(&c)
		}
		turn <- struct{}{}
		<-back
	}
	close(turn)
	<-back
	if c.Cells() != 1 {
		t.Errorf("after 100000 counts of which no two met there are %d cells, want 1", c.Cells())
	}
	wantCount(t, "Take", c.Take(), 100_000)
}

// Goroutines between whose look and count others count spread it, on any machine.
func TestInterleavedCountsSpread(t *testing.T) {
	const goroutines, each = 4, 500
	var c spread.Counter
	var counting sync.WaitGroup
	for range goroutines {
		counting.Go(func() {
			for range each {
				for {
					cell := c.Cell()
					state := cell.Read()
					runtime.Gosched()
					if c.Add(cell, state) {
						break
					}
				}
			}
		})
	}
	counting.Wait()
	if c.Cells() == 1 {
		t.Errorf("%d goroutines of %d counts each, all interleaved, have one cell", goroutines, each)
	}
	wantCount(t, "Take", c.Take(), goroutines*each)
}

// Goroutines that do nothing but count spread it in less than two million counts.
func TestFightSpreads(t *testing.T) {
	procs := runtime.GOMAXPROCS(0)
	if procs == 1 {
		t.Skip("with GOMAXPROCS 1 goroutines don't fight")
	}
	var c spread.Counter
	var counted, ready atomic.Uint64
	var fighters sync.WaitGroup
	for range procs {
		fighters.Go(func() {
			ready.Add(1)
			for ready.Load() < uint64(procs) { // on a processor each
			}
			for range 2_000_000 / procs / 1000 {
				for range 1000 {
					count(&c)
				}
				counted.Add(1000)
				if c.Cells() > 1 {
					return
				}
			}
		})
	}
	fighters.Wait()
	wantCount(t, "Take", c.Take(), counted.Load())
	if c.Cells() == 1 {
		t.Skipf("in %d counts the goroutines did not fight: the machine had one processor to give", counted.Load())
	}
}
