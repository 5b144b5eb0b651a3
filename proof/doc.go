// Package proof holds what can be shown of the breakers under concurrency alone:
// that what goroutines see at once is what they could have seen one after the other.
//
// It is shown in three ways. Recorded histories of a few goroutines are checked for
// linearizability against a plain model of each engine. A race that was found stands
// as the shortest history that shows it, played many times over. And all that users do
// is done at once, by roles, and the books must balance.
package proof
