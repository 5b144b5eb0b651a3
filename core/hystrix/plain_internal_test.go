package hystrix

import (
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/internal/dice"
	"github.com/go-fusebox/fusebox/core/internal/engine"
	"github.com/go-fusebox/fusebox/core/internal/plain"
	"github.com/go-fusebox/fusebox/core/internal/window"
)

var plainConfigs = []Config{
	{Window: 200 * time.Millisecond, SleepWindow: 50 * time.Millisecond},
	{ErrorPercentThreshold: 40, RequestVolumeThreshold: 300, Window: 200 * time.Millisecond, SleepWindow: 5 * time.Millisecond, Probes: 3, SuccessesToClose: 5},
	{ErrorPercentThreshold: 1, RequestVolumeThreshold: 1000, ConsecutiveFailures: 30, Window: 300 * time.Millisecond, Buckets: 7, SleepWindow: time.Millisecond, ProbeLifetime: 20 * time.Millisecond},
	{ErrorPercentThreshold: -1, ConsecutiveFailures: 12, Window: 40 * time.Millisecond, Buckets: 1, SleepWindow: time.Millisecond, MaxSleepWindow: 100 * time.Millisecond, Probes: 40},
	{ErrorPercentThreshold: 20, RequestVolumeThreshold: 1, ConsecutiveFailures: 3, SleepWindow: 100 * time.Millisecond, SleepJitter: 1, SuccessesToClose: 2, Probes: 2, ProbeLifetime: 5 * time.Millisecond},
	{ErrorPercentThreshold: 90, Window: 100 * time.Millisecond, Buckets: 5, SleepWindow: 10 * time.Millisecond, SleepJitter: -1},
	{},
	{SlowCallDuration: time.Millisecond, SlowCallPercentThreshold: 30, Window: 100 * time.Millisecond, SleepWindow: 5 * time.Millisecond, ProbeRatio: .5, Probes: 3, SuccessesToClose: 2},
	{RampUp: 50 * time.Millisecond, Window: 100 * time.Millisecond, SleepWindow: 5 * time.Millisecond, ProbeRatio: .9, SuccessesToClose: 3},
}

// widest is the width of a bucket in plainConfigs.
const widest = time.Second

// newPair makes both. The plain one follows the fast one in that it takes successes
// for as old as that does; or else it is a plain one and nothing more.
func newPair(t *testing.T, c Config, follows bool) (*plain.Pair, *plain.Lagging) {
	t.Helper()
	p := &plain.Pair{}
	var laws [2]*law
	source := dice.NewSource() // the same for both
	for i, core := range []**engine.Core{&p.Fast, &p.Plain} {
		*core = engine.New("hystrix", 0)
		c = c.withDefaults()
		laws[i] = &law{core: *core, config: c, dice: source, window: window.New(c.Window, c.Buckets)}
	}
	fast, slow := laws[0], laws[1]
	lagging := &plain.Lagging{Law: plain.Law{Law: slow}, Pair: p}
	lagging.Early = func(now time.Duration) {
		n := slow.window.Sum(0)
		if c := slow.config; c.ErrorPercentThreshold > 0 && 100*float64(n.Failures) >= c.ErrorPercentThreshold*float64(c.RequestVolumeThreshold) {
			p.Failf("a success is counted early with %d failures in the window, which matter", n.Failures)
		}
	}
	p.Watch = &plain.Watch{Law: fast}
	p.Fast.Govern(p.Watch)
	if follows {
		p.Plain.Govern(lagging)
	} else {
		p.Plain.Govern(plain.Law{Law: slow})
	}
	p.Width = func() time.Duration { return slow.window.Width() }
	p.Update = func(config int) {
		c := plainConfigs[config%len(plainConfigs)].withDefaults()
		p.Fast.Change(func(now time.Duration) { fast.update(now, c) })
		p.Plain.Change(func(now time.Duration) { slow.update(now, c) })
	}
	p.Same = func() bool {
		a, b := *fast, *slow
		a.core, b.core = nil, nil
		return reflect.DeepEqual(a, b)
	}
	p.Start(t)
	return p, lagging
}

// playCautious plays a history in which all must be equal, step by step.
func playCautious(t *testing.T, history []byte, config int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p, _ := newPair(t, plainConfigs[config%len(plainConfigs)], false)
		p.Cautious, p.Widest = true, widest
		p.Play(history)
	})
}

// playFollowing plays one in which the leases do all they may.
func playFollowing(t *testing.T, history []byte, config int) (p *plain.Pair, l *plain.Lagging) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p, l = newPair(t, plainConfigs[config%len(plainConfigs)], true)
		p.Play(history)
	})
	return p, l
}
