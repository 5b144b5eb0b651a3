package hystrix_test

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

func TestSlowCalls(t *testing.T) {
	slowly := hystrix.Config{SlowCallDuration: 100 * ms, RequestVolumeThreshold: 4}
	alone := slowly
	alone.ErrorPercentThreshold = -1
	all := slowly
	all.SlowCallPercentThreshold = 100
	for _, tt := range []struct {
		name   string
		config hystrix.Config
		steps  []step
	}{
		{"half of them open", slowly, []step{{0, "2s a b", closed}, {100 * ms, "A", closed}, {100 * ms, "B", open}}},
		{"a step less is fast", slowly, []step{{0, "2s a b", closed}, {100*ms - 10*time.Microsecond, "A B", closed}}},
		{"below the volume threshold", slowly, []step{{0, "s a b", closed}, {100 * ms, "A B", closed}, {100 * ms, "s", open}}},
		{"below the share", slowly, []step{{0, "3s a b", closed}, {100 * ms, "A B", closed}}},
		{"failures may be slow", alone, []step{{0, "2s a b", closed}, {s, "~A ~B", open}}},
		{"ignored calls are not", slowly, []step{{0, "2s a b", closed}, {s, "=A =B", closed}}},
		{"calls by Allow are not timed", slowly, []step{{0, "4?", closed}, {s, "4+", closed}}},
		{"as share of all", all, []step{{0, "a b c d", closed}, {s, "A B C", closed}, {s, "D", open}}},
		{"leave the window", slowly, []step{{0, "a b c", closed}, {s, "A B C", closed}, {11 * s, "20s", closed}}},
		{"a fast probe closes", slowly, []step{{0, "4f", open}, {5 * s, "a", halfOpen}, {5*s + 99*ms, "A", closed}}},
		{"a slow probe opens", slowly, []step{{0, "4f", open}, {5 * s, "a", halfOpen}, {5*s + 100*ms, "A", open}}},
		{"of hours", slowly, []step{{0, "2s a b", closed}, {11 * time.Hour, "2s", closed}, {11 * time.Hour, "A B", open}}},
	} {
		t.Run(tt.name, func(t *testing.T) { timeline(t, tt.config, tt.steps) })
	}
}

// The 32 bits of a permit go around every twelve hours, and nothing comes of it.
func TestTimingGoesAround(t *testing.T) {
	const around = 10 * time.Microsecond << 32
	timeline(t, hystrix.Config{SlowCallDuration: 100 * ms, RequestVolumeThreshold: 2}, []step{
		{around - 50*ms, "2s a b", closed},
		{around, "2s A B", closed},
		{2*around - ms, "2s a b c", closed},
		{2*around + 99*ms, "A B C", open},
	})
}

// However the times lie between steps of 10 µs, no call seems longer than it is, nor
// shorter by a step.
func TestPrecisionOfTiming(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := rand.New(rand.NewPCG(1, 2))
		b := newBreaker(t, hystrix.Config{SlowCallDuration: ms, SlowCallPercentThreshold: 100, RequestVolumeThreshold: 1, Window: 10 * ms, Buckets: 1, SleepWindow: ms, SleepJitter: -1})
		slows := 0
		for range 5000 {
			time.Sleep(time.Duration(src.IntN(50_000)))
			took := ms + time.Duration(src.IntN(30_000)-15_000)
			p, err := b.Acquire()
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(took)
			p.Success()
			switch slow := b.Snapshot().State == open; {
			case slow && took < ms:
				t.Fatalf("a call of %v counts as one of %v", took, ms)
			case !slow && took >= ms+10*time.Microsecond:
				t.Fatalf("a call of %v counts as one below %v", took, ms)
			case slow:
				slows++
				time.Sleep(ms)
				probe, err := b.Acquire()
				if err != nil {
					t.Fatal(err)
				}
				probe.Success()
			}
			time.Sleep(20 * ms) // the window is empty
		}
		if slows < 1000 {
			t.Errorf("%d calls were slow: this proves little", slows)
		}
	})
}

func TestTimingIsSwitchedByUpdate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		off := hystrix.Config{RequestVolumeThreshold: 4, SleepJitter: -1}
		on := off
		on.SlowCallDuration = 100 * ms
		l := begin(t, off)
		l.run(t, []step{{0, "2s a b", closed}})
		update(t, l.b, on)
		l.run(t, []step{{s, "A B", closed}, {s, "a b", closed}, {2 * s, "A", closed}}) // a and b at first were not timed
		if got := l.b.Snapshot().SlowCalls; got != 1 {
			t.Errorf("%d calls were slow, want 1", got)
		}
		update(t, l.b, off)
		l.run(t, []step{{3 * s, "B 9s", closed}})
	})
}

// What the callee asks for is the open time.
func TestWhatTheCalleeAsksFor(t *testing.T) {
	told := hystrix.Config{ConsecutiveFailures: 1, MaxRetryAfter: 10 * s, SleepJitter: -1}
	untold := told
	untold.MaxRetryAfter = 0
	jittered := told
	jittered.SleepJitter = .5
	growing := told
	growing.MaxSleepWindow = 40 * s
	asks := func(d time.Duration) circuit.Result {
		return circuit.Result{Outcome: circuit.Failure, RetryAfter: d}
	}
	for _, tt := range []struct {
		name    string
		config  hystrix.Config
		results []circuit.Result // one a second
		want    time.Duration
	}{
		{"as asked", told, []circuit.Result{asks(s)}, s},
		{"longer than the sleep window", told, []circuit.Result{asks(7 * s)}, 7 * s},
		{"up to the bound", told, []circuit.Result{asks(time.Hour)}, 10 * s},
		{"nothing is asked", told, []circuit.Result{asks(0)}, 5 * s},
		{"a negative time", told, []circuit.Result{asks(-s)}, 5 * s},
		{"not by default", untold, []circuit.Result{asks(s)}, 5 * s},
		{"an overload", told, []circuit.Result{{Outcome: circuit.Overload, RetryAfter: 2 * s}}, 2 * s},
		{"not with a success", told, []circuit.Result{{RetryAfter: s}, asks(0)}, 5 * s},
		{"not with an ignored call", told, []circuit.Result{{Outcome: circuit.Ignored, RetryAfter: s}, asks(0)}, 5 * s},
		{"what is left of an earlier one", hystrix.Config{ConsecutiveFailures: 2, MaxRetryAfter: 10 * s, SleepJitter: -1}, []circuit.Result{asks(4 * s), asks(0)}, 3 * s},
		{"nothing is left", hystrix.Config{ConsecutiveFailures: 2, MaxRetryAfter: 10 * s, SleepJitter: -1}, []circuit.Result{asks(s), asks(0)}, 5 * s},
		{"the last one counts", hystrix.Config{ConsecutiveFailures: 2, MaxRetryAfter: 10 * s, SleepJitter: -1}, []circuit.Result{asks(9 * s), asks(s)}, s},
		{"a success takes it back", hystrix.Config{ConsecutiveFailures: 2, MaxRetryAfter: 10 * s, SleepJitter: -1}, []circuit.Result{asks(9 * s), {}, asks(0), asks(0)}, 5 * s},
		{"without growth", growing, []circuit.Result{asks(s)}, s},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBreaker(t, tt.config)
				for i, r := range tt.results {
					if i > 0 {
						time.Sleep(s)
					}
					p, err := b.Acquire()
					if err != nil {
						t.Fatalf("call %d: %v", i+1, err)
					}
					p.End(r)
				}
				got := b.Snapshot()
				if got.State != open || got.RetryAfter != tt.want {
					t.Fatalf("%v for %v, want open for %v", got.State, got.RetryAfter, tt.want)
				}
				time.Sleep(tt.want - 1)
				if err := b.Allow(); err == nil {
					t.Error("admits a nanosecond before that time is over")
				}
				time.Sleep(time.Nanosecond)
				if err := b.Allow(); err != nil {
					t.Errorf("refuses when that time is over: %v", err)
				}
			})
		})
	}
	t.Run("stretched by jitter, never shortened", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			least, most := time.Hour, time.Duration(0)
			for range 1000 {
				b := newBreaker(t, jittered)
				p, _ := b.Acquire()
				p.End(asks(2 * s))
				after := b.Snapshot().RetryAfter
				least, most = min(least, after), max(most, after)
			}
			if least < 2*s || least > 2*s+20*ms || most > 3*s || most < 3*s-20*ms {
				t.Errorf("open for %v to %v, want 2 s to 3 s", least, most)
			}
		})
	})
	t.Run("a failed probe asks again", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := newBreaker(t, told)
			for _, d := range []time.Duration{s, 3 * s, 2 * s} {
				p, err := b.Acquire()
				if err != nil {
					t.Fatal(err)
				}
				p.End(asks(d))
				if got := b.Snapshot().RetryAfter; got != d {
					t.Errorf("open for %v, want %v", got, d)
				}
				time.Sleep(d)
			}
		})
	})
	t.Run("a success takes it back, though the law hears of it later", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := newBreaker(t, hystrix.Config{ConsecutiveFailures: 2, MaxRetryAfter: 10 * s, SleepJitter: -1})
			for _, r := range []circuit.Result{asks(9 * s), {}, {}, {}, asks(0), asks(0)} {
				p, _ := b.Acquire()
				p.End(r)
			}
			if got := b.Snapshot().RetryAfter; got != 5*s {
				t.Errorf("open for %v, want 5 s", got)
			}
		})
	})
	t.Run("a mode takes it back", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := newBreaker(t, hystrix.Config{ConsecutiveFailures: 2, MaxRetryAfter: 10 * s, SleepJitter: -1})
			p, _ := b.Acquire()
			p.End(asks(9 * s))
			for _, m := range []circuit.Mode{circuit.ForceClose, circuit.Auto} {
				if err := b.SetMode(m); err != nil {
					t.Fatal(err)
				}
			}
			b.MarkFailed()
			b.MarkFailed()
			if got := b.Snapshot().RetryAfter; got != 5*s {
				t.Errorf("open for %v, want 5 s", got)
			}
		})
	})
	t.Run("holds for one opening", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := hystrix.Config{ConsecutiveFailures: 2, MaxRetryAfter: time.Minute, SleepJitter: -1}
			b := newBreaker(t, c)
			p, _ := b.Acquire()
			p.End(asks(time.Minute))
			c.MaxRetryAfter = s
			update(t, b, c)
			for _, want := range []time.Duration{s, 5 * s} {
				b.MarkFailed()
				if got := b.Snapshot().RetryAfter; got != want {
					t.Errorf("open for %v, want %v", got, want)
				}
				time.Sleep(want)
				if err := b.Allow(); err != nil {
					t.Error(err)
				}
			}
		})
	})
	t.Run("old news asks nothing", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := newBreaker(t, told)
			late, _ := b.Acquire()
			b.MarkFailed()
			late.End(asks(9 * s))
			if got := b.Snapshot().RetryAfter; got != 5*s {
				t.Errorf("open for %v, want 5 s", got)
			}
			time.Sleep(5 * s)
			p, _ := b.Acquire()
			late.End(asks(9 * s))
			p.Failure()
			if got := b.Snapshot().RetryAfter; got != 5*s {
				t.Errorf("open again for %v, want 5 s", got)
			}
		})
	})
}
