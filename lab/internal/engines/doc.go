// Package engines offers every engine, ours and those of other libraries, as
// something that the simulator can run.
//
// [All] lists them at their usual settings, [Limited] those of ours that limit calls
// in flight as well, and [New] makes one with settings of the user's. An [Engine]
// makes one breaker for each client. Peers run their own code, unchanged; what stands
// here is the adapter that lends it the shape of [circuit.Breaker], with the events
// marked as the library's own callers do it.
//
// # Bubbles
//
// Everything happens in virtual time, inside a testing/synctest bubble.
// [Engine.Run] does all that is needed there; a caller that makes breakers
// himself calls [Settle] first, and [Close] on each breaker at the end. One run
// for each bubble: then a seed gives the same run again, in any process, and
// with any number of other bubbles beside it.
//
// # Dice
//
// Our engines, aegis and go-zero seed their dice by the time at which a breaker is
// made; ours also by how many were made at that time. So [Engine.Run] makes those
// of different runs at different times. The throttler of failsafe-go throws the
// dice of the whole process, which nobody can seed: there the rate is theirs, and
// the throw is ours.
package engines
