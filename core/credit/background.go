package credit

import "math"

// background is what a closed breaker knows of the errors that are always there:
// the share of failures among the results that follow a success. In an outage
// there are hardly any of those, so it doesn't spoil the figure.
type background struct {
	share    float64
	windows  int // that share is the mean of, at most meanOf
	results  int // in the present window
	failures int
}

const (
	windowOf = 32 // results
	meanOf   = 4
	// mostDepth keeps an overload of half the calls from passing for a background.
	mostDepth = 2.5
)

// learn takes a result that follows a success, and reports whether share changed.
func (b *background) learn(failed bool) bool {
	if failed {
		b.failures++
	}
	if b.results++; b.results < windowOf {
		return false
	}
	b.windows = min(b.windows+1, meanOf)
	b.share += (float64(b.failures)/windowOf - b.share) / float64(b.windows)
	if b.share < 1e-9 {
		b.share = 0
	}
	b.results, b.failures = 0, 0
	return true
}

// rest is n calls of learn(false).
func (b *background) rest(n uint64) (changed bool) {
	for ; n > 0; n-- {
		if b.results == 0 && b.share == 0 && b.windows == meanOf { // full windows of successes change nothing more
			n %= windowOf
			if n == 0 {
				return changed
			}
		}
		changed = b.learn(false) || changed
	}
	return changed
}

// suppose sets a share that was found in few results, of which it takes the
// upper end.
func (b *background) suppose(failures, results int) {
	p := float64(failures) / float64(results)
	b.share = max(b.share, p+1.5*math.Sqrt(p*(1-p)/float64(results)))
	b.windows = 1
}

// forget makes the next window the only one.
func (b *background) forget() { *b = background{share: b.share} }

// depth is the deficit at which to trip: such that, with that background, every
// rise of the deficit from 0 is about as unlikely to get there, at e^-10. It is from
// least to mostDepth times that.
//
// The deficit is a random walk: up by 1 with the probability share, else down by
// θ/(1−θ). That it gets to d has the probability of about e^(−s·d), s being the
// positive root of share·e^s + (1−share)·e^(−s·θ/(1−θ)) = 1.
func (b *background) depth(least int, threshold float64) float64 {
	low, high := float64(least), mostDepth*float64(least)
	if b.share <= 0 {
		return low
	}
	if b.share >= threshold {
		return high
	}
	down := threshold / (1 - threshold)
	s := -math.Log(b.share) // where the left side is above 1; Newton's steps fall from there
	for range 20 {
		up, back := b.share*math.Exp(s), (1-b.share)*math.Exp(-down*s)
		step := (up + back - 1) / (up - down*back)
		if s -= step; step < 1e-6 {
			break
		}
	}
	return min(max(low, 10/s), high)
}
