package circuit_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// scribe is a clerk that wants to know more.
type scribe struct {
	clerk
	results []circuit.Result
}

func (s *scribe) Acquire() (circuit.Permit, error) {
	if _, err := s.clerk.Acquire(); err != nil {
		return circuit.Permit{}, err
	}
	return circuit.NewPermit(s, s.admitted), nil
}

func (s *scribe) SettleResult(token uint64, r circuit.Result) {
	s.results = append(s.results, r)
	s.clerk.Settle(token, r.Outcome)
}

// Settle is called for results that have no more than an outcome.
func (s *scribe) Settle(token uint64, o circuit.Outcome) {
	s.SettleResult(token, circuit.Result{Outcome: o})
}

func TestEnd(t *testing.T) {
	slow := circuit.Result{Outcome: circuit.Failure, Kind: circuit.KindTimeout, Duration: time.Second, RetryAfter: time.Minute}
	overload := circuit.Result{Outcome: circuit.Overload}

	s := new(scribe)
	for _, r := range []circuit.Result{slow, overload} {
		p, _ := s.Acquire()
		p.End(r)
	}
	if want := []circuit.Result{slow, overload}; !slices.Equal(s.results, want) {
		t.Errorf("who wants to know got %+v, want %+v", s.results, want)
	}

	c := new(clerk)
	for _, r := range []circuit.Result{slow, overload} {
		p, _ := c.Acquire()
		p.End(r)
	}
	if want := []circuit.Outcome{circuit.Failure, circuit.Overload}; !slices.Equal(c.settled, want) || !slices.Equal(c.tokens, []uint64{1, 2}) {
		t.Errorf("who doesn't got %v for %v, want %v for 1 and 2", c.settled, c.tokens, want)
	}
	circuit.Permit{}.End(slow) // which records nothing
}

// late is an error that knows when to come back.
type late struct{ after time.Duration }

func (late) Error() string                       { return "late" }
func (l late) RetryAfter() (time.Duration, bool) { return l.after, true }

func TestResultOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		background := context.Background()
		gone, cancel := context.WithCancel(background)
		cancel()
		passed, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		time.Sleep(2 * time.Second)
		type result = circuit.Result
		for _, tt := range []struct {
			name string
			ctx  context.Context
			err  error
			o    circuit.Outcome
			want circuit.Result
		}{
			{"success", background, nil, circuit.Success, result{}},
			{"success at the last moment", passed, nil, circuit.Success, result{}},
			{"failure", background, io.ErrUnexpectedEOF, circuit.Failure, result{Outcome: circuit.Failure}},
			{"overload", background, late{time.Minute}, circuit.Overload, result{Outcome: circuit.Overload, RetryAfter: time.Minute}},
			{"failure that tells", background, fmt.Errorf("call: %w", late{time.Minute}), circuit.Failure, result{Outcome: circuit.Failure, RetryAfter: time.Minute}},
			{"it was due before", background, late{-time.Minute}, circuit.Failure, result{Outcome: circuit.Failure}},
			{"a refusal further down tells of itself", background, circuit.NewRefusal("x", func() (time.Duration, bool) { return 1, true }), circuit.Ignored, result{Outcome: circuit.Ignored}},
			{"a success that tells", background, late{time.Minute}, circuit.Success, result{}},
			{"deadline", background, context.DeadlineExceeded, circuit.Failure, result{Outcome: circuit.Failure, Kind: circuit.KindTimeout}},
			{"deadline of a socket", background, os.ErrDeadlineExceeded, circuit.Failure, result{Outcome: circuit.Failure, Kind: circuit.KindTimeout}},
			{"deadline of ctx", passed, io.ErrUnexpectedEOF, circuit.Failure, result{Outcome: circuit.Failure, Kind: circuit.KindTimeout}},
			{"deadline of a ctx that hasn't noticed", tardy{background, time.Now()}, io.ErrUnexpectedEOF, circuit.Failure, result{Outcome: circuit.Failure, Kind: circuit.KindTimeout}},
			{"deadline to come", tardy{background, time.Now().Add(1)}, io.ErrUnexpectedEOF, circuit.Failure, result{Outcome: circuit.Failure}},
			{"deadline that counts for nothing", background, context.DeadlineExceeded, circuit.Ignored, result{Outcome: circuit.Ignored}},
			{"cancel", background, context.Canceled, circuit.Ignored, result{Outcome: circuit.Ignored, Kind: circuit.KindInterrupt}},
			{"cancel of ctx", gone, io.ErrUnexpectedEOF, circuit.Ignored, result{Outcome: circuit.Ignored, Kind: circuit.KindInterrupt}},
			{"bad request", background, circuit.BadRequest(io.EOF), circuit.Ignored, result{Outcome: circuit.Ignored, Kind: circuit.KindBadRequest}},
			{"bad request and cancel", gone, circuit.BadRequest(io.EOF), circuit.Ignored, result{Outcome: circuit.Ignored, Kind: circuit.KindBadRequest}},
			{"a bad request that somebody judged", background, circuit.BadRequest(io.EOF), circuit.Failure, result{Outcome: circuit.Failure}},
		} {
			if got := circuit.ResultOf(tt.ctx, tt.err, tt.o); got != tt.want {
				t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
			}
		}
	})
}

// tardy is a context that doesn't end by itself when its deadline is over.
type tardy struct {
	context.Context
	deadline time.Time
}

func (c tardy) Deadline() (time.Time, bool) { return c.deadline, true }

func TestDoTellsTheResult(t *testing.T) {
	s := new(scribe)
	do := func(err error) { _ = circuit.Do(t.Context(), s, func(context.Context) error { return err }) }
	do(nil)
	do(late{time.Second})
	do(circuit.BadRequest(io.EOF))
	func() {
		defer func() { _ = recover() }()
		_ = circuit.Do(t.Context(), s, func(context.Context) error { panic("call") })
	}()
	want := []circuit.Result{
		{}, {Outcome: circuit.Failure, RetryAfter: time.Second}, {Outcome: circuit.Ignored, Kind: circuit.KindBadRequest}, {Outcome: circuit.Failure},
	}
	if !slices.Equal(s.results, want) {
		t.Errorf("the breaker was told %+v, want %+v", s.results, want)
	}
}

func TestBadRequest(t *testing.T) {
	if err := circuit.BadRequest(nil); err != nil {
		t.Errorf("BadRequest(nil) is %v", err)
	}
	cause := late{time.Second}
	err := fmt.Errorf("order: %w", circuit.BadRequest(cause))
	var as late
	if !errors.Is(err, circuit.ErrBadRequest) || !errors.As(err, &as) || err.Error() != "order: late" {
		t.Errorf("%v is no bad request, or has lost its cause", err)
	}
	for _, err := range []error{err, fmt.Errorf("%w: %w", context.DeadlineExceeded, err)} {
		if got := circuit.DefaultClassifier(t.Context(), err); got != circuit.Ignored {
			t.Errorf("%v is judged %v, want ignored", err, got)
		}
	}
	fallback := circuit.WithFallback(func(context.Context, error) error { t.Error("a fallback ran for a bad request"); return nil })
	if got := circuit.Do(t.Context(), nil, func(context.Context) error { return err }, fallback); !errors.Is(got, err) {
		t.Errorf("Do returned %v, want the bad request", got)
	}
}

// fields is an error as validators return it: a slice, which can't be compared.
type fields []string

func (fields) Error() string { return "wrong fields" }

type fieldless struct{ circuit.Breaker }

func (fieldless) Allow() error { return fields{"quota"} }

// To look for an error of ours panicked when it wrapped one that can't be compared.
func TestErrorsThatCanNotBeCompared(t *testing.T) {
	_, refused := circuit.Acquire(fieldless{})
	for _, err := range []error{circuit.BadRequest(fields{"name"}), refused} {
		var as fields
		if !errors.Is(err, err) || !errors.As(err, &as) {
			t.Errorf("%v is not found", err)
		}
	}
}

func ExampleBadRequest() {
	var b clerk // any breaker
	err := circuit.Do(context.Background(), &b, func(context.Context) error {
		return circuit.BadRequest(errors.New("no such item"))
	})
	fmt.Println(err, errors.Is(err, circuit.ErrBadRequest), b.settled[0])
	// Output: no such item true ignored
}

func ExamplePermit_End() {
	var b clerk // any breaker
	permit, err := circuit.Acquire(&b)
	if err != nil {
		fmt.Println(err)
		return
	}
	permit.End(circuit.Result{Outcome: circuit.Overload, RetryAfter: 3 * time.Second}) // the callee said so
	fmt.Println(b.settled[0])
	// Output: overload
}
