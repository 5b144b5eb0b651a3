package measure_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/go-fusebox/fusebox/bench/internal/measure"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// short is over at once, whatever the machine does.
var short = measure.Plan{Rounds: 3, Batch: time.Nanosecond}

func TestFigureOf(t *testing.T) {
	for _, c := range []struct {
		rounds []float64
		want   measure.Figure
		spread float64
	}{
		{[]float64{7}, measure.Figure{Median: 7, Low: 7, High: 7, Min: 7, Max: 7}, 0},
		{[]float64{9, 1, 2}, measure.Figure{Median: 2, Low: 1, High: 9, Min: 1, Max: 9}, 4},
		{[]float64{4, 1, 2, 9}, measure.Figure{Median: 3, Low: 1, High: 9, Min: 1, Max: 9}, 8. / 3},
		{[]float64{50, 10, 11, 40, 9}, measure.Figure{Median: 11, Low: 10, High: 40, Min: 9, Max: 50}, 30. / 11},
		{[]float64{0}, measure.Figure{}, 0},
	} {
		if got := measure.FigureOf(c.rounds...); got != c.want || got.Spread() != c.spread {
			t.Errorf("%v are %+v with a spread of %v, want %+v, %v", c.rounds, got, got.Spread(), c.want, c.spread)
		}
	}
}

// All cases have a figure; allocations and refused calls are exact, and each subject
// is made once, and brought into its state before each round.
func TestRun(t *testing.T) {
	var sink any
	_ = sink
	var made, before, calls atomic.Int64
	cases := []measure.Case{
		{Name: "a", Goroutines: 1, Make: func() measure.Calls {
			made.Add(1)
			return measure.Calls{
				Before: func() { before.Add(1) },
				Loop: func(n int) (refused int) {
					for range n {
						sink = new([64]byte)
						refused++
					}
					return refused
				},
			}
		}},
		{Name: "b", Goroutines: 4, Adapts: true, Make: measure.Of(func(n int) int {
			calls.Add(int64(n))
			return n / 4
		})},
	}
	rounds := 0
	got, err := short.Run(t.Context(), cases, func(round int) { rounds = round })
	if err != nil {
		t.Fatal(err)
	}
	if made.Load() != 1 || before.Load() < 3 || rounds != 3 {
		t.Errorf("made %d times, brought into its state %d times, in %d rounds, want once, 3 times or more, 3", made.Load(), before.Load(), rounds)
	}
	if a := got["a"]; a.Allocs != 1 || a.Refused != 1 || a.Min > a.Median || a.Median > a.Max || a.Min <= 0 {
		t.Errorf("a is %+v, want 1 allocation, all refused, and an order of times", a)
	}
	if b := got["b"]; b.Refused != 0.25 || b.Allocs != 0 {
		t.Errorf("b is %+v, want a fourth refused, and no allocations, as they are not counted", b)
	}
	if n := calls.Load(); n == 0 || n%measure.Grain != 0 {
		t.Errorf("%d calls in portions of %d", n, measure.Grain)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	loop := measure.Of(func(int) int {
		cancel()
		return 0
	})
	never := func() measure.Calls {
		t.Error("the second case was made")
		return measure.Calls{}
	}
	_, err := short.Run(ctx, []measure.Case{{Name: "a", Make: loop}, {Name: "b", Make: never}}, func(int) { t.Error("a round was over") })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
