package hystrix_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// seen is a rule that writes down what it sees, and does what it is told.
type seen struct {
	mu   sync.Mutex
	log  []string
	want circuit.State // where it isn't the state that it gets, and armed
	arm  bool
}

func (r *seen) See(s circuit.State, res circuit.Result) circuit.State {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log = append(r.log, fmt.Sprintf("%v: %v, %v, %v", s, res.Outcome, res.Kind, res.Duration))
	if r.arm {
		r.arm = false
		return r.want
	}
	return s
}

// next has the rule return that state once.
func (r *seen) next(s circuit.State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.want, r.arm = s, true
}

func (r *seen) take() (log []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	log, r.log = r.log, nil
	return log
}

func ruled(t *testing.T, c hystrix.Config, opts ...hystrix.Option) *hystrix.Breaker {
	t.Helper()
	b, err := hystrix.New(c, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func same(r hystrix.Rule) func() hystrix.Rule { return func() hystrix.Rule { return r } }

func acquire(t *testing.T, b *hystrix.Breaker) circuit.Permit {
	t.Helper()
	p, err := b.Acquire()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRulesSeeEveryResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opening, closing := new(seen), new(seen)
		b := ruled(t, hystrix.Config{ErrorPercentThreshold: -1, SleepWindow: time.Hour, Probes: 10},
			hystrix.WithOpenRule(same(opening)), hystrix.WithCloseRule(same(closing)))
		for _, r := range []circuit.Result{
			{},
			{Outcome: circuit.Failure},
			{Outcome: circuit.Overload},
			{Outcome: circuit.Failure, Kind: circuit.KindTimeout},
			{Outcome: circuit.Ignored, Kind: circuit.KindBadRequest},
			{Outcome: circuit.Ignored, Kind: circuit.KindInterrupt},
			{Outcome: circuit.Failure, Duration: 7 * ms}, // what the caller measured
		} {
			p := acquire(t, b)
			time.Sleep(20 * ms)
			p.End(r)
		}
		rejected := acquire(t, b)
		time.Sleep(ms)
		rejected.End(circuit.Result{Outcome: circuit.Ignored, Kind: circuit.KindConcurrencyReject})
		b.MarkSuccess()
		opening.next(open)
		b.MarkFailed()
		if b.Allow() == nil {
			t.Error("admitted while open")
		}
		if _, err := b.Acquire(); err == nil {
			t.Error("admitted while open")
		}
		closing.next(halfOpen)
		_ = b.Allow() // this one is refused, and ends the sleep window
		p := acquire(t, b)
		time.Sleep(30 * ms)
		p.Failure() // which opens nothing here
		closing.next(closed)
		acquire(t, b).Success()
		acquire(t, b).Success()

		want := []string{
			"closed: success, plain, 20ms", "closed: failure, plain, 20ms", "closed: overload, plain, 20ms", "closed: failure, timeout, 20ms",
			"closed: ignored, bad request, 20ms", "closed: ignored, interrupt, 20ms", "closed: failure, plain, 7ms",
			"closed: ignored, concurrency reject, 0s",
			"closed: success, plain, 0s", "closed: failure, plain, 0s",
			"closed: success, plain, 0s",
		}
		if got := opening.take(); !slices.Equal(got, want) {
			t.Errorf("the open rule saw\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		want = []string{
			"open: ignored, short circuit, 0s", "open: ignored, short circuit, 0s", "open: ignored, short circuit, 0s",
			"half-open: failure, plain, 30ms", "half-open: success, plain, 0s",
		}
		if got := closing.take(); !slices.Equal(got, want) {
			t.Errorf("the close rule saw\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if got := b.Snapshot().Entered; got != (circuit.Entries{Closed: 1, HalfOpen: 1, Open: 1}) {
			t.Errorf("states were entered %+v times, want each once", got)
		}
	})
}

// named is a rule that says why.
type named struct{ hystrix.RuleFunc }

func (named) String() string { return "full moon" }

func TestReasonsOfRules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := func(s circuit.State) hystrix.RuleFunc {
			return func(circuit.State, circuit.Result) circuit.State { return s }
		}
		stay := hystrix.RuleFunc(func(s circuit.State, _ circuit.Result) circuit.State { return s })
		b := ruled(t, hystrix.Config{},
			hystrix.WithOpenRule(same(stay)), hystrix.WithOpenRule(same(named{to(halfOpen)})), hystrix.WithOpenRule(same(to(open))),
			hystrix.WithCloseRule(same(to(closed))))
		var got []string
		b.Observe(func(e circuit.Event) { got = append(got, fmt.Sprintf("%v: %s", e.To, e.Reason)) })
		b.MarkSuccess()
		_ = b.Allow()
		nameless := ruled(t, hystrix.Config{}, hystrix.WithOpenRule(same(to(open))))
		nameless.Observe(func(e circuit.Event) { got = append(got, fmt.Sprintf("%v: %s", e.To, e.Reason)) })
		nameless.MarkSuccess()
		if want := []string{"open: full moon", "closed: close rule", "open: open rule"}; !slices.Equal(got, want) {
			t.Errorf("the changes were %q, want %q", got, want)
		}
	})
}

// Each period has a rule of its own, from opening to closing for a close rule, and what
// was admitted before it reaches nobody.
func TestARuleForEachPeriod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var opening, closing []*seen
		b := ruled(t, hystrix.Config{ConsecutiveFailures: 1, SleepJitter: -1, Probes: 10},
			hystrix.WithOpenRule(func() hystrix.Rule { opening = append(opening, new(seen)); return opening[len(opening)-1] }),
			hystrix.WithCloseRule(func() hystrix.Rule { closing = append(closing, new(seen)); return closing[len(closing)-1] }))
		early := acquire(t, b)
		acquire(t, b).Failure()
		early.Failure() // old news
		_ = b.Allow()
		time.Sleep(5 * s)
		probe, lateProbe := acquire(t, b), acquire(t, b)
		early.Failure()
		closing[0].next(open)
		probe.Failure() // the second period of being open
		lateProbe.Success()
		_ = b.Allow()
		time.Sleep(5 * s)
		probe = acquire(t, b)
		closing[1].next(closed)
		probe.Success()
		early.Failure()
		lateProbe.Failure()
		acquire(t, b).Success()

		for i, tt := range []struct {
			rules []*seen
			want  [][]string
		}{
			{opening, [][]string{{"closed: failure, plain, 0s"}, {"closed: success, plain, 0s"}}},
			{closing, [][]string{
				{"open: ignored, short circuit, 0s", "half-open: failure, plain, 0s"},
				{"open: ignored, short circuit, 0s", "half-open: success, plain, 0s"},
			}},
		} {
			var got [][]string
			for _, r := range tt.rules {
				got = append(got, r.take())
			}
			if fmt.Sprint(got) != fmt.Sprint(tt.want) {
				t.Errorf("kind %d: the rules saw\n%v, want\n%v", i, got, tt.want)
			}
		}
		if got := b.Snapshot(); got.State != closed || got.Total.Failures != 6 {
			t.Errorf("%v with %d failures, want closed with 6", got.State, got.Total.Failures)
		}
	})
}

func TestRulesAndModes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opening, closing := new(seen), new(seen)
		b := ruled(t, hystrix.Config{ConsecutiveFailures: 1, SleepJitter: -1}, hystrix.WithOpenRule(same(opening)), hystrix.WithCloseRule(same(closing)))
		set := func(m circuit.Mode) {
			t.Helper()
			if err := b.SetMode(m); err != nil {
				t.Fatal(err)
			}
		}
		set(circuit.ForceOpen)
		_ = b.Allow()
		b.MarkFailed()
		set(circuit.ForceClose)
		opening.next(open)
		acquire(t, b).Failure()
		if got := append(opening.take(), closing.take()...); len(got) > 0 {
			t.Errorf("in modes that force the state, the rules saw %q", got)
		}
		opening.arm = false

		set(circuit.Observe)
		acquire(t, b).Failure()
		acquire(t, b).Success() // would be refused
		if err := b.Allow(); err != nil {
			t.Errorf("in mode Observe: %v", err)
		}
		b.MarkSuccess()
		if got, want := closing.take(), slices.Repeat([]string{"open: ignored, short circuit, 0s"}, 2); !slices.Equal(got, want) {
			t.Errorf("the close rule saw %q, want %q", got, want)
		}
		if got := b.Snapshot(); got.State != open || got.Total.WouldRefuse != 2 {
			t.Errorf("%v, would have refused %d; want open, 2", got.State, got.Total.WouldRefuse)
		}
	})
}

// A call may end in many goroutines at once, and the rules say open all at once.
func TestRulesFromManyGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var failures, opened atomic.Int64
		b := ruled(t, hystrix.Config{ErrorPercentThreshold: -1, SleepWindow: ms, SleepJitter: -1, Probes: 1000}, hystrix.WithOpenRule(func() hystrix.Rule {
			var n atomic.Int64
			return hystrix.RuleFunc(func(s circuit.State, r circuit.Result) circuit.State {
				if r.Outcome == circuit.Failure {
					failures.Add(1)
					if n.Add(1) >= 5 {
						return open
					}
				}
				return s
			})
		}))
		b.Observe(func(e circuit.Event) {
			if e.To == open {
				opened.Add(1)
			}
			if e.From == e.To {
				t.Errorf("from %v to %v", e.From, e.To)
			}
		})
		var all sync.WaitGroup
		var admitted atomic.Int64
		for i := range 8 {
			all.Go(func() {
				for j := range 500 {
					time.Sleep(time.Duration(i*j%7) * 100 * time.Microsecond)
					p, err := b.Acquire()
					if err != nil {
						continue
					}
					admitted.Add(1)
					time.Sleep(time.Duration(i) * 100 * time.Microsecond)
					p.Done(circuit.Outcome(j % 2))
				}
			})
		}
		all.Wait()
		total := b.Snapshot().Total
		if int64(total.Successes+total.Failures) != admitted.Load() {
			t.Errorf("%d calls were admitted, and %+v counted", admitted.Load(), total)
		}
		if n := opened.Load(); n < 10 || n > failures.Load() {
			t.Errorf("opened %d times by %d failures", n, failures.Load())
		}
	})
}

func TestPanicInARuleReachesTheCaller(t *testing.T) {
	b := ruled(t, hystrix.Config{}, hystrix.WithOpenRule(same(hystrix.RuleFunc(func(circuit.State, circuit.Result) circuit.State { panic("rule") }))))
	func() {
		defer func() {
			if got := recover(); got != "rule" {
				t.Errorf("recovered %v", got)
			}
		}()
		acquire(t, b).Success()
	}()
	if got := b.Snapshot().Total; got != (circuit.Counts{Successes: 1}) { // and nothing is locked
		t.Errorf("counts %+v, want one success", got)
	}
}

func TestConfigWithoutRulesNeedsOne(t *testing.T) {
	none := hystrix.Config{ErrorPercentThreshold: -1}
	if _, err := hystrix.New(none, hystrix.WithOpenRule(nil), nil, hystrix.WithCloseRule(nil)); err == nil {
		t.Error("New accepts a breaker that can't open")
	}
	b := ruled(t, none, hystrix.WithOpenRule(same(new(seen))))
	if err := b.Update(none); err != nil {
		t.Error(err)
	}
	var field *circuit.FieldError
	if err := b.Update(hystrix.Config{Probes: -1}); !errors.As(err, &field) || field.Field != "Probes" {
		t.Errorf("Update returned %v", err)
	}
}

// What options cost: an allocation for each call, and none without them.
func TestAllocsOfRules(t *testing.T) {
	stay := hystrix.RuleFunc(func(s circuit.State, _ circuit.Result) circuit.State { return s })
	for _, tt := range []struct {
		opts []hystrix.Option
		want float64
	}{
		{nil, 0},
		{[]hystrix.Option{hystrix.WithOpenRule(same(stay))}, 1},
	} {
		b := ruled(t, hystrix.Config{}, tt.opts...)
		got := testing.AllocsPerRun(1000, func() { p, _ := b.Acquire(); p.Success() })
		if got != tt.want {
			t.Errorf("with %d options a call allocates %v times, want %v", len(tt.opts), got, tt.want)
		}
	}
}

// A rule that takes its time says open of a period that has ended meanwhile.
func TestLateVerdictCountsForNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ruled(t, hystrix.Config{ConsecutiveFailures: 1, SleepJitter: -1}, hystrix.WithOpenRule(same(hystrix.RuleFunc(func(s circuit.State, r circuit.Result) circuit.State {
			if r.Outcome == circuit.Success {
				time.Sleep(2 * time.Second)
				return open
			}
			return s
		}))))
		go func() { acquire(t, b).Success() }()
		time.Sleep(time.Second)
		b.MarkFailed()
		time.Sleep(3 * time.Second)
		if got := b.Snapshot(); got.Entered.Open != 1 || got.RetryAfter != 2*time.Second {
			t.Errorf("opened %d times, for another %v; want once, 2s", got.Entered.Open, got.RetryAfter)
		}
	})
}
