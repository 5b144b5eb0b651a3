// Package proof holds what can be shown of the breakers under concurrency alone:
// that what goroutines see at once is what they could have seen one after the other.
//
// A race stands here as the shortest history that shows it, played many times over.
package proof
