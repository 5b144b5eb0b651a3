package credit

import (
	"math/rand/v2"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/internal/engine"
	"github.com/go-fusebox/fusebox/core/internal/plain"
)

var plainConfigs = []Config{
	{},
	{Threshold: 0.3, Depth: 3, Purse: 40, ProbeInterval: 100 * time.Millisecond, TrialInterval: 10 * time.Millisecond},
	{Threshold: 0.2, Depth: 20, ConsecutiveFailures: 2, Gain: 1.3, Probes: 2, ProbeLifetime: 5 * time.Millisecond},
	{Threshold: 0.75, Depth: 5, Purse: 5, Probes: 1, ProbeLifetime: 50 * time.Millisecond, ProbeInterval: 20 * time.Millisecond},
	{Depth: 1, Purse: 200, ProbeInterval: time.Millisecond, Probes: 1000, MaxTrialInterval: 3 * time.Second},
}

// newPair makes both, which may differ in nothing.
func newPair(t *testing.T, c Config) *plain.Pair {
	t.Helper()
	p := &plain.Pair{}
	var laws [2]*law
	for i, core := range []**engine.Core{&p.Fast, &p.Plain} {
		*core = engine.New("credit", 0)
		laws[i] = &law{core: *core, config: c.withDefaults(), dice: rand.New(rand.NewPCG(1, 2))}
		laws[i].Reset(0)
	}
	fast, slow := laws[0], laws[1]
	p.Watch = &plain.Watch{Law: fast}
	p.Fast.Govern(p.Watch)
	p.Plain.Govern(plain.Law{Law: slow})
	p.Width = func() time.Duration { return 100 * time.Millisecond } // it has no buckets; this says what a dense stretch is
	p.Update = func(config int) {
		c := plainConfigs[config%len(plainConfigs)].withDefaults()
		p.Fast.Change(func(time.Duration) { fast.update(c) })
		p.Plain.Change(func(time.Duration) { slow.update(c) })
	}
	p.Same = func() bool {
		a, b := *fast, *slow
		a.core, b.core = nil, nil
		return reflect.DeepEqual(a, b)
	}
	p.Start(t)
	return p
}

func playPlain(t *testing.T, history []byte, config int) (p *plain.Pair) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p = newPair(t, plainConfigs[config%len(plainConfigs)])
		p.Play(history)
	})
	return p
}
