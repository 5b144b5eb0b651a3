package circuit

import "fmt"

// Outcome is the judgement on one call.
type Outcome uint8

const (
	// Success is a call that the callee served, a refusal of a bad request
	// included.
	Success Outcome = iota
	// Failure is a call that the callee failed to serve, or not in time.
	Failure
	// Ignored is a call that says nothing about the callee, as one that its
	// caller gave up.
	Ignored
	// Overload is a failure of which the callee itself says that it is for want of
	// capacity: HTTP's 429, or 503 with Retry-After; gRPC's ResourceExhausted, or
	// Unavailable with RetryInfo. What merely may be one is a Failure: a deadline,
	// a lost connection, a bare 503. An engine that knows no better takes it for
	// a Failure.
	Overload
)

// Failed reports whether o is a Failure or an Overload, or no Outcome at all, which
// counts as a Failure.
func (o Outcome) Failed() bool { return o != Success && o != Ignored }

var outcomeNames = [...]string{"success", "failure", "ignored", "overload"}

// String returns success, failure, ignored or overload.
func (o Outcome) String() string { return name(outcomeNames[:], uint8(o), "Outcome") }

// MarshalText returns the same text as String.
func (o Outcome) MarshalText() ([]byte, error) { return marshal(outcomeNames[:], uint8(o), "Outcome") }

// UnmarshalText reads what MarshalText writes.
func (o *Outcome) UnmarshalText(text []byte) error {
	return unmarshal(outcomeNames[:], text, "Outcome", (*uint8)(o))
}

func name(names []string, v uint8, typ string) string {
	if int(v) < len(names) {
		return names[v]
	}
	return fmt.Sprintf("%s(%d)", typ, v)
}

func marshal(names []string, v uint8, typ string) ([]byte, error) {
	if int(v) < len(names) {
		return []byte(names[v]), nil
	}
	return nil, fmt.Errorf("circuit: %s is %d, must be at most %d", typ, v, len(names)-1)
}

func unmarshal(names []string, text []byte, typ string, into *uint8) error {
	for i, n := range names {
		if n == string(text) {
			*into = uint8(i)
			return nil
		}
	}
	return fmt.Errorf("circuit: %s is %q, must be one of %q", typ, text, names)
}
