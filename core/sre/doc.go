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
package sre
