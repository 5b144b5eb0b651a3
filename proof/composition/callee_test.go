package composition_test

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

var (
	errFailed  = errors.New("callee failed")
	errMistake = errors.New("caller's mistake")
)

// overloaded is the callee's word that it has too much to do.
type overloaded struct{ after time.Duration }

func (overloaded) Error() string                       { return "callee is overloaded" }
func (o overloaded) RetryAfter() (time.Duration, bool) { return o.after, true }

// deed is what the callee does in one call.
type deed struct {
	ends     end
	takes    time.Duration
	stubborn bool // it doesn't look at ctx
}

type end uint8

const (
	succeeds end = iota
	fails
	isOverloaded
	complains // of a bad request
	cancels   // of its own accord
	panics
	exits
)

// script is what the callee does in the calls that one call of the outermost layer leads
// to, in turn.
type script struct {
	number int
	key    string
	deeds  []deed
	next   atomic.Int64

	ctx     context.Context // of the call
	over    time.Time       // when it is
	givenUp bool            // by the caller then
}

func (t *tape) script(calm bool) *script {
	s := &script{key: oneOf(t, "a", "b")}
	for range 1 + t.below(3) {
		d := deed{ends: oneOf(t, succeeds, fails, fails, isOverloaded, complains, cancels, panics, exits)}
		if calm && d.ends >= panics {
			d.ends = fails
		}
		d.takes = oneOf(t, 0, 0, ms, 5*ms, 10*ms, 25*ms, 120*ms)
		d.stubborn = d.takes > 0 && t.oneIn(3)
		s.deeds = append(s.deeds, d)
	}
	return s
}

type scriptKey struct{}

// thrown is what the callee panics with.
type thrown struct{ number, turn int64 }

func (w *world) callee(ctx context.Context) error {
	w.reached.Add(1)
	s := ctx.Value(scriptKey{}).(*script)
	turn := s.next.Add(1) - 1
	d := s.deeds[turn%int64(len(s.deeds))]
	if d.stubborn {
		time.Sleep(d.takes)
	} else if d.takes > 0 {
		timer := time.NewTimer(d.takes)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	switch d.ends {
	case fails:
		return errFailed
	case isOverloaded:
		return overloaded{20 * ms}
	case complains:
		return circuit.BadRequest(errMistake)
	case cancels:
		return context.Canceled
	case panics:
		panic(thrown{int64(s.number), turn})
	case exits:
		runtime.Goexit()
	}
	return nil
}
