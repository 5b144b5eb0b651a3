// Package credit is a breaker whose calls are paid for by the callee's successes.
//
// # The law
//
// A closed [Breaker] admits every call and keeps a deficit: a failure adds 1, and a
// success takes off as much as makes the deficit go nowhere where the share of
// failures is the Threshold, by default one half. At a deficit of 8, or after 5
// failures in a row over 2 s, it opens; after a minute without a failure the deficit
// lapses. Open, it has a purse of credit. A success puts a little more than one call
// into it, an admitted call takes one out, and the share of calls that is admitted is
// how full the purse is. In between, a few calls pass unpaid, as probes. When the
// purse is full, every call is paid for, and the breaker closes.
//
// # Recovery
//
// So the rate of admitted calls follows the rate at which the callee serves them:
// one that is overloaded is offered a little more than it served, one that is well
// gets everything back, with no window that would have to pass and no time that the
// breaker would have to sleep. The first successes after opening, and a few of them
// again after 2, 4, 8 and then each 16 s, or half as much or half again, are a
// trial: each pays for as many calls as the Threshold allows, two by default, and
// credit is spent at once. Calls thus double with each round trip, where that is long
// until the first failure; after the trial they grow more slowly. After an outage
// in which everything failed, all calls are admitted again ProbeInterval plus about
// ten calls' time and round trips after its end, at the latest; usually long before,
// since after n of them the next probe is 1.8·√n calls away, or half as much or half
// again. After any other time, such as an overload
// that ends, or where Threshold is below one half or Purse above its default, so that
// one trial isn't enough, it may take three times MaxTrialInterval.
//
// # Background errors
//
// Steady errors below the Threshold must never shut the breaker, though by chance
// eight failures too many do come together now and then. So it learns, while closed,
// how many errors follow a success, and takes a deficit for a trip that is unlikely
// with as many: up to 20 in place of 8. After an outage, the first results tell, as
// hardly any load is on the callee then: what fails among them would fail without
// us. Where errors were there for a minute, or the breaker has not stayed closed for
// one, every trial allows for them. Close below the Threshold, from about nine tenths
// of it on, and with many calls a second, a share of them is refused nevertheless.
//
// # Overload
//
// What it can't know: with successes and failures alone, a callee that is a bit
// overloaded, because other clients hold back, and one that has a few errors all the
// time look the same. It then takes failures below the Threshold for errors. Under
// a lasting overload by many clients, some that see few enough failures keep their
// whole rate: the callee is used as well as ever, but not shared fairly. Callees
// that say so are known: the adapters report HTTP's 429, gRPC's ResourceExhausted
// and answers with Retry-After as [circuit.Overload]. More than a fifth of these
// opens the breaker, whatever the Threshold is. While they last it starts with half
// of the calls, and keeps the account, paying 1.15 calls for a success, until 10 s
// have passed without another: no client keeps its whole rate, and each gets about
// the same.
//
// # Cost
//
// None of the following takes a lock, and none allocates. While closed, admitting a
// call is one atomic load, and while there is no deficit, a success is one atomic
// addition, without a look at the clock. While open without credit, refusing a call
// is a look at the clock and an addition.
package credit
