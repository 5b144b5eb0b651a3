package main

import (
	"context"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/sre"
)

const (
	tick    = time.Millisecond
	perTick = 4
	rate    = int(time.Second/tick) * perTick // calls per second
	window  = 100 * time.Millisecond
	buckets = 100 // fine enough for n calls in the window, and hardly fewer
	n       = float64(perTick) * float64(window/tick)
)

// scene is one breaker and its backend under traffic.
type scene struct {
	k             float64
	percent       int // of the calls that the backend serves
	countRefusals bool
	limited       bool // the backend, to a percentage of the rate of calls
}

// scenes are all of those that are run.
func scenes() []scene {
	var all []scene
	for _, isLimited := range []bool{false, true} {
		for _, count := range []bool{false, true} {
			for _, k := range []float64{1.5, 2} {
				for _, percent := range []int{25, 40, 50, 75} {
					all = append(all, scene{k, percent, count, isLimited})
				}
			}
		}
	}
	return all
}

// A backend says whether it serves the call that comes in the i-th tick.
type backend func(i int) bool

func (s scene) backend() backend {
	if s.limited {
		return limited(s.percent)
	}
	return lossy(s.percent)
}

// lossy serves an even share of the calls that reach it, as where one of several
// servers is broken.
func lossy(percent int) backend {
	calls := 0
	served := func() int { return (calls*percent + 99) / 100 }
	return func(int) bool {
		before := served()
		calls++
		return served() > before
	}
}

// limited serves a share of the rate of calls and fails what goes beyond, as an
// overloaded server does. It evens out 50 ticks.
func limited(percent int) backend {
	const burst = 50 * perTick
	last, left := -1, 0 // in ticks, and in hundredths of a call
	return func(i int) bool {
		left = min(left+(i-last)*perTick*percent, burst*percent)
		last = i
		if left < 100 {
			return false
		}
		left -= 100
		return true
	}
}

// traffic runs a scene until its window has settled, and then tallies for as long
// as it is told.
func traffic(ctx context.Context, s scene, settle, measure time.Duration) (*tally, error) {
	c := config(s.k, window, s.countRefusals)
	c.Buckets = buckets
	b, err := sre.New(c)
	if err != nil {
		return nil, err
	}
	serves := s.backend()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	start := time.Now()
	settling, measured := &tally{}, &tally{}
	for i := 0; ; i++ {
		t := settling
		switch past := time.Since(start); {
		case past >= settle+measure:
			return measured, nil
		case past >= settle:
			t = measured
		}
		for range perTick {
			if permit, ok := t.ask(b, s.k, s.countRefusals); ok {
				permit.Done(judge(serves(i)))
			}
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func judge(served bool) circuit.Outcome {
	if served {
		return circuit.Success
	}
	return circuit.Failure
}
