package circuit

import "time"

// Counts tells calls apart by how they ended.
type Counts struct {
	Successes uint64 `json:"successes"`
	Failures  uint64 `json:"failures"` // of both kinds, [Failure] and [Overload]
	Ignored   uint64 `json:"ignored"`
	Refused   uint64 `json:"refused"`
	// Overloads are those of the Failures that were an [Overload]. In a Total alone.
	Overloads uint64 `json:"overloads,omitzero"`
	// WouldRefuse counts the calls that [Observe] admitted in place of refusing
	// them. In a Total they also count by how they ended; a Window that tells
	// refusals has them under Refused, and their ends not at all.
	WouldRefuse uint64 `json:"wouldRefuse"`
}

// Entries counts how often each state was entered.
type Entries struct {
	Closed   uint64 `json:"closed"`
	HalfOpen uint64 `json:"halfOpen"`
	Open     uint64 `json:"open"`
}

// Snapshot is what a breaker shows of itself at one moment. Its fields belong
// together: they are read in one step.
type Snapshot struct {
	Engine string    `json:"engine,omitempty"` // such as "credit"
	State  State     `json:"state"`
	Since  time.Time `json:"since"` // of the last state change, or the breaker's making

	// Mode is the one in force: BaseMode, which SetMode set, unless an override is in
	// its place, until ModeEnds, or until Release where that is zero.
	Mode     Mode      `json:"mode"`
	BaseMode Mode      `json:"baseMode"`
	ModeEnds time.Time `json:"modeEnds,omitzero"`

	// Window counts the calls that the breaker now decides on, Total all calls
	// since it was made.
	Window Counts `json:"window"`
	Total  Counts `json:"total"`
	// SlowCalls is how many calls of the Window were slow, with an engine that times them.
	SlowCalls uint64 `json:"slowCalls,omitzero"`
	// Entered counts state changes since the breaker was made, by where they led.
	Entered Entries `json:"entered"`
	// Admitted is the number of calls that were admitted, and InFlight that of those
	// which are not settled, since [AdmissionCounter] was first asked to count them;
	// 0 before. Permits that were lost stay in flight for good.
	Admitted uint64 `json:"admitted,omitzero"`
	InFlight uint64 `json:"inFlight,omitzero"`

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

	// EventsDropped is the number of state changes that no [Observer] heard of, since
	// those before them were not told yet.
	EventsDropped uint64 `json:"eventsDropped,omitzero"`
}

// Reporter is a breaker that shows what it does.
type Reporter interface {
	Snapshot() Snapshot
}

// AdmissionCounter is a breaker that counts what it admits when it is asked to, since
// that makes each call a few nanoseconds dearer.
type AdmissionCounter interface {
	// CountAdmissions starts counting, for good. Calls that were admitted before are
	// not counted, nor taken off what is in flight when they end, save for those that
	// are marked by the bare methods, which can't tell them from others.
	CountAdmissions()
}
