package metrics

import "slices"

// Instrument is one measurement, as OpenTelemetry describes it.
type Instrument struct {
	Name        string // such as "circuit_breaker.call.refused"
	Unit        string // of UCUM, such as "{call}"
	Kind        Kind
	Description string
	// Attribute is one beside those of the key and the group, "" if there is none;
	// Values are all that it can have. There is a value of the instrument for each.
	Attribute string
	Values    []string
}

// Kind is how the values of an [Instrument] change and add up.
type Kind uint8

const (
	// Counter is a whole number that only grows, until its breaker is replaced.
	Counter Kind = iota
	// UpDownCounter is a whole number. Those of several keys add up to a sum that
	// means something, such as the number of breakers that are open.
	UpDownCounter
	// Gauge is any number. Those of several keys don't add up.
	Gauge
)

// The attributes.
const (
	// KeyAttribute is on all instruments of [OfKey]: the key, as [Keys] gives it.
	KeyAttribute = "circuit_breaker.key"
	// GroupAttribute is on all instruments: the name that the user gave the group.
	GroupAttribute = "circuit_breaker.group.name"

	// StateAttribute is a [circuit.State].
	StateAttribute = "circuit_breaker.state"
	// ModeAttribute is a [circuit.Mode].
	ModeAttribute = "circuit_breaker.mode"
	// OutcomeAttribute is a [circuit.Outcome].
	OutcomeAttribute = "circuit_breaker.outcome"
)

// Members are the values of the instrument's own attribute, or one empty string where it
// has none: one for each value that is read.
func (i Instrument) Members() []string {
	if i.Attribute == "" {
		return []string{""}
	}
	return i.Values
}

// OfKey are the instruments that each key has.
func OfKey() []Instrument { return instruments(ofKey) }

// OfGroup are the instruments that a group has.
func OfGroup() []Instrument { return instruments(ofGroup) }

func instruments[T any](table []row[T]) []Instrument {
	all := make([]Instrument, len(table))
	for i, r := range table {
		all[i] = r.Instrument
		all[i].Values = slices.Clone(r.Values)
	}
	return all
}
