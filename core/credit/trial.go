package credit

// trial is the time in which an open breaker is generous: each success pays for as
// many calls as the threshold allows, and credit is spent as soon as it is there.
// Calls then double from round trip to round trip, until all are admitted or the
// trial ends.
type trial struct {
	// confident trials follow a time in which nothing worked at all, or a long one
	// in which everything did; all are where errors are normal. What fails in them
	// fails always, since nearly no load is on the callee: they go on longer with
	// each failure, and a smaller credit closes the breaker.
	confident bool
	successes int
	failures  int // after the first success
	// far trials, of a callee that takes long to answer, go on until something fails:
	// the first successes would be too few to fill the way.
	far  bool
	odds float64 // of a failure, at the threshold
	// inFlight is the number of paid calls and probes that are under way.
	inFlight int
}

const (
	trialLength     = 9 // successes
	trialPerFailure = 4 // more of them
	longestTrial    = 64
	trialDepth      = 8 // failures more than the threshold allows end it
)

func (t *trial) over() bool {
	length := trialLength
	if t.confident {
		if float64(t.failures) >= trialDepth+t.odds*float64(t.successes) {
			return true
		}
		if t.far && t.failures == 0 {
			return false
		}
		length = min(length+trialPerFailure*t.failures, longestTrial) + t.inFlight
	}
	return t.successes >= length
}

// fail counts a failure.
func (t *trial) fail() {
	if t.successes > 0 && !t.over() {
		t.failures++
	}
}
