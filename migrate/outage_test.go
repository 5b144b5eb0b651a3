package migrate_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// outcome is what became of the calls around some outages.
type outcome struct {
	reached int           // calls that met the failing callee
	refused int           // calls refused although the callee was well again
	back    time.Duration // from an outage's end until the last of them, on average
}

// outage makes 100 calls a second for 60 s, of which the callee fails the seconds 10 to 20,
// through some breakers, each in a bubble of its own.
func outage(t *testing.T, breakers int, side func() side) (o outcome) {
	t.Helper()
	for i := range breakers {
		synctest.Test(t, func(t *testing.T) {
			settle()
			time.Sleep(time.Duration(i) * time.Millisecond) // dice are seeded by the time
			reached, refused, back := outageOf(t.Context(), side())
			o.reached += reached
			o.refused += refused
			o.back += back / time.Duration(breakers)
		})
	}
	return o
}

func outageOf(ctx context.Context, call side) (reached, refused int, back time.Duration) {
	began := time.Now()
	for range 6000 {
		since := time.Since(began)
		down := since >= 10*time.Second && since < 20*time.Second
		ran := false
		_ = call(ctx, func(context.Context) error {
			ran = true
			if down {
				return errFailed
			}
			return nil
		})
		switch {
		case down && ran:
			reached++
		case !ran && since >= 20*time.Second:
			refused++
			back = since - 20*time.Second
		}
		time.Sleep(10 * time.Millisecond)
	}
	return reached, refused, back
}

// alikeInOutage wants both sides to do about the same: they throw dice.
func alikeInOutage(t *testing.T, theirs, ours func() side) {
	t.Helper()
	a, b := outage(t, 5, theirs), outage(t, 5, ours)
	t.Logf("theirs %+v, ours %+v", a, b)
	if !about(a.reached, b.reached, 0.1) || !about(a.refused, b.refused, 0.5) || !about(a.back, b.back, 0.5) {
		t.Errorf("theirs %+v, ours %+v", a, b)
	}
}

// refusals is how many of 300 calls with one end are refused.
func refusals(t *testing.T, s func() side, what string) (n int) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		call := s()
		for range 300 {
			if answer(call, what) == "-" {
				n++
			}
		}
	})
	return n
}

// settle sets a bubble's clock to 2100: go-zero's, which starts 13 months before the process,
// must not be below zero.
func settle() { time.Sleep(time.Until(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))) }

// about reports whether a and b differ by at most a share of the larger.
func about[N int | time.Duration](a, b N, share float64) bool {
	return float64(max(a, b)-min(a, b)) <= share*float64(max(a, b))
}
