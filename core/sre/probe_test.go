package sre_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/sre"
)

// full is a window in which the drop ratio is so near 1 that chance admits one
// call in 400,000, and refusals count, so that it stays there.
func full(t *testing.T, c sre.Config) *sre.Breaker {
	t.Helper()
	c.Window, c.Buckets, c.CountRefusals = time.Hour, 1, true
	b := newBreaker(t, c)
	time.Sleep(time.Minute) // without calls, which is no reason for a probe
	mark(b, 0, 400_000)
	return b
}

// Without the floor a callee that is well again might be asked once in 400,000
// calls. With it one call per interval goes through, at any rate of traffic.
func TestProbeInterval(t *testing.T) {
	for _, tt := range []struct {
		name     string
		interval time.Duration
		step     time.Duration // between calls
		want     int           // admitted in 20 s, by the floor
	}{
		{"default is 1s", 0, 10 * time.Millisecond, 19},
		{"100ms", 100 * time.Millisecond, 10 * time.Millisecond, 199},
		{"10s", 10 * time.Second, 10 * time.Millisecond, 1},
		{"not a multiple of the step", time.Second, 300 * time.Millisecond, 16},
		{"every call but the first", time.Second, 5 * time.Second, 3},
		{"off", -1, 10 * time.Millisecond, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := full(t, sre.Config{ProbeInterval: tt.interval})
				offered, admitted := 0, 0
				for start := time.Now(); time.Since(start) < 20*time.Second; time.Sleep(tt.step) {
					offered++
					p, err := b.Acquire()
					if err != nil {
						continue
					}
					p.Failure()
					admitted++
				}
				if s := b.Snapshot(); s.DropRatio < 1-1./400_000 {
					t.Fatalf("the drop ratio is %v: this test proves nothing", s.DropRatio)
				}
				// Chance admits one call more in one run of 200, and two in as good as none.
				if admitted < tt.want || admitted > tt.want+1 {
					t.Errorf("%d of %d calls were admitted, want %d", admitted, offered, tt.want)
				}
			})
		})
	}
}

// The floor counts from the last admitted call, whatever admitted it, and a
// probe's result is a call's like any other.
func TestProbeIntervalCountsFromTheLastAdmittedCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := full(t, sre.Config{ProbeInterval: time.Second})
		refused := func() bool { return b.Allow() != nil }
		if !refused() {
			t.Error("a call was admitted at a drop ratio of nearly 1") // or by chance, once in 400,000 runs
		}
		time.Sleep(999 * time.Millisecond)
		if !refused() {
			t.Error("a probe came before the interval was over")
		}
		time.Sleep(time.Millisecond)
		if refused() {
			t.Error("no probe came when the interval was over")
		}
		if !refused() {
			t.Error("a second probe came at once")
		}
		time.Sleep(10 * time.Minute)
		if refused() {
			t.Error("no probe came after a pause")
		}
		if !refused() {
			t.Error("probes were saved up during a pause")
		}
	})
}

// Calls that were admitted because nothing was to be refused did not count: when
// the ratio rose again a call was forced through, as if none had been for long.
func TestProbeIntervalCountsCallsAdmittedAtRatioZero(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := full(t, sre.Config{})
		ask(b, 1) // opens it
		config := b.Config()
		lenient := config
		lenient.MinRequests = 1e9
		update(t, b, lenient)
		for range 20 {
			time.Sleep(100 * time.Millisecond)
			if b.Allow() != nil {
				t.Fatal("a call was refused at a drop ratio of 0")
			}
		}
		update(t, b, config)
		if s := b.Snapshot(); s.State != circuit.Open {
			t.Fatalf("the breaker is %v: this test proves nothing", s.State)
		}
		if b.Allow() == nil { // by chance, once in 400,000 runs
			t.Error("a call was forced through at the moment at which another was admitted")
		}
	})
}

// A probe is a chance, no promise: when the callee fails it, refusing goes on.
func TestFailedProbesDontEndTheRefusing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(t, sre.Config{MinRequests: 1})
		tr := at(b, 100)
		tr.run(100, circuit.Failure)
		if f := tr.during(time.Minute, circuit.Failure); f.refused < 4000 {
			t.Errorf("only %d of 6000 calls were refused in an outage", f.refused)
		}
		if s := b.Snapshot(); s.State != circuit.Open {
			t.Errorf("in an outage the breaker is %v, want open", s.State)
		}
	})
}
