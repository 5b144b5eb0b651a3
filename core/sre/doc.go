// Package sre is adaptive throttling: a breaker that refuses a share of the
// calls, as large as the callee's lack of successes makes it.
//
// [Breaker] keeps a window of what it was asked (requests) and of what the
// callee served (accepts), and refuses a call with the probability
//
//	max(0, (requests − Protection − K·accepts) / (requests + 1))
//
// which is the formula of the book Site Reliability Engineering, chapter
// Handling Overload, section Client-Side Throttling, there without Protection.
// K says how much more than the callee serves it may be asked: with K = 2 nothing
// is refused down to a success rate of one half, with a smaller K refusing starts
// sooner. The ratio nears 1 while nothing succeeds and never reaches it, so some
// calls always get through, and there is no timer and no trial period to wait
// for: the share follows the window.
//
// # Own refusals
//
// The book counts its own refusals as requests. They then hold the ratio up for
// as long as traffic goes on, and keep it up after the callee is well again: at
// 100 requests a second, half a minute of outage costs several seconds' traffic
// after it. So by default they don't count here: the ratio settles where about
// √(rate × Window) failed calls are in the window. [Config].CountRefusals brings
// the book's behaviour back, as [Aegis], [GoZero] and [Book] do.
//
// # Callees that hang
//
// A call counts as a request when its result comes, so that a healthy callee
// isn't taken for a failing one when traffic rises faster than it answers. But a
// callee that answers nothing until the callers' timeouts would then leave the
// window empty, and the breaker open to all. So as long as the window holds no
// success, the calls that an open breaker lets through are requests at once: the
// ratio stays where it is, however long the calls hang.
//
// # Recovery
//
// With CountRefusals off, at any rate of traffic, all calls are admitted no later
// than Window + Window/Buckets after the last failure came in, if one of the
// calls let through since has been answered by then, else at most Window/Buckets
// after it is. In practice successes outweigh the failures well before.
//
// # States
//
// The engine is Open while the ratio is above 0, and Closed again once it was 0
// for a bucket's length; there is no half-open. It is a call that finds this out:
// while none comes, the state stays as it was. Results of calls that were
// admitted before the last change count no more.
//
// # Cost
//
// None of the following takes a lock, and none allocates. While closed, admitting a
// call is one atomic load as long as the window's failures are too few for the
// formula whatever else is in it, which is up to MinRequests·(1−1/K) of them, 10 by
// default; with more, it is that and a look at the clock, for as long as the ratio
// is 0. A success is one atomic addition. Refusing is a look at the clock and an
// addition.
//
// A success looks at the clock, to find its bucket, only as often as that takes less
// than a 64th of a bucket, and at least at every 64th success. So it may be counted
// in the bucket before its own if it comes within that time of the bucket's start.
// When calls suddenly become fewer, up to 126 successes may be counted in an earlier
// bucket than theirs, or, in a breaker that many goroutines have used at once, up to
// 126 for each of its counters, of which there are 16, or with more than 8 processors
// 2 to 4 for each. While open, one drop ratio is used for up to a millisecond, or
// until the next failure or probe, and the closing may come by as much later.
package sre
