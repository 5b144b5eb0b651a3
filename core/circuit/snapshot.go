package circuit

import "time"

// Counts tells calls apart by how they ended.
type Counts struct {
	Successes uint64 `json:"successes"`
	Failures  uint64 `json:"failures"` // of both kinds, [Failure] and [Overload]
	Ignored   uint64 `json:"ignored"`
	Refused   uint64 `json:"refused"`
	// WouldRefuse counts the calls that [Observe] admitted in place of refusing
	// them. In a Total they also count by how they ended; a Window that tells
	// refusals has them under Refused, and their ends not at all.
	WouldRefuse uint64 `json:"wouldRefuse"`
}

// Snapshot is what a breaker shows of itself at one moment. Its fields belong
// together: they are read in one step.
type Snapshot struct {
	State State     `json:"state"`
	Mode  Mode      `json:"mode"`
	Since time.Time `json:"since"` // of the last state change, or the breaker's making

	// Window counts the calls that the breaker now decides on, Total all calls
	// since it was made.
	Window Counts `json:"window"`
	Total  Counts `json:"total"`

	// DropRatio is the share of calls that would be refused now, from 0 to 1.
	DropRatio float64 `json:"dropRatio"`
	// Probes is the number of probes in flight.
	Probes int `json:"probes"`
	// RetryAfter is the time until a retry makes sense, 0 where unknown, in
	// nanoseconds in JSON.
	RetryAfter time.Duration `json:"retryAfter"`

	// Deficit, Credit and NextProbe are the account of an engine that keeps one, as
	// core/credit does: failures beyond what is allowed, while closed; calls that
	// are paid for, and which of the next unpaid calls is a probe, while open.
	Deficit   float64 `json:"deficit,omitzero"`
	Credit    float64 `json:"credit,omitzero"`
	NextProbe int     `json:"nextProbe,omitzero"`
}

// Reporter is a breaker that shows what it does.
type Reporter interface {
	Snapshot() Snapshot
}
