// Package circuittest tests any breaker against the contract of package circuit.
//
// A test describes its breaker by a [Suite] and runs it:
//
//	func TestContract(t *testing.T) {
//		circuittest.Suite{
//			New:      func() circuit.Breaker { return mustNew() },
//			Recovery: func(rate float64) time.Duration { return 6 * time.Second },
//		}.Run(t)
//	}
//
// Each check is a subtest. Time is that of a testing/synctest bubble, so a suite
// takes real seconds at most, and should run under the race detector too. What a
// breaker can't do, because it is no [circuit.Acquirer], [circuit.Reporter],
// [circuit.Observable] or [circuit.ModeSetter], is skipped, and the test's log
// says so.
package circuittest
