package circuitadmin_test

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

// The package documentation promises the bounds.
func TestMemoryPerBreaker(t *testing.T) {
	const breakers = 1000
	synctest.Test(t, func(t *testing.T) {
		g := group.New(func(string) circuit.Breaker { return new(still) }, group.WithCap(breakers))
		var all []*still
		for i := range breakers {
			all = append(all, g.Get(fmt.Sprint("GET /shop.Orders/", i)).(*still))
		}
		admin := newAdmin(t, one(g))
		before := heap()
		ctx, cancel := context.WithCancel(t.Context())
		go admin.Watch(ctx)
		time.Sleep(2500 * time.Millisecond)
		quiet := (heap() - before) / breakers
		for range 70 {
			for _, b := range all {
				b.successes.Add(1)
			}
			time.Sleep(time.Second)
		}
		synctest.Wait()
		busy := (heap() - before) / breakers
		time.Sleep(62 * time.Second)
		again := (heap() - before) / breakers
		cancel()
		time.Sleep(62 * time.Second)
		after := (heap() - before) / breakers
		t.Logf("bytes per breaker: %d quiet, %d busy, %d quiet again, %d after", quiet, busy, again, after)
		if quiet > 512 || busy > 2048 || again > 512 || after > 8 {
			t.Error("want at most 512, 2048, 512 and 8")
		}
		runtime.KeepAlive(admin)
	})
}

// still is a breaker of a few bytes, so that those of the page can be told.
type still struct {
	circuit.Disabled
	successes, asked atomic.Uint64
}

func (s *still) Snapshot() circuit.Snapshot {
	s.asked.Add(1)
	return circuit.Snapshot{Total: circuit.Counts{Successes: s.successes.Load()}}
}

func heap() int {
	synctest.Wait()
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
