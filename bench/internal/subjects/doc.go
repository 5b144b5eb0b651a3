// Package subjects has the breakers that are measured: ours, those of other
// libraries, and the operations below which none can get.
//
// A [Subject] brings its own loop of calls, written out in its own terms, as the
// library's users write them: what is measured is a breaker, and no wrapper around
// it. Whatever else the loops have, a count and a branch, is the same in all of
// them, the floors included.
//
// Each is used at its defaults, unless that would not be a breaker that can be
// compared: settings that differ stand in [Subject.About].
package subjects
