package hystrix

import (
	"sync"
	"testing"
)

// Between a look at the counter and its change others may have changed it. Commands give
// that little time; here there is nothing else.
func TestPlacesUnderRace(t *testing.T) {
	const goroutines, tries = 4, 300_000
	var p places
	var all sync.WaitGroup
	for range goroutines {
		all.Go(func() {
			for range tries {
				if !p.take(1) {
					continue
				}
				if n := p.taken.Load(); n != 1 {
					t.Errorf("%d places taken of one", n)
				}
				p.leave()
			}
		})
	}
	all.Wait()
	if n := p.taken.Load(); n != 0 {
		t.Errorf("%d places taken in the end, want none", n)
	}
}
