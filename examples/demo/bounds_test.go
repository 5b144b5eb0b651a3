package main

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// The bounds of the table against the engines themselves, in virtual time: what
// they let through is near what is expected of them, within the bound always, and
// they recover in time.
func TestEnginesKeepTheBoundsOfTheTable(t *testing.T) {
	for _, args := range [][]string{
		{"-engine", "credit"},
		{"-engine", "credit", "-rate", "25", "-fault", "4s"},
		{"-engine", "credit", "-rate", "1000"},
		{"-engine", "credit", "-rate", "5", "-healthy", "2s", "-fault", "1m", "-recovery", "15s"}, // by ProbeInterval
		{"-engine", "credit", "-rate", "2", "-fault", "40s", "-recovery", "20s"},                  // by ConsecutiveFailures
		{"-engine", "sre"},
		{"-engine", "sre", "-rate", "40", "-window", "600ms", "-healthy", "1s", "-fault", "4s", "-recovery", "3s"},
		{"-engine", "sre", "-rate", "1000", "-window", "3s", "-recovery", "8s"},
		{"-engine", "hystrix"},
		{"-engine", "hystrix", "-rate", "40", "-healthy", "500ms"},
		{"-engine", "aegis"},
		{"-engine", "gozero"},
	} {
		c, err := parse(args)
		if err != nil {
			t.Fatal(err)
		}
		want := c.engine.passes(c.rate, c.healthy, c.fault)
		for range 20 {
			synctest.Test(t, func(t *testing.T) {
				passed, results := virtual(c)
				if off := math.Abs(float64(passed) - want); off > 4*math.Sqrt(want)+float64(c.rate)*c.engine.bucket().Seconds() {
					t.Errorf("%v: %d calls passed, expected %.0f", args, passed, want)
				}
				if share := float64(passed) / (float64(c.rate) * c.fault.Seconds()); share > reachBound(c) {
					t.Errorf("%v: a share of %.3f passed, bound %.3f", args, share, reachBound(c))
				}
				if c.engine.recovers != nil {
					bound := c.engine.recovers(c.rate, c.fault)
					after := normalAfter(results, c.healthy+c.fault)
					if after < 0 || after > bound+time.Second/time.Duration(c.rate) {
						t.Errorf("%v: normal after %v, bound %v", args, after, bound)
					}
				}
			})
		}
	}
}

// virtual plays the script with calls that take no time.
func virtual(c config) (passed int, results []result) {
	b := c.engine.breaker("")
	s := newScript(c)
	start := time.Now()
	for time.Since(start) < s.end {
		phase, _ := s.at(time.Since(start))
		permit, err := circuit.Acquire(b)
		if err == nil {
			if phase == failing {
				passed++
				permit.Failure()
			} else {
				permit.Success()
			}
		}
		results = append(results, result{time.Since(start), err == nil && phase != failing})
		time.Sleep(time.Second / time.Duration(c.rate))
	}
	return passed, results
}

func TestDisabledBreakersBreakTheBound(t *testing.T) {
	c, err := parse([]string{"-engine", "none"})
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		if passed, _ := virtual(c); passed != 1000 {
			t.Errorf("%d calls of 1000 passed", passed)
		}
	})
	if reachBound(c) >= 1 {
		t.Errorf("bound %v admits everything", reachBound(c))
	}
}

func TestNormalAfter(t *testing.T) {
	const heal = 10 * time.Second
	// from is a call each 50 ms after heal, of which those in bad are not ok.
	from := func(n int, bad ...int) []result {
		var all []result
		for i := range n {
			r := result{heal + time.Duration(i)*50*time.Millisecond, true}
			for _, b := range bad {
				r.ok = r.ok && b != i
			}
			all = append(all, r)
		}
		return all
	}
	swapped := from(40, 3)
	swapped[3], swapped[9] = swapped[9], swapped[3]
	for _, tt := range []struct {
		name    string
		results []result
		want    time.Duration
	}{
		{"at once", from(40), 0},
		{"after the last bad one", from(40, 0, 1, 2), 150 * time.Millisecond},
		{"good ones between bad ones don't count", from(40, 0, 8), 450 * time.Millisecond},
		{"half a second suffices, whatever comes later", from(40, 0, 30), 50 * time.Millisecond},
		{"ends too soon", from(10), -1},
		{"never", from(20, 0, 9, 15), -1},
		{"no calls", nil, -1},
		{"too few calls", []result{{heal, true}, {heal + time.Second, true}}, -1},
		{"before the end of the fault doesn't count", append([]result{{heal - time.Second, true}}, from(40, 0)...), 50 * time.Millisecond},
		{"out of order", swapped, 200 * time.Millisecond},
	} {
		if got := normalAfter(tt.results, heal); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
