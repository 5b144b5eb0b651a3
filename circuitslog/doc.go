// Package circuitslog writes what breakers do to a [slog.Logger]: a line for each
// change of state, and now and then a summary of what is refused, never a line for a
// refused call.
//
// [Follow] does both for a group, and costs calls nothing:
//
//	g := group.New(factory)
//	stop := circuitslog.Follow(g, slog.Default())
//	defer stop()
//
// [Observer] writes the changes alone, for whatever takes a [circuit.Observer], such as
// the WithObserver option of an adapter.
//
// # Lines
//
// A breaker that opens is a warning, any other change is information. Each line has
//
//	key, from, to, reason, engine   as of the event
//	mode                            where it is not auto
//	lasted                          how long the former state did
//	window.successes, .failures,    the counts that the breaker decided on, just
//	  .refused                      before the change
//	refused, would_refuse           where it closes: the calls that were refused, or
//	                                would have been in mode observe, since it opened
//	suppressed, at                  where lines were left out, see below
//
// A breaker may flap. There are at most 10 lines for a key in a minute; the changes
// beyond are counted, and the next line has their number as suppressed. The last of
// them is written when the minute is over, with the time at which it happened, so that
// a log ends with the state that the breaker is in; if more than 1,024 keys flap within
// a minute, it does for so many. Refusals are not lost with a line: the next one that
// tells of a closing has them.
//
// While a breaker of a followed group is open or half-open, each minute brings a line
// for each key that refused calls in it, the 20 that refused most, and one for all
// others together.
//
// # Cost
//
// Lines are written by the goroutine whose call changed a state, with no lock held,
// and by a timer that is set only while a breaker is not closed or a line is due.
// Summaries are read off snapshots. A handler that panics harms nobody. Memory is
// bounded: the keys that changed last are remembered, at least 16,384 of them; of one
// that was forgotten, the next closing is told without what was refused.
package circuitslog
