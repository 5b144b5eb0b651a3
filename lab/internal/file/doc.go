// Package file reads a scenario that a user wrote: their service, its traffic and
// what goes wrong, and the engines to compare on it. [Parse] gives a [File], whose
// scenario package sim can run, or says what is wrong, line by line:
//
//	shop.yaml:14:5: phases[1].errors is 1.5, must be from 0 to 1, or from 0% to 100%
//
// Only traffic.rate is required. This file has all fields; "#" shows what a field
// that is left out means:
//
//	name: shop                # the file's name
//	about: one line on it     # nothing
//	duration: 2m              # 1m; 1s to 4h, in steps of 100ms
//	seeds: 3                  # 5, the seeds 1 to 5; [7, 9] are these two
//	backend:
//	  capacity: 400/s         # no limit
//	  latency: 50ms           # 50ms, of a call that doesn't wait
//	  queue: 1s               # 200ms, the longest wait that it accepts
//	  refusalCost: 10%        # 10%, the work of a refusal, as a share of a call
//	traffic:
//	  rate: 250/s             # required; of all clients together, retries not counted
//	  clients: 20             # 10, each with its own breaker
//	  deadline: 800ms         # 1s, of one attempt; none waits for ever
//	  retries:
//	    max: 2                # 0; up to 3
//	    backoff: 100ms        # 100ms, then doubled; each ± 50 %
//	    refused: true         # false; whether the breaker's refusals are retried, too
//	phases:                   # none
//	  - at: 30s               # required
//	    rate: 600/s           # normal, for these five
//	    capacity: 40%
//	    latency: 200ms
//	    errors: 15%
//	    hang: true
//	  - at: 60s
//	engines:                  # all that there are, at their defaults
//	  - credit
//	  - engine: sre
//	    label: sre, K 1.5     # the engine's name
//	    settings: {k: 1.5}    # the engine's defaults
//
// A phase is in force until the next. What it does not state is back to normal, so
// a phase with nothing but a time ends a fault. Its rate, capacity and latency
// stand in place of the normal ones; in per cent, they are a share of them.
//
// Times have a unit, as in 1m30s. Rates are calls a second, as in 250/s or plain
// 250; 30/m and 30/h are calls a minute and an hour. Shares are 15% or 0.15.
//
// Files are at most 16 KiB, of one document, without anchors, aliases and tags. A
// file that would simulate more calls than fit into some minutes is refused.
package file
