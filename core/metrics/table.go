package metrics

import (
	"fmt"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

// row is an instrument and how it is read: a value for each of its members.
type row[T any] struct {
	Instrument
	read func(values []float64, of *T) []float64
}

// The members that attributes have, in the order in which values are read.
var (
	states   = []circuit.State{circuit.Closed, circuit.HalfOpen, circuit.Open}
	modes    = []circuit.Mode{circuit.Auto, circuit.Observe, circuit.ForceOpen, circuit.ForceClose}
	outcomes = []circuit.Outcome{circuit.Success, circuit.Failure, circuit.Overload, circuit.Ignored}
)

var ofKey = []row[breaker]{
	{Instrument{
		Name: "circuit_breaker.state", Unit: "{breaker}", Kind: UpDownCounter,
		Description: "Whether the breaker is in this state: 1, or else 0.",
		Attribute:   StateAttribute, Values: names(states),
	}, func(v []float64, b *breaker) []float64 { return append1(v, states, b.State) }},
	{Instrument{
		Name: "circuit_breaker.mode", Unit: "{breaker}", Kind: UpDownCounter,
		Description: "Whether the breaker is in this mode: 1, or else 0.",
		Attribute:   ModeAttribute, Values: names(modes),
	}, func(v []float64, b *breaker) []float64 { return append1(v, modes, b.Mode) }},
	{Instrument{
		Name: "circuit_breaker.call.admitted", Unit: "{call}", Kind: Counter,
		Description: "Calls that were let through, since this was first exported.",
	}, func(v []float64, b *breaker) []float64 { return append(v, b.known(b.Admitted)) }},
	{Instrument{
		Name: "circuit_breaker.call.refused", Unit: "{call}", Kind: Counter,
		Description: "Calls that were refused.",
	}, func(v []float64, b *breaker) []float64 { return append(v, float64(b.Total.Refused)) }},
	{Instrument{
		Name: "circuit_breaker.call.would_refuse", Unit: "{call}", Kind: Counter,
		Description: "Calls that mode observe let through in place of refusing them.",
	}, func(v []float64, b *breaker) []float64 { return append(v, float64(b.Total.WouldRefuse)) }},
	{Instrument{
		Name: "circuit_breaker.call.finished", Unit: "{call}", Kind: Counter,
		Description: "Admitted calls that ended, by how they were judged; an overload is not counted as a failure, too.",
		Attribute:   OutcomeAttribute, Values: names(outcomes),
	}, func(v []float64, b *breaker) []float64 {
		t := &b.Total
		failures := t.Failures - min(t.Failures, t.Overloads)
		return append(v, float64(t.Successes), float64(failures), float64(t.Overloads), float64(t.Ignored))
	}},
	{Instrument{
		Name: "circuit_breaker.call.in_flight", Unit: "{call}", Kind: UpDownCounter,
		Description: "Calls that were admitted, since this was first exported, and not judged yet; those that never are stay here.",
	}, func(v []float64, b *breaker) []float64 { return append(v, b.known(b.InFlight)) }},
	{Instrument{
		Name: "circuit_breaker.drop_ratio", Unit: "1", Kind: Gauge,
		Description: "Share of calls that would be refused now, from 0 to 1.",
	}, func(v []float64, b *breaker) []float64 { return append(v, b.DropRatio) }},
	{Instrument{
		Name: "circuit_breaker.transitions", Unit: "{transition}", Kind: Counter,
		Description: "Changes of state, by the state that was entered.",
		Attribute:   StateAttribute, Values: names(states),
	}, func(v []float64, b *breaker) []float64 {
		return append(v, float64(b.Entered.Closed), float64(b.Entered.HalfOpen), float64(b.Entered.Open))
	}},
	{Instrument{
		Name: "circuit_breaker.event.dropped", Unit: "{event}", Kind: Counter,
		Description: "Changes of state that observers were not told of, since they were too slow.",
	}, func(v []float64, b *breaker) []float64 { return append(v, float64(b.EventsDropped)) }},
}

var ofGroup = []row[group.Stats]{
	{Instrument{
		Name: "circuit_breaker.group.key.usage", Unit: "{key}", Kind: UpDownCounter,
		Description: "Keys that the group holds, the overflow breaker not counted.",
	}, func(v []float64, s *group.Stats) []float64 { return append(v, float64(s.Len)) }},
	{Instrument{
		Name: "circuit_breaker.group.key.limit", Unit: "{key}", Kind: UpDownCounter,
		Description: "Keys that the group holds at most.",
	}, func(v []float64, s *group.Stats) []float64 { return append(v, float64(s.Cap)) }},
	{Instrument{
		Name: "circuit_breaker.group.key.evicted", Unit: "{key}", Kind: Counter,
		Description: "Keys that made room for others.",
	}, func(v []float64, s *group.Stats) []float64 { return append(v, float64(s.Evicted)) }},
	{Instrument{
		Name: "circuit_breaker.group.lookup.overflowed", Unit: "{lookup}", Kind: Counter,
		Description: "Lookups of a key that were answered by the overflow breaker.",
	}, func(v []float64, s *group.Stats) []float64 { return append(v, float64(s.Overflowed)) }},
}

func names[T fmt.Stringer](all []T) []string {
	names := make([]string, len(all))
	for i, v := range all {
		names[i] = v.String()
	}
	return names
}

// append1 appends 1 for the present one of all, and 0 for each other.
func append1[T comparable](values []float64, all []T, present T) []float64 {
	for _, v := range all {
		is := 0.0
		if v == present {
			is = 1
		}
		values = append(values, is)
	}
	return values
}
