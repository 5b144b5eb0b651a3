package circuit

import "time"

// State is where a breaker stands.
type State uint8

const (
	// Closed admits calls: the healthy state.
	Closed State = iota
	// HalfOpen admits a bounded number of probes, to learn whether to close.
	HalfOpen
	// Open refuses calls: all of them, or as many as the drop ratio says.
	Open
)

var stateNames = [...]string{"closed", "half-open", "open"}

// String returns closed, half-open or open.
func (s State) String() string { return name(stateNames[:], uint8(s), "State") }

// MarshalText returns the same text as String.
func (s State) MarshalText() ([]byte, error) { return marshal(stateNames[:], uint8(s), "State") }

// UnmarshalText reads what MarshalText writes.
func (s *State) UnmarshalText(text []byte) error {
	return unmarshal(stateNames[:], text, "State", (*uint8)(s))
}

// Mode is who decides: the breaker, or its operator.
type Mode uint8

const (
	// Auto lets the breaker decide. It is the default.
	Auto Mode = iota
	// Observe decides and counts as Auto does, and refuses nothing: to try a
	// configuration without risk. Through the bare methods, which can't tell a
	// call that would have been refused from another, the counts are
	// approximate.
	Observe
	// ForceOpen refuses every call.
	ForceOpen
	// ForceClose admits every call.
	ForceClose
)

var modeNames = [...]string{"auto", "observe", "force-open", "force-close"}

// String returns auto, observe, force-open or force-close.
func (m Mode) String() string { return name(modeNames[:], uint8(m), "Mode") }

// MarshalText returns the same text as String.
func (m Mode) MarshalText() ([]byte, error) { return marshal(modeNames[:], uint8(m), "Mode") }

// UnmarshalText reads what MarshalText writes.
func (m *Mode) UnmarshalText(text []byte) error {
	return unmarshal(modeNames[:], text, "Mode", (*uint8)(m))
}

// ModeSetter is a breaker whose [Mode] can be set at run time. There are two layers: the
// base mode, which a configuration sets, and an override, which an operator lays over it
// for a time. Between Auto and Observe nothing else changes; any other change of the mode
// in force starts the breaker afresh: closed, or open in ForceOpen, with an empty window.
type ModeSetter interface {
	// SetMode sets the base mode, and leaves an override standing. It returns an error
	// that names the value when it isn't a Mode.
	SetMode(Mode) error
	// Override puts a mode in place of the base mode until d is over, or until Release
	// where d is 0. It takes the place of an earlier override. The breaker has no clock
	// that ticks: an override that is over ends with the next call, or look at it. A
	// negative d is an error, as is what isn't a Mode.
	Override(m Mode, d time.Duration) error
	// Release ends an override, if there is one.
	Release()
}
