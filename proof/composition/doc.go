// Package composition holds what can be shown of policies in each other: breakers of every
// engine, wrappers, commands, retries, timeouts, fallbacks, hedges and bulkheads, nested as
// it comes, with a history of all that happens to them.
//
// A nesting and its history are decided by a few bytes, so that a fuzzer can look for
// those that break something, and one that did stays as a file of its corpus. Between all
// parts stand spies, which keep books: each admitted call ends once, what one part
// counts is what the next one saw, no place and no permit is lost, a refused
// call goes no further, and a panic comes out where it should. In the end the callee is
// well, and all that refused must admit again.
package composition
