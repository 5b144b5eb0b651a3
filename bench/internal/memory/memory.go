package memory

import (
	"runtime"
	"strconv"

	"github.com/go-fusebox/fusebox/bench/internal/subjects"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/group"
)

// Idle is what one breaker takes.
type Idle struct {
	Bytes      float64
	Goroutines float64
}

// Weigh makes n breakers and has a few calls go through each. The breakers are
// garbage afterwards, except for those that their library keeps for ever.
func Weigh(s subjects.Subject, n int) Idle {
	s.Many(10) // what all share, and what is made at the first
	before, running := live(), runtime.NumGoroutine()
	all := s.Many(n)
	after, more := live(), runtime.NumGoroutine()-running
	runtime.KeepAlive(all)
	if c, ok := all.(interface{ Close() }); ok {
		c.Close()
	}
	return Idle{
		Bytes:      (float64(after) - float64(before)) / float64(n),
		Goroutines: float64(max(0, more)) / float64(n),
	}
}

// live is the size of the heap without its garbage.
func live() uint64 {
	runtime.GC()
	runtime.GC() // finalizers of the first, and pools, which live for two
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// Churn is what a group takes through which many keys go.
type Churn struct {
	Keys, Cap int
	Full      float64 // bytes, with as many keys as the cap allows
	Most      float64 // bytes, the most that was seen of any later
	MostKeys  int     // in the group, ever seen
}

// Flood sends calls of that many distinct keys through a group with a cap.
func Flood(keys, limit int) Churn {
	before := float64(live())
	g := group.New(func(string) circuit.Breaker {
		b, err := credit.New(credit.Config{})
		if err != nil {
			panic(err) // the defaults have no errors
		}
		return b
	}, group.WithCap(limit))
	c := Churn{Keys: keys, Cap: limit}
	const looks = 20
	for i := range keys {
		if permit, err := circuit.Acquire(g.Get("/helloworld.Greeter/SayHello" + strconv.Itoa(i))); err == nil {
			permit.Success()
		}
		if i+1 == limit {
			c.Full = float64(live()) - before
		} else if i >= limit && i%(keys/looks) == 0 || i == keys-1 {
			c.Most = max(c.Most, float64(live())-before)
		}
		if i%100 == 0 || i == keys-1 {
			c.MostKeys = max(c.MostKeys, g.Len())
		}
	}
	runtime.KeepAlive(g)
	return c
}
