// Package metrics is for those who write exporters: what a group of breakers shows to a
// monitoring system, told by names of OpenTelemetry's conventions.
//
// An [Instrument] is a name with its unit, kind and attributes. [OfKey] are those that
// each key of a group has, with [KeyAttribute] and [GroupAttribute]; [OfGroup] are those
// of a group as a whole, with [GroupAttribute]. An exporter declares them once, calls
// [CountAdmissions] for its group, and reads [Keys] and [Group] whenever it is asked:
//
//	for key, values := range metrics.Keys(g) {
//		for _, instrument := range metrics.OfKey() {
//			for _, member := range instrument.Members() {
//				export(instrument.Name, key, instrument.Attribute, member, values[0])
//				values = values[1:]
//			}
//		}
//	}
//
// So all exporters show the same. Each key has all of its values from its making on, most
// of them 0, so that the first refusal is a change from 0 to 1 and not a series out of
// nothing. Nothing is kept here: a value is the breaker's own, read when it is asked for,
// and a change of state between two readings is counted all the same.
//
// # What isn't told
//
// What a breaker doesn't know is left out. A value that it doesn't tell is [math.NaN]. A
// key that is not guarded, by [circuit.Disabled], or whose breaker is no
// [circuit.Reporter], isn't among the Keys; it does count in [Group].
//
// # Counters that begin anew
//
// A counter is as old as its breaker. A key that the group evicted, or whose breaker a
// reload replaced, begins anew at 0, and what was counted since the last reading is not
// read any more.
package metrics
