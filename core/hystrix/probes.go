package hystrix

import (
	"slices"
	"time"
)

// probes are the calls that one half-open period has admitted and not yet heard
// of. Those past their lifetime no longer take a place, but are remembered, up to
// a limit, since a long call may yet come back.
type probes struct {
	lastID uint32
	out    []probe // in the order of their start
}

type probe struct {
	id        uint32
	anonymous bool
	start     time.Duration
}

// remembered is how many probes past their lifetime are kept.
const remembered = 64

func (p *probes) inFlight(now time.Duration, c Config) int {
	n := 0
	for i := len(p.out) - 1; i >= 0 && now-p.out[i].start < c.ProbeLifetime; i-- {
		n++
	}
	return n
}

func (p *probes) start(now time.Duration, c Config, anonymous bool) (id uint32, ok bool) {
	n := p.inFlight(now, c)
	if n >= c.Probes {
		return 0, false
	}
	if expired := len(p.out) - n; expired > remembered {
		p.out = slices.Delete(p.out, 0, expired-remembered)
	}
	p.lastID++
	p.out = append(p.out, probe{p.lastID, anonymous, now})
	return p.lastID, true
}

func (p *probes) end(id uint32) bool {
	return p.take(func(o probe) bool { return o.id == id })
}

// endAnonymous ends the oldest probe that was admitted by Allow.
func (p *probes) endAnonymous() bool {
	return p.take(func(o probe) bool { return o.anonymous })
}

func (p *probes) take(is func(probe) bool) bool {
	i := slices.IndexFunc(p.out, is)
	if i < 0 {
		return false
	}
	p.out = slices.Delete(p.out, i, i+1)
	return true
}
