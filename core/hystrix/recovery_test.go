package hystrix_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// The bound is that of the package's doc: one sleep window with its jitter (the
// longest, where it grows), and the time of the calls that close the breaker.
// The first of them may come one interval late; each call takes 20 ms.
func TestRecoveryBound(t *testing.T) {
	const latency = 20 * ms
	for _, tt := range []struct {
		name      string
		config    hystrix.Config
		sleep     time.Duration
		successes int
	}{
		{"Default", hystrix.Config{RequestVolumeThreshold: 2}, 5500 * ms, 1},
		{"Growing", hystrix.Config{RequestVolumeThreshold: 2, SleepWindow: s, MaxSleepWindow: 20 * s}, 22 * s, 1},
		{"ManySuccesses", hystrix.Config{RequestVolumeThreshold: 2, SuccessesToClose: 10}, 5500 * ms, 10},
		{"Consecutive", hystrix.Config{ConsecutiveFailures: 5, SleepJitter: 1}, 10 * s, 1},
	} {
		for _, rate := range []float64{0.2, 1, 100, 5000} {
			t.Run(fmt.Sprintf("%s/%vrps", tt.name, rate), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b := newBreaker(t, tt.config)
					interval := time.Duration(float64(s) / rate)
					run := func(n int, o circuit.Outcome) (refused int, last time.Time) {
						for range n {
							time.Sleep(interval)
							p, err := b.Acquire()
							if err != nil {
								refused++
								last = time.Now()
								continue
							}
							time.AfterFunc(latency, func() { p.Done(o) })
						}
						return refused, last
					}
					run(5, circuit.Success)
					// Long enough to bring the growth to its cap.
					if refused, _ := run(max(100, int(100*rate)), circuit.Failure); refused == 0 {
						t.Fatal("the outage had no call refused")
					}
					time.Sleep(latency) // its last call has failed
					healthy := time.Now()
					bound := tt.sleep + time.Duration(tt.successes)*(interval+latency) + interval
					_, last := run(int(bound.Seconds()*rate)+500, circuit.Success)
					if took := last.Sub(healthy); took > bound {
						t.Errorf("a call was refused %v after the outage, want none after %v", took, bound)
					}
					if state := b.Snapshot().State; state != circuit.Closed {
						t.Errorf("in the end the breaker is %v, want closed", state)
					}
				})
			})
		}
	}
}

// Nobody needs to call for the time to pass: the next call is the probe.
func TestRecoveryWithoutTraffic(t *testing.T) {
	timeline(t, hystrix.Config{}, []step{{0, "20f x", open}, {24 * time.Hour, "s 100s", closed}})
}
