// Package hystrix is the classic circuit breaker: closed, open, half-open, by
// the share of failed calls.
//
// [Breaker] counts successes and failures over a rolling window while Closed. A
// window with at least RequestVolumeThreshold calls of which ErrorPercentThreshold
// per cent failed opens it, and so, where the user wants it, does a number of
// failures in a row. Open, it refuses every call for the sleep window. The first
// call after that makes it HalfOpen and goes through as a probe: at most Probes
// are in flight at once, all others are refused. SuccessesToClose successful
// probes close the breaker, with an empty window; one that fails opens it for
// another sleep window, which can grow from one to the next, up to a cap.
//
// The sleep window is stretched at random, by up to a tenth if nothing else is
// set, so that the clients of one backend don't all come back at once.
//
// # Beyond the classic
//
// SlowCallDuration opens the breaker by calls that take too long, too. MaxRetryAfter
// lets the callee say for how long it wants to be left alone. ProbeRatio admits only a share
// of the calls as probes, and RampUp a growing share of them after closing.
//
// A [Rule] decides by what becomes of each call when to open or to close, in place of these
// numbers or beside them. A [HealthCheck] finds out by synthetic calls whether the callee
// is well, so that no live call has to. Both are options of [New].
//
// # Commands
//
// A [Command] is what Hystrix' users know: a call with a timeout, a limit on calls in
// flight and a fallback, over any breaker of this module, any other, or none. [Command.Do]
// and [Run] tell a short circuit, a timeout, an interrupt, a bad request and the limits
// apart by [errors.Is], and count each. Without a timeout a call costs no goroutine and no
// allocation.
//
// # Recovery
//
// When the callee serves every call again, all calls are admitted no later than
// one sleep window, stretched by its jitter, after the last failure came in, plus
// the time in which SuccessesToClose further calls are made and answered. Where
// the sleep window grows, MaxSleepWindow takes its place. A probe that is never
// marked, because its caller lost it, makes room for another after ProbeLifetime;
// its outcome still counts if it comes before the state changes.
//
// A callee that asks for more time, up to MaxRetryAfter, gets it in place of the sleep
// window; with a ProbeRatio below 1, probes are as much rarer; and RampUp comes on top.
// With a HealthCheck, Interval and Timeout of as many checks as Healthy take the place of
// the sleep window, and with a close rule its own patience that of SuccessesToClose.
//
// # Cost
//
// None of the following takes a lock, and none allocates, with two exceptions: with
// SlowCallDuration, and during RampUp, each call takes the lock; and with options each
// allocates once. While closed, admitting a call is one atomic load. A success is one
// atomic addition as long as the window's failures are too few to open the breaker at
// the volume threshold, 9 by default; with more, it is that and a look at the clock.
// While open, or half-open with all probes in flight, refusing a call is a look at the
// clock and an addition.
//
// With few failures, a success looks at the clock, to find its bucket, only as often
// as that takes less than a 64th of a bucket, and at least at every 64th success. So
// it may be counted in the bucket before its own if it comes within that time of the
// bucket's start. When calls suddenly become fewer, up to 126 successes may be
// counted in an earlier bucket than theirs, or, in a breaker that many goroutines
// have used at once, up to 126 for each of its counters, of which there are 16, or
// with more than 8 processors 2 to 4 for each.
//
// The defaults are those of Netflix Hystrix: 20 calls, 50 per cent, 5 s of
// sleep, a window of 10 s in 10 buckets.
package hystrix
