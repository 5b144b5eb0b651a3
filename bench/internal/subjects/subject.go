package subjects

import "slices"

// Throttler is the peer that refuses by a bare mutex and a random number.
const Throttler = "failsafe-go, throttler"

// Loop makes n calls, of which each every-th that is admitted fails, and none if
// every is 0. It returns how many were refused. Several goroutines may run it.
type Loop func(n, every int) (refused int)

// Subject is a kind of breaker.
type Subject struct {
	Name  string
	About string // the calls that are made, and settings that are not the defaults
	Ours  bool
	// Bare is ours by the methods that frameworks know, in place of permits.
	Bare bool
	// Window says that what it decides on is a window of time.
	Window bool
	// Only is the one scenario in which it differs from another subject, or empty.
	Only string
	// New makes a breaker, and the loop of calls on it.
	New func() (breaker any, loop Loop)
	// Crowd makes n breakers as they live together, where that is not n times New,
	// and makes a few calls on each.
	Crowd func(n int) (breakers any)
}

// Engines are the names of ours, by permits.
var Engines = []string{"credit", "sre", "hystrix"}

// All returns every breaker, ours first.
func All() []Subject {
	return slices.Concat(ours(), observed(), peers())
}

// peers are those of other libraries, nearest relatives of ours first.
func peers() []Subject {
	return []Subject{
		aegis(), aegisMarked(), goZero(), goBreaker(),
		failsafeTime(), failsafeCount(), failsafeThrottler(),
		gopkg("bytedance/gopkg", false), gopkg("bytedance/gopkg per P", true), hystrixGo(),
	}
}

// Peers are the names of the others, those for one scenario alone left out.
func Peers(which func(Subject) bool) []string {
	var names []string
	for _, s := range peers() {
		if s.Only == "" && which(s) {
			names = append(names, s.Name)
		}
	}
	return names
}
