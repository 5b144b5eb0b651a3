package circuitadmin

import (
	"fmt"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/group"
)

const many = 5000

// steady is a hub of many breakers that ticks when it is told to, with viewers that read
// at once.
func steady(tb testing.TB, f feed, viewers int) (h *hub, all []circuit.Breaker) {
	tb.Helper()
	g := group.New(func(string) circuit.Breaker {
		b, err := credit.New(credit.Config{})
		if err != nil {
			tb.Error(err)
		}
		return b
	})
	for i := range many {
		all = append(all, g.Get(fmt.Sprint("/shop.v1.Orders/Method", i)))
	}
	h = newHub(newSources(map[string]*group.Group{"orders": g}))
	h.running = true // by hand
	h.take(look(h.sources, 0))
	for range viewers {
		h.join(f, nil)
	}
	h.read()
	return h, all
}

func (h *hub) read() (bytes int) {
	for v := range h.viewers {
		for len(v.messages) > 0 {
			bytes = len(<-v.messages)
		}
	}
	return bytes
}

// BenchmarkTick is the cost of one sample of 5,000 breakers, its encoding, and its passing
// on to the viewers.
func BenchmarkTick(b *testing.B) {
	for _, bench := range []struct {
		name    string
		feed    feed
		busy    bool
		viewers int
	}{
		{"nobody", ticks{}, false, 0},
		{"idle", ticks{}, false, 1},
		{"busy", ticks{}, true, 1},
		{"busy, 10 viewers", ticks{}, true, 10},
		{"hystrix", commands{1}, true, 1},
	} {
		b.Run(bench.name, func(b *testing.B) {
			h, all := steady(b, bench.feed, bench.viewers)
			b.ReportAllocs()
			for b.Loop() {
				if bench.busy {
					b.StopTimer()
					for _, breaker := range all {
						breaker.MarkSuccess()
					}
					b.StartTimer()
				}
				h.looking = 1
				h.tick(look(h.sources, many))
				b.ReportMetric(float64(h.read()), "B/message")
			}
		})
	}
}

// BenchmarkFirst is the cost of a newcomer's first tick, of 5,000 breakers with a minute of
// history each.
func BenchmarkFirst(b *testing.B) {
	h, all := steady(b, ticks{}, 1)
	for range samples {
		for _, breaker := range all {
			breaker.MarkSuccess()
		}
		h.tick(look(h.sources, many))
		h.read()
	}
	b.ReportAllocs()
	for b.Loop() {
		h.full = nil
		b.ReportMetric(float64(len(ticks{}.first(h))), "B/message")
	}
}

// A tick allocates nothing for each breaker in which nothing is new, beside what the
// breaker's own snapshot does.
func TestIdleTickAllocatesLittle(t *testing.T) {
	h, all := steady(t, ticks{}, 1)
	own := testing.AllocsPerRun(3, func() {
		for _, b := range all {
			report(b)
		}
	})
	if n := testing.AllocsPerRun(3, func() { h.tick(look(h.sources, many)); h.read() }) - own; n > 50 {
		t.Errorf("a tick of %d idle breakers allocates %v times, want at most 50", many, n)
	}
}
