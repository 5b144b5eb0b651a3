package sre

import (
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/engine"
	"github.com/go-fusebox/fusebox/core/internal/plain"
	"github.com/go-fusebox/fusebox/core/internal/window"
)

var plainConfigs = []Config{
	{Window: 200 * time.Millisecond, MinRequests: 10, ProbeInterval: 20 * time.Millisecond},
	{K: 1.5, Window: 200 * time.Millisecond, MinRequests: 1, Protection: 2, ProbeInterval: -1, CountRefusals: true},
	{K: 1.1, Window: 300 * time.Millisecond, Buckets: 7, MinRequests: 200, MaxDropRatio: 0.7, ProbeInterval: 50 * time.Millisecond},
	{K: 3, Window: 40 * time.Millisecond, Buckets: 1, MinRequests: 40, ProbeInterval: 2 * time.Millisecond, CountRefusals: true},
	{K: 10, Window: time.Second, Buckets: 20, MinRequests: 2, Protection: 10},
	{K: 1.25, Window: 100 * time.Millisecond, Buckets: 5},
	{},
	Aegis(),
}

// keep is how long a drop ratio may be kept, as the docs say.
const keep = time.Millisecond

// kept is the fast law. What it makes of calls that were refused on a lease goes to
// the plain one as well: it may take the ratio for above 0 up to keep longer.
type kept struct {
	*law
	pair  *plain.Pair
	plain *law
}

func (k kept) Leased(now time.Duration, successes, refused uint64) {
	k.law.Leased(now, successes, refused)
	if refused == 0 {
		return
	}
	if late := k.lastDropping - k.plain.lastDropping; late < 0 || late > keep {
		k.pair.Failf("the last ratio above 0 was seen at %v, want %v or up to %v later", k.lastDropping, k.plain.lastDropping, keep)
	}
	k.plain.lastDropping = k.lastDropping
}

// follower is the plain law. It decides by the drop ratio of now, with the luck of
// the fast one. Where the fast one has kept a ratio, and has refused for that reason
// alone, it goes along.
type follower struct {
	plain.Lagging
	*law
	strayed int // calls refused by a ratio that was kept
}

func (f *follower) Settle(now time.Duration, id uint32, o circuit.Outcome) {
	f.Lagging.Settle(now, id, o)
}
func (f *follower) Mark(now time.Duration, o circuit.Outcome) { f.Lagging.Mark(now, o) }
func (f *follower) Lease(time.Duration) (none engine.Lease)   { return none }
func (f *follower) Leased(now time.Duration, successes, refused uint64) {
	f.Lagging.Leased(now, successes, refused)
}

func (f *follower) Admit(now time.Duration, anonymous bool) (uint32, bool) {
	p := f.Pair
	const step = 1 << 18 // of the time in leases
	switch {
	case p.Mode == circuit.Auto && now < p.Before.Refuse/step*step:
		ratio := f.dropRatio(now)
		byKept, byFresh := f.core.Drops(p.Before.Drop), f.core.Drops(ratio) // one luck
		if byKept != p.Passed {
			p.Failf("a call was refused on a lease: %v, want %v", p.Passed, byKept)
		}
		if !byKept || byFresh {
			break
		}
		f.strayed++
		forced := f.config.ProbeInterval > 0 && now-f.lastPass >= f.config.ProbeInterval
		if !(ratio < p.Before.Drop) || now-p.Since >= keep || p.Counted == 0 || forced {
			p.Failf("a call was refused by a ratio of %v, got %v ago, %d successes before, forced: %v; the ratio is %v",
				p.Before.Drop, now-p.Since, p.Counted, forced, ratio)
		}
		f.lastDropping = now
		return 0, false
	case p.Passed && now/f.width() != p.Since/f.width(): // the fast one's window stays where it is, and so this one's must
		own := f.window
		defer func() { f.window = own }()
		f.window = own.Resized(0, f.config.Window, f.config.Buckets)
	}
	return f.law.Admit(now, anonymous)
}

// newPair makes both. The plain one follows the fast one where that is allowed to be
// different; or else it is a plain one and nothing more.
func newPair(t *testing.T, c Config, follows bool) (*plain.Pair, *follower) {
	t.Helper()
	p := &plain.Pair{}
	var laws [2]*law
	for i, core := range []**engine.Core{&p.Fast, &p.Plain} {
		*core = engine.New("sre", 42)
		c = c.withDefaults()
		laws[i] = &law{core: *core, config: c, window: window.New(c.Window, c.Buckets)}
	}
	fast, slow := laws[0], laws[1]
	f := &follower{law: slow, Lagging: plain.Lagging{Law: plain.Law{Law: slow}, Pair: p}}
	if follows {
		p.Watch = &plain.Watch{Law: kept{fast, p, slow}}
		p.Plain.Govern(f)
	} else {
		p.Watch = &plain.Watch{Law: fast}
		p.Plain.Govern(plain.Law{Law: slow})
	}
	p.Fast.Govern(p.Watch)
	p.Width = slow.width
	p.Update = func(config int) {
		c := plainConfigs[config%len(plainConfigs)].withDefaults()
		p.Fast.Change(func(now time.Duration) { fast.update(now, c) })
		p.Plain.Change(func(now time.Duration) { slow.update(now, c) })
	}
	p.Same = func() bool {
		return reflect.DeepEqual(fast.window, slow.window) && reflect.DeepEqual(fast.tried, slow.tried) &&
			(p.State == circuit.Closed || p.Mode == circuit.ForceOpen || fast.lastPass == slow.lastPass && fast.lastDropping == slow.lastDropping)
	}
	p.Start(t)
	return p, f
}

func (l *law) width() time.Duration { return l.window.Width() }

const widest = 300 * time.Millisecond // of the buckets of plainConfigs

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
func playFollowing(t *testing.T, history []byte, config int) (p *plain.Pair, f *follower) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p, f = newPair(t, plainConfigs[config%len(plainConfigs)], true)
		p.Play(history)
	})
	return p, f
}
