package measure

import (
	"slices"
	"time"
)

// Case is one thing that is measured. It is light: its subject is made when it is
// first measured.
type Case struct {
	// Name tells it from all others. Its parts stand between slashes, the subject
	// last, as in "call/healthy/serial/aegis".
	Name string
	// Goroutines is the number of those that call at once: 1 is one after the other.
	Goroutines int
	// Adapts says that the subject learns while it runs, and needs [Plan.Warm].
	Adapts bool
	// Make makes the subject.
	Make func() Calls
}

// Calls are those on one subject.
type Calls struct {
	// Loop makes n calls and returns how many were refused. Where there are several
	// goroutines, they run it at once.
	Loop func(n int) (refused int)
	// Before brings the subject into the state in which it is measured. It runs
	// before each batch. None if nil.
	Before func()
}

// Of is a subject that is in its state from the start.
func Of(loop func(n int) (refused int)) func() Calls {
	return func() Calls { return Calls{Loop: loop} }
}

// Grain is the number of calls in one Loop, or a divisor of it, when there are
// several goroutines: they take their calls in portions, and are done together.
const Grain = 100

// Figure is what was measured of a case: nanoseconds per call.
type Figure struct {
	Median    float64
	Low, High float64 // between which the middle half of the rounds lies
	Min, Max  float64
	Allocs    float64 // per call, to two digits; of serial cases alone
	Refused   float64 // the share of all calls, from 0 to 1
}

// FigureOf is the figure of some rounds, one or more of them.
func FigureOf(rounds ...float64) Figure {
	sorted := slices.Sorted(slices.Values(rounds))
	n := len(sorted)
	return Figure{
		Median: (sorted[(n-1)/2] + sorted[n/2]) / 2,
		Low:    sorted[(n-1)/4], High: sorted[n-1-(n-1)/4],
		Min: sorted[0], Max: sorted[n-1],
	}
}

// Spread is how far the middle half of the rounds lies apart, as a share of the median.
func (f Figure) Spread() float64 {
	if f.Median == 0 {
		return 0
	}
	return (f.High - f.Low) / f.Median
}

// Plan is how to measure.
type Plan struct {
	Rounds int           // 1 or more
	Batch  time.Duration // about how long one batch takes
	Settle time.Duration // how long a case runs before each batch
	Warm   time.Duration // how long one that adapts runs before its first
}
