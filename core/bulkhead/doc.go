// Package bulkhead limits the calls in flight, so that one slow callee can't take
// all that its callers have: goroutines, connections, memory.
//
// [Guard] puts a limit behind a breaker. What it returns is a [circuit.Breaker]
// again, so it goes wherever a breaker goes, into a group and through it into every
// adapter:
//
//	group.New(func(key string) circuit.Breaker {
//		limit, err := bulkhead.New(bulkhead.Config{Max: 10})
//		…
//		return bulkhead.Guard(engine(key), limit)
//	})
//
// Here each key has a limit of its own; keys whose Guards are made with the same
// limit share it, as all methods of a host may. Guard(nil, limit) has no breaker, and
// limits only. The limit is a fixed one, a [Bulkhead], or any [Limit], as an adaptive one.
//
// # One call
//
// The breaker is asked first, then the limit. A call that finds no place is refused with
// [ErrFull], which is a refusal like a breaker's: it matches [circuit.ErrNotAllowed],
// nobody should retry it at once, and no breaker further out counts it. The breaker behind
// the Guard, which had admitted the call, gets its admission back: Ignored, of
// [circuit.KindConcurrencyReject]. All others get a [circuit.Permit] that stands for both,
// and a Result that ends it is told to both. It ends once: to settle it again, even at the
// same time, changes nothing, at the breaker either.
//
// A refusal by the limit shows in [Stats], and in the breaker's own counts among those
// that were Ignored.
//
// # Lost calls
//
// A call that never ends gives its place back after Lifetime, 5 minutes by default. So
// places that were lost, by a goroutine that hangs or a caller who forgot, are refused to
// others for no longer than that. If the call ends later after all, the breaker still
// hears how, and no other call's place is touched. A call that really takes longer than
// Lifetime, as a stream may, is in flight uncounted from then on: for streams, set
// Lifetime to more than the longest one.
//
// # Modes
//
// The limit is no part of the breaker's judgement on the callee, so it holds in all modes
// of the breaker, ForceClose and Observe included. A fixed one has a way of its own to be
// tried without risk: Config.Observe.
//
// # Callers without permits
//
// Allow, MarkSuccess and MarkFailed work as well. An Allow can't be taken back, so here
// the limit is asked first. A mark gives back the place of the oldest call that Allow
// admitted, whichever call it is about. So one call that is never marked, as Kratos' own
// middleware leaves one that panics, costs a place for as long as calls go on; when as
// many are lost as there are places, all calls are refused for Lifetime, and then none is
// lost any more. The adapters of this module use permits, with which this can't be.
//
// # Groups
//
// A group may evict the breaker of a key that is idle, or replace it when rules change.
// Calls in flight then end in the old bulkhead, and the new one doesn't count them. A
// limit that all keys share stays.
//
// # Cost
//
// An admitted call takes a short lock twice and looks at the clock once. Neither it nor a
// refused one allocates; memory is that of the most calls that were in flight at once.
package bulkhead
