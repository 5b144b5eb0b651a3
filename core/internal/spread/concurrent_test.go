package spread_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-fusebox/fusebox/core/internal/spread"
)

// Every count is taken once, whatever the owner does meanwhile: before the cells are
// made, while they are, and after it.
func TestEveryCountIsTakenOnce(t *testing.T) {
	const goroutines, each = 32, 10_000
	for _, tt := range []struct {
		name   string
		before int // collisions
	}{{"one cell at first", 0}, {"about to be spread", 15}, {"spread", 16}} {
		t.Run(tt.name, func(t *testing.T) {
			var c spread.Counter
			for range tt.before {
				collide(t, &c)
			}
			var counting, owner sync.WaitGroup
			var done atomic.Bool
			var taken uint64
			begun := make(chan struct{})
			owner.Go(func() {
				close(begun)
				for i := 0; !done.Load(); i++ {
					if i%2 == 0 {
						taken += c.Take()
					} else {
						taken += c.Seal()
					}
				}
			})
			<-begun
			for range goroutines {
				counting.Go(func() {
					for i := range each {
						count(&c)
						if i%2000 == 0 {
							runtime.Gosched()
						}
					}
				})
			}
			counting.Wait()
			done.Store(true)
			owner.Wait()
			wantCount(t, "what was taken", taken+c.Seal(), uint64(goroutines*each+tt.before))
			wantCount(t, "what was left", c.Take(), 0)
		})
	}
}

// The owner draws a line by closing a door and sealing. Who counts looks at the door
// after the state is read: so nothing is counted behind the line.
func TestSealDrawsALine(t *testing.T) {
	const goroutines, rounds = 8, 300
	var c spread.Counter
	var closed [rounds]atomic.Bool
	var round, counted atomic.Uint64
	var counting sync.WaitGroup
	for range goroutines {
		counting.Go(func() {
			for {
				cell := c.Cell()
				state := cell.Read()
				r := round.Load()
				if r == rounds {
					return
				}
				if !closed[r].Load() && c.Add(cell, state) {
					counted.Add(1)
				}
				if closed[r].Load() || spread.Count(state)%8 == 7 {
					runtime.Gosched()
				}
			}
		})
	}
	var taken uint64
	for r := range rounds {
		for before := taken; taken < before+20; taken += c.Take() {
			runtime.Gosched()
		}
		closed[r].Store(true)
		taken += c.Seal()
		for range 3 {
			runtime.Gosched()
			wantCount(t, "what was counted behind the line", c.Take(), 0)
		}
		round.Store(uint64(r) + 1)
	}
	counting.Wait()
	wantCount(t, "what was taken", taken, counted.Load())
}
