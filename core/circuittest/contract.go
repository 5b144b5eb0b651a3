package circuittest

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"

	"github.com/go-fusebox/fusebox/core/circuit"
)

func admitsWhileHealthy(t T, s Suite) {
	b := s.New()
	if refused := serve(b, 5000, 1000); refused > 0 {
		t.Errorf("%d of 5000 calls were refused, though all succeed", refused)
	}
	if snap, ok := snapshot(b); ok {
		if snap.State != circuit.Closed || snap.DropRatio != 0 {
			t.Errorf("after successes only: state %v, drop ratio %v, want closed, 0", snap.State, snap.DropRatio)
		}
		if snap.Total.Successes != 5000 {
			t.Errorf("Total.Successes is %d, want 5000", snap.Total.Successes)
		}
	}
}

func trips(t T, s Suite) {
	b := s.tripped(t)
	var refusal error
	for range attempts {
		p, err := circuit.Acquire(b)
		if err == nil {
			p.Ignore()
			continue
		}
		if p != (circuit.Permit{}) {
			t.Errorf("a refusal came with a permit")
		}
		refusal = err
	}
	if !errors.Is(refusal, circuit.ErrNotAllowed) {
		t.Errorf("the refusal %v does not match ErrNotAllowed", refusal)
	}
	for range attempts {
		ran := false
		err := circuit.Do(context.Background(), b, func(context.Context) error { ran = true; return nil },
			circuit.WithClassifier(func(context.Context, error) circuit.Outcome { return circuit.Ignored }))
		if ran == errors.Is(err, circuit.ErrNotAllowed) {
			t.Fatalf("Do ran its function: %v, and returned %v", ran, err)
		}
	}
}

func tripsByBareMethods(t T, s Suite) {
	b := s.New()
	for range s.TripAfter + attempts {
		if err := b.Allow(); err != nil {
			if !errors.Is(err, circuit.ErrNotAllowed) {
				if _, plain := b.(circuit.Acquirer); plain {
					t.Errorf("the refusal %v does not match ErrNotAllowed", err)
				}
			}
			return
		}
		b.MarkFailed()
	}
	t.Errorf("after %d failures in a row no call was refused", s.TripAfter+attempts)
}

func refusalsAreNoFailures(t T, s Suite) {
	b := s.tripped(t)
	as[circuit.Reporter](t, b)
	before, _ := snapshot(b)
	var refused uint64
	for range 10_000 {
		p, err := circuit.Acquire(b)
		if err != nil {
			refused++
			continue
		}
		p.Ignore()
	}
	after, _ := snapshot(b)
	if after.Total.Failures != before.Total.Failures || after.Window.Failures > before.Window.Failures {
		t.Errorf("refusals were counted as failures: %+v, then %+v", before, after)
	}
	if got := after.Total.Refused - before.Total.Refused; got != refused {
		t.Errorf("%d calls were refused, %d are counted", refused, got)
	}
	s.recovers(t, b, 100, 0)
}

// markedRefusals is the same for a caller that marks them, and says so.
func markedRefusals(t T, s Suite) {
	b := circuit.MarksRefusals(s.tripped(t))
	as[circuit.Reporter](t, b)
	before, _ := snapshot(b)
	refused := 0
	for range 10_000 {
		if b.Allow() != nil {
			refused++
			b.MarkFailed()
		}
	}
	after, _ := snapshot(b)
	if after.Total.Failures != before.Total.Failures {
		t.Errorf("of %d marked refusals %d became failures", refused, after.Total.Failures-before.Total.Failures)
	}
}

func zeroPermit(t T, s Suite) {
	b := s.New()
	before, _ := snapshot(b)
	for range s.TripAfter + attempts {
		circuit.Permit{}.Failure()
		circuit.Permit{}.Success()
		circuit.Permit{}.Ignore()
	}
	if after, _ := snapshot(b); after != before {
		t.Errorf("the zero permit changed the breaker: %+v, then %+v", before, after)
	}
}

func snapshotJSON(t T, s Suite) {
	b := s.tripped(t)
	as[circuit.Reporter](t, b)
	snap, _ := snapshot(b)
	data, err := json.Marshal(snap)
	if err != nil {
		t.Fatalf("%v", err)
	}
	var back circuit.Snapshot
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	if !back.Since.Equal(snap.Since) {
		t.Errorf("Since is %v, back from JSON %v", snap.Since, back.Since)
	}
	back.Since = snap.Since
	if !reflect.DeepEqual(back, snap) {
		t.Errorf("%+v came back from JSON as %+v", snap, back)
	}
}
