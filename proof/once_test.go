package proof_test

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// atOnce starts them all when all are there and two of them run, and waits for their
// ends. That they are all there is not enough: one core may have brought them there
// one after the other, and would run them so while another core wakes up.
func atOnce(fs ...func()) {
	const patience = 20_000
	var there, running atomic.Int32
	var wg sync.WaitGroup
	for _, f := range fs {
		wg.Go(func() {
			for there.Add(1); int(there.Load()) < len(fs); {
				runtime.Gosched()
			}
			running.Add(1)
			for n := 0; running.Load() < 2 && n < patience; n++ {
				for range 100 { // and keeps its core
				}
			}
			f()
		})
	}
	wg.Wait()
}
