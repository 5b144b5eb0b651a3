package sim

import "time"

// Bin counts what happened in one [Step] of time.
type Bin struct {
	Offered int // calls that clients wanted, without retries
	Kept    int // of these, the ones that were served, be it later
	Served  int // calls that succeeded in time
	Refused int // attempts that a client's breaker refused
	Reached int // attempts that got to the backend
	Wasted  int // attempts that got to the backend and failed, or came too late
}

// Step is the length of a [Bin].
const Step = 100 * time.Millisecond

// Result is what one run shows.
type Result struct {
	Scenario Scenario
	Bins     []Bin
	Clients  []Client

	FirstTrip time.Duration   // of any client's first refusal; -1 if none
	Refusals  []time.Duration // when the calls of a single client were refused, oldest first
	// Seen is how many attempts had failed when the last one before the first refusal
	// was let through.
	Seen int
}

// Client is what one client got.
type Client struct {
	Offered int           // calls that it wanted
	Served  int           // calls
	Gap     time.Duration // the longest time without one
	last    time.Duration
}

// Sum adds the bins from one time to another, rounded to steps.
func (r *Result) Sum(from, to time.Duration) Bin {
	var sum Bin
	for i := max(0, int(from/Step)); i < min(len(r.Bins), int(to/Step)); i++ {
		b := r.Bins[i]
		sum.Offered += b.Offered
		sum.Kept += b.Kept
		sum.Served += b.Served
		sum.Refused += b.Refused
		sum.Reached += b.Reached
		sum.Wasted += b.Wasted
	}
	return sum
}

// Jain is Jain's index of fairness of the calls served: 1 when all clients got
// the same, 1/n when one of n got all.
func (r *Result) Jain() float64 {
	var sum, squares float64
	for _, c := range r.Clients {
		sum += float64(c.Served)
		squares += float64(c.Served) * float64(c.Served)
	}
	if squares == 0 {
		return 0
	}
	return sum * sum / (float64(len(r.Clients)) * squares)
}

// Least is the share of its calls that the client was served which fared worst.
func (r *Result) Least() float64 {
	least := 1.0
	for _, c := range r.Clients {
		if c.Offered > 0 {
			least = min(least, float64(c.Served)/float64(c.Offered))
		}
	}
	return least
}

// LongestGap is the longest time that any client was without a success.
func (r *Result) LongestGap() (gap time.Duration) {
	for _, c := range r.Clients {
		gap = max(gap, c.Gap)
	}
	return gap
}
