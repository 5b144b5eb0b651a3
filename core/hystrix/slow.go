package hystrix

import "time"

// timeStep is the precision to which calls are timed. A permit has 32 bits for the time
// of its admission: calls of up to twelve hours are told from shorter ones.
const timeStep = 10 * time.Microsecond

// timing reports whether calls are timed.
func (l *law) timing() bool { return l.config.SlowCallDuration > 0 }

// stamp is the time of a closed breaker's admission, as the id of its permit: 0 if it
// isn't timed. Time is rounded up, so that no call seems longer than it is.
func (l *law) stamp(now time.Duration) uint32 {
	if !l.timing() {
		return 0
	}
	return max(1, uint32((now+timeStep-1)/timeStep)+1)
}

// since is the time since a stamp, or 0 without one.
func (l *law) since(now time.Duration, stamp uint32) time.Duration {
	if stamp == 0 {
		return 0
	}
	steps := now / timeStep
	behind := uint32(steps) - (stamp - 1)
	if int32(behind) == -1 {
		return 0 // within one step
	}
	return now - (steps-time.Duration(behind))*timeStep
}

// slow reports whether a call that took so long is.
func (l *law) slow(d time.Duration) bool { return l.timing() && d >= l.config.SlowCallDuration }
