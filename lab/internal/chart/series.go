package chart

import (
	"math"

	"github.com/go-fusebox/fusebox/lab/internal/sim"
)

// points is about how many there are in a line.
const points = 120

// series is one run in calls a second, at times in seconds. Each of served,
// reached and asked includes the one before: they are the upper edges of areas.
type series struct {
	at      []float64
	served  []float64
	reached []float64 // and the wasted
	asked   []float64 // and the refused
}

// seriesOf averages steps over longer bins and smooths the means: random arrivals
// would hide the shape. Each phase is taken by itself, so that its start is sharp.
func seriesOf(steps []sim.Bin, spans []span) series {
	var all series
	size := max(1, (len(steps)+points-1)/points)
	for _, s := range spans {
		from, to := stepAt(s.from), min(stepAt(s.to), len(steps))
		if from >= to {
			continue
		}
		part := averages(steps, from, to, size)
		n := len(part.at) - 1
		all.at = append(append(append(all.at, s.from), part.at...), s.to)
		for _, line := range []struct {
			all  *[]float64
			part []float64
		}{{&all.served, part.served}, {&all.reached, part.reached}, {&all.asked, part.asked}} {
			v := smooth(line.part)
			*line.all = append(append(append(*line.all, v[0]), v...), v[n])
		}
	}
	return all
}

func stepAt(seconds float64) int { return int(math.Round(seconds / sim.Step.Seconds())) }

// averages gives the mean of each bin at its middle. Bins are of about that size,
// and alike: a short one at the end would stand out by chance.
func averages(steps []sim.Bin, from, to, size int) series {
	var s series
	bins := max(1, (to-from+size/2)/size)
	for i := range bins {
		begin, end := from+i*(to-from)/bins, from+(i+1)*(to-from)/bins
		var sum sim.Bin
		for _, b := range steps[begin:end] {
			sum.Served += b.Served
			sum.Wasted += b.Wasted
			sum.Refused += b.Refused
		}
		rate := func(calls int) float64 { return float64(calls) / (float64(end-begin) * sim.Step.Seconds()) }
		s.at = append(s.at, float64(begin+end)/2*sim.Step.Seconds())
		s.served = append(s.served, rate(sum.Served))
		s.reached = append(s.reached, rate(sum.Served+sum.Wasted))
		s.asked = append(s.asked, rate(sum.Served+sum.Wasted+sum.Refused))
	}
	return s
}

// smooth weighs each value twice as much as its neighbours.
func smooth(v []float64) []float64 {
	all := make([]float64, len(v))
	for i := range v {
		all[i] = (v[max(0, i-1)] + 2*v[i] + v[min(len(v)-1, i+1)]) / 4
	}
	return all
}
