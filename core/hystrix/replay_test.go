package hystrix_test

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// Percentages are such that the model's division is exact at the threshold.
var modelConfigs = []hystrix.Config{
	{
		ErrorPercentThreshold: 50, RequestVolumeThreshold: 4, Window: s, Buckets: 10,
		SleepWindow: 300 * ms, SleepJitter: -1, Probes: 1, SuccessesToClose: 1, ProbeLifetime: 400 * ms,
	},
	{
		ErrorPercentThreshold: 75, RequestVolumeThreshold: 3, ConsecutiveFailures: 5, Window: s, Buckets: 10,
		SleepWindow: 200 * ms, SleepJitter: -1, MaxSleepWindow: s, Probes: 3, SuccessesToClose: 2, ProbeLifetime: s,
	},
	{
		ErrorPercentThreshold: -1, RequestVolumeThreshold: 1, ConsecutiveFailures: 2, Window: 300 * ms, Buckets: 1,
		SleepWindow: 100 * ms, SleepJitter: -1, MaxSleepWindow: 350 * ms, Probes: 2, SuccessesToClose: 4, ProbeLifetime: 150 * ms,
	},
	{
		ErrorPercentThreshold: 25, RequestVolumeThreshold: 10, ConsecutiveFailures: 20, Window: 3 * s, Buckets: 7,
		SleepWindow: 500 * ms, SleepJitter: -1, Probes: 5, SuccessesToClose: 3, ProbeLifetime: 50 * ms,
	},
	{
		ErrorPercentThreshold: -1, SlowCallDuration: 20 * ms, SlowCallPercentThreshold: 50, RequestVolumeThreshold: 4, Window: s, Buckets: 10,
		SleepWindow: 100 * ms, SleepJitter: -1, MaxSleepWindow: 300 * ms, MaxRetryAfter: 700 * ms, ProbeRatio: 1, Probes: 3, SuccessesToClose: 2, ProbeLifetime: s,
	},
	{
		ErrorPercentThreshold: 50, SlowCallDuration: 5 * ms, SlowCallPercentThreshold: 75, RequestVolumeThreshold: 2, Window: 500 * ms, Buckets: 5,
		SleepWindow: 200 * ms, SleepJitter: -1, MaxRetryAfter: 2 * s, ProbeRatio: 1, Probes: 2, SuccessesToClose: 1, ProbeLifetime: 80 * ms,
	},
}

// replay runs the same history through a breaker and its model: three bytes a
// step, for what to do, on what, and how long to wait before.
func replay(t *testing.T, history []byte) {
	t.Helper()
	history = history[:min(len(history), 3*500)] // the model is slow
	synctest.Test(t, func(t *testing.T) {
		b, m := newBreaker(t, modelConfigs[0]), &model{config: modelConfigs[0]}
		start := time.Now()
		var calls []*call
		for step := 0; len(history) >= 3; step++ {
			op, arg, wait := history[0], int(history[1]), history[2]
			history = history[3:]
			switch {
			case wait < 128: // no time passes
			case wait < 250:
				time.Sleep(time.Duration(wait-128)*ms + time.Duration(arg))
			default:
				time.Sleep(time.Duration(wait-249) * 700 * ms)
			}
			now := time.Since(start)
			switch op % 16 {
			case 0, 1, 2, 3, 4:
				permit, err := b.Acquire()
				c, ok := m.asked(now, false)
				if ok != (err == nil) {
					t.Fatalf("step %d, at %v: Acquire returned %v, want admitted: %v", step, now, err, ok)
				}
				if ok {
					c.permit = permit
					calls = append(calls, c)
				}
			case 5, 6, 7, 8, 9, 10:
				if len(calls) == 0 {
					break
				}
				c := calls[len(calls)-1-arg%min(len(calls), 6)] // ended ones too: their outcome comes twice
				if arg >= 200 {
					c = calls[arg%len(calls)]
				}
				outcome := []circuit.Outcome{circuit.Success, circuit.Success, circuit.Failure, circuit.Failure, circuit.Failure, circuit.Ignored}[op%16-5]
				c.permit.Done(outcome)
				m.ended(now, c, outcome, 0)
			case 11:
				err := b.Allow()
				if _, ok := m.asked(now, true); ok != (err == nil) {
					t.Fatalf("step %d, at %v: Allow returned %v, want admitted: %v", step, now, err, ok)
				}
			case 12, 13:
				b.MarkSuccess()
				m.marked(now, circuit.Success)
			case 14:
				b.MarkFailed()
				m.marked(now, circuit.Failure)
			case 15:
				if arg < 64 {
					c := modelConfigs[arg%len(modelConfigs)]
					update(t, b, c)
					m.update(now, c)
				} else if len(calls) > 0 {
					c := calls[arg%len(calls)]
					asks := time.Duration(arg-63) * 10 * ms
					c.permit.End(circuit.Result{Outcome: circuit.Failure, RetryAfter: asks})
					m.ended(now, c, circuit.Failure, asks)
				}
			}
			got, want := b.Snapshot(), m.shows(now)
			want.Engine = "hystrix"
			got.Since, got.Total, got.Entered = want.Since, want.Total, want.Entered
			if got != want {
				t.Fatalf("step %d, at %v with %+v: the breaker shows\n%+v, want\n%+v", step, now, m.config, got, want)
			}
		}
	})
}

func TestBreakerAgainstModel(t *testing.T) {
	for seed := range uint64(200) {
		src := rand.New(rand.NewPCG(seed, 13))
		history := make([]byte, 3*500)
		for i := range history {
			history[i] = byte(src.Uint32())
		}
		replay(t, history)
	}
}

func FuzzBreaker(f *testing.F) {
	f.Add([]byte("\x0e\x00\x00\x0e\x00\x00\x0e\x00\x00\x0e\x00\x00\x00\x00\xfa\x00\x00\x00\x05\x00\x00"))
	f.Add([]byte("\x0f\x02\x00\x0e\x00\x00\x0e\x00\x00\x0b\x00\xc0\x00\x00\x00\x0c\x00\x00\x05\x00\xf9\x08\x00\x00\x00\x00\xff"))
	f.Fuzz(replay)
}
