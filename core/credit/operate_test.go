package credit_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
)

// do makes n calls that must be admitted.
func do(t *testing.T, b *credit.Breaker, n int, o circuit.Outcome) {
	t.Helper()
	for i := range n {
		p, err := b.Acquire()
		if err != nil {
			t.Fatalf("call %d of %d: %v", i+1, n, err)
		}
		p.Done(o)
	}
}

// probe makes calls until one is admitted.
func probe(t *testing.T, b *credit.Breaker) (p circuit.Permit, refused int) {
	t.Helper()
	for refused < 10_000 {
		p, err := b.Acquire()
		if err == nil {
			return p, refused
		}
		refused++
	}
	t.Fatal("of 10000 calls none was a probe")
	return p, refused
}

func TestEvents(t *testing.T) {
	type change struct {
		at     time.Duration
		from   circuit.State
		to     circuit.State
		reason string
		window circuit.Counts // just before
	}
	synctest.Test(t, func(t *testing.T) {
		b := diced(t, credit.Config{}, rand.New(rand.NewPCG(1, 81)))
		start := time.Now()
		var got []change
		b.Observe(func(e circuit.Event) {
			got = append(got, change{e.At.Sub(start), e.From, e.To, e.Reason, e.Before.Window})
		})
		do(t, b, 20, circuit.Success)
		do(t, b, 8, circuit.Failure)
		time.Sleep(s)
		p, refused := probe(t, b) // the second call after a trip
		p.Success()
		do(t, b, 6, circuit.Success) // a credit of 8 closes it after an outage

		time.Sleep(10 * s)
		for range 5 {
			time.Sleep(s)
			do(t, b, 1, circuit.Failure)
		}
		_ = b.SetMode(circuit.ForceOpen)
		_ = b.SetMode(circuit.Auto)
		time.Sleep(4 * s)
		do(t, b, 8, circuit.Overload)
		_ = b.SetMode(circuit.ForceClose)
		want := []change{
			{0, closed, open, "too many failures", circuit.Counts{Successes: 20, Failures: 8}},
			{s, open, closed, "calls paid for", circuit.Counts{Successes: 7, Refused: uint64(refused)}},
			{16 * s, closed, open, "consecutive failures", circuit.Counts{Failures: 5}},
			{16 * s, open, closed, "mode auto", circuit.Counts{}},
			{20 * s, closed, open, "too many overloads", circuit.Counts{Failures: 8}},
			{20 * s, open, closed, "mode force-close", circuit.Counts{}},
		}
		if !slices.Equal(got, want) {
			t.Errorf("the changes were\n%+v, want\n%+v", got, want)
		}
	})
}

// The account, at each step of an outage and its end.
func TestSnapshot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := diced(t, credit.Config{}, rand.New(rand.NewPCG(1, 82)))
		start := time.Now()
		shows := func(want circuit.Snapshot) {
			t.Helper()
			got := b.Snapshot()
			got.Total, got.Entered = circuit.Counts{}, circuit.Entries{}
			want.Engine, want.Since = "credit", got.Since
			if got != want {
				t.Errorf("the snapshot is\n%+v, want\n%+v", got, want)
			}
		}
		do(t, b, 3, circuit.Failure)
		shows(circuit.Snapshot{Window: circuit.Counts{Failures: 3}, Deficit: 3})
		do(t, b, 1, circuit.Success)
		shows(circuit.Snapshot{Window: circuit.Counts{Failures: 3, Successes: 1}, Deficit: 2})
		time.Sleep(s)
		do(t, b, 6, circuit.Failure)
		if got := b.Snapshot().Since; !got.Equal(start.Add(s)) {
			t.Errorf("it is open since %v, want 1s after %v", got, start)
		}
		want := circuit.Snapshot{State: open, DropRatio: 1, RetryAfter: 5 * s, NextProbe: b.Snapshot().NextProbe}
		shows(want)
		time.Sleep(2 * s)
		want.RetryAfter = 3 * s
		shows(want)
		p, refused := probe(t, b)
		want.Window.Refused, want.RetryAfter, want.Probes = uint64(refused), 5*s, 1
		want.NextProbe = b.Snapshot().NextProbe
		shows(want)
		p.Success()
		want.Window.Successes, want.RetryAfter, want.Probes, want.Credit, want.DropRatio = 1, 0, 0, 2, 0
		shows(want)
		q, err := b.Acquire()
		if err != nil {
			t.Fatal(err)
		}
		want.Credit = 1
		shows(want)
		q.Success()
		want.Window.Successes, want.Credit = 2, 3
		shows(want)
		do(t, b, 5, circuit.Success)
		shows(circuit.Snapshot{})
	})
}

// Failures are forgotten when none came for a minute, so that an idle breaker is as
// new.
func TestFailuresLapse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(t, credit.Config{ConsecutiveFailures: -1})
		do(t, b, 4, circuit.Failure)
		time.Sleep(time.Minute - 1)
		do(t, b, 3, circuit.Failure)
		time.Sleep(time.Minute - 1)
		if got := b.Snapshot(); got.Deficit != 7 {
			t.Errorf("after a bit less than a minute the deficit is %v, want 7", got.Deficit)
		}
		time.Sleep(time.Nanosecond)
		if got := b.Snapshot(); got.Deficit != 0 || got.Window != (circuit.Counts{}) {
			t.Errorf("after a minute it is %+v, want no deficit and an empty window", got)
		}
		do(t, b, 7, circuit.Failure)
		if got := b.Snapshot(); got.State != closed || got.Deficit != 7 {
			t.Errorf("after 7 more failures it is %+v, want closed with a deficit of 7", got)
		}
		do(t, b, 1, circuit.Failure)
		if got := b.Snapshot(); got.State != open {
			t.Errorf("after 8 failures it is %v, want open", got.State)
		}
	})
}

func TestObserveCountsWhatWouldBeRefused(t *testing.T) {
	b := diced(t, credit.Config{}, rand.New(rand.NewPCG(1, 83)))
	if err := b.SetMode(circuit.Observe); err != nil {
		t.Fatal(err)
	}
	var events int
	b.Observe(func(circuit.Event) { events++ })
	do(t, b, 1000, circuit.Failure)
	got := b.Snapshot()
	probes := 1000 - 8 - int(got.Total.WouldRefuse)
	if got.State != open || events != 1 || got.Total.Refused != 0 || got.Total.Failures != 1000 || probes < 20 || probes > 50 {
		t.Errorf("after 1000 failures: %+v, want open, nothing refused and some 35 probes", got)
	}
	if got.Window.Refused != got.Total.WouldRefuse || int(got.Window.Failures) != probes {
		t.Errorf("the window is %+v, want %d refusals, and the failures of %d probes", got.Window, got.Total.WouldRefuse, probes)
	}
	// What would have been refused earns nothing.
	for b.Snapshot().State == open {
		p, err := b.Acquire()
		if err != nil {
			t.Fatal(err)
		}
		before := b.Snapshot()
		p.Success()
		after := b.Snapshot()
		if before.Probes == 0 && before.Credit == 0 && after.Credit > 0 && after.State == open && before.Window.Successes == after.Window.Successes {
			t.Fatalf("a call that would have been refused earned %v", after.Credit)
		}
	}
	if events != 2 {
		t.Errorf("observers heard of %d changes, want 2", events)
	}
}

func TestModesStartAfresh(t *testing.T) {
	for _, m := range []circuit.Mode{circuit.ForceOpen, circuit.ForceClose} {
		b := tripped(t, credit.Config{}, rand.New(rand.NewPCG(1, 84)))
		late, _ := probe(t, b)
		if err := b.SetMode(m); err != nil {
			t.Fatal(err)
		}
		for range 100 {
			if p, err := b.Acquire(); (err == nil) != (m == circuit.ForceClose) {
				t.Fatalf("mode %v: Acquire = %v", m, err)
			} else if err == nil {
				p.Failure()
			}
		}
		if err := b.SetMode(circuit.Auto); err != nil {
			t.Fatal(err)
		}
		late.Failure()
		if got := b.Snapshot(); got.State != closed || got.Window != (circuit.Counts{}) || got.Deficit != 0 {
			t.Errorf("after mode %v it is %+v, want a fresh breaker", m, got)
		}
		do(t, b, 7, circuit.Failure)
		do(t, b, 7, circuit.Success)
		if got := b.Snapshot(); got.State != closed || got.Deficit != 0 {
			t.Errorf("after mode %v, and 7 failures and as many successes: %+v, want closed", m, got)
		}
	}
}

// New settings hold from the next call on, and change nothing that was.
func TestUpdateWhileClosed(t *testing.T) {
	b := newBreaker(t, credit.Config{})
	do(t, b, 6, circuit.Failure)
	before := b.Snapshot()
	update(t, b, credit.Config{Depth: 3})
	if after := b.Snapshot(); after != before {
		t.Errorf("Update turned %+v into %+v", before, after)
	}
	update(t, b, credit.Config{Threshold: 0.75, Depth: 20}) // a success is worth 3 now
	do(t, b, 1, circuit.Success)
	if got := b.Snapshot(); got.Deficit != 3 {
		t.Errorf("the deficit is %v, want 3", got.Deficit)
	}
	do(t, b, 16, circuit.Failure)
	if got := b.Snapshot(); got.State != closed || got.Deficit != 19 {
		t.Errorf("below the new depth of 20 it is %+v, want closed with a deficit of 19", got)
	}
	do(t, b, 1, circuit.Failure)
	if got := b.Snapshot(); got.State != open {
		t.Errorf("at the new depth it is %v, want open", got.State)
	}
}

// Where every other result that follows a success is a failure the depth is above its
// least; the settings' Depth and Threshold are its measure, so it is measured anew.
func TestUpdateMeasuresTheDepthAnew(t *testing.T) {
	opens := func(then ...credit.Config) int {
		b := newBreaker(t, credit.Config{})
		for range 300 {
			do(t, b, 1, circuit.Failure)
			do(t, b, 2, circuit.Success)
		}
		for _, c := range then {
			update(t, b, c)
		}
		return opensAfter(t, b, 0, circuit.Failure)
	}
	for _, tt := range []struct {
		config credit.Config
		want   int
	}{
		{credit.Config{}, 20}, // 2.5 times the least, as the share is the threshold
		{credit.Config{Depth: 2}, 5},
		{credit.Config{Depth: 40}, 100},
		{credit.Config{Threshold: 0.9}, 15}, // 10/ln 2, and the failure that gets there
		{credit.Config{Threshold: 0.3}, 20},
	} {
		if got := opens(tt.config); got != tt.want {
			t.Errorf("after Update to %+v it opened after %d failures, want %d", tt.config, got, tt.want)
		}
		if got := opens(tt.config, credit.Config{}); got != 20 {
			t.Errorf("after Update to %+v and back it opened after %d failures, want 20", tt.config, got)
		}
	}
}

func TestUpdateWhileOpen(t *testing.T) {
	b := tripped(t, credit.Config{}, rand.New(rand.NewPCG(1, 85)))
	p, _ := probe(t, b)
	p.Success()
	probes := [3]circuit.Permit{}
	for i := range probes {
		do(t, b, 1, circuit.Failure) // spends
		do(t, b, 1, circuit.Failure)
		probes[i], _ = probe(t, b)
		probes[i].Success()
	}
	before := b.Snapshot()
	if before.State != open || before.Credit != 2 {
		t.Fatalf("it is %+v, want open with a credit of 2", before)
	}
	update(t, b, credit.Config{Threshold: 0.75, Purse: 20, Probes: 1, ProbeInterval: time.Minute})
	if after := b.Snapshot(); after != before {
		t.Errorf("Update turned %+v into %+v", before, after)
	}
	do(t, b, 1, circuit.Success)
	if got := b.Snapshot(); got.State != open || got.Credit != 5 {
		t.Errorf("a success that pays for 4 calls now makes it %+v, want a credit of 5", got)
	}
	do(t, b, 1, circuit.Success)
	if got := b.Snapshot(); got.State != open || got.Credit != 8 {
		t.Errorf("with a purse of 20 it is %+v, want open with 8", got)
	}
	do(t, b, 8, circuit.Failure)
	for range 1000 {
		_ = b.Allow()
	}
	if got := b.Snapshot(); got.Probes != 1 || got.RetryAfter <= 5*s {
		t.Errorf("with one probe a minute it is %+v", got)
	}
	b.MarkSuccess()
	before = b.Snapshot()
	update(t, b, credit.Config{Purse: 2})
	after := b.Snapshot()
	if after.DropRatio = before.DropRatio; after != before {
		t.Errorf("Update turned %+v into %+v", before, after)
	}
	do(t, b, 1, circuit.Success)
	if got := b.Snapshot(); got.State != closed {
		t.Errorf("with more than the new purse it is %+v after a success, want closed", got)
	}
}

func TestUpdateOfWrongSettingsChangesNothing(t *testing.T) {
	b := tripped(t, credit.Config{Purse: 30}, rand.New(rand.NewPCG(1, 86)))
	before, config := b.Snapshot(), b.Config()
	for _, c := range []credit.Config{{Threshold: math.NaN()}, {Purse: 1, Depth: 2}, {Gain: 5}, {Probes: -1}} {
		var field *circuit.FieldError
		if err := b.Update(c); !errors.As(err, &field) {
			t.Errorf("Update(%+v) = %v, want a FieldError", c, err)
		}
	}
	if after := b.Snapshot(); after.Deficit != before.Deficit || after.State != before.State || b.Config() != config {
		t.Errorf("wrong settings turned %+v into %+v, and %+v into %+v", before, after, config, b.Config())
	}
	if err := b.Update(credit.Config{Probes: 7}); err != nil || b.Config().Probes != 7 || b.Config().Purse != 16 {
		t.Errorf("Update to 7 probes: %v, and %+v in force", err, b.Config())
	}
}

func update(t *testing.T, b *credit.Breaker, c credit.Config) {
	t.Helper()
	if err := b.Update(c); err != nil {
		t.Fatal(err)
	}
}
