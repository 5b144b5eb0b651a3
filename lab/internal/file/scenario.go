package file

import (
	"time"

	"github.com/go-fusebox/fusebox/lab/internal/sim"
)

// The slowest and the fastest rates, in calls a second; the simulator counts in
// nanoseconds, which overflow below.
const (
	slowest = 0.001
	fastest = 1e6
)

// newScenario has the defaults.
func newScenario(name string) sim.Scenario {
	return sim.Scenario{
		Name:     name,
		Duration: time.Minute,
		Backend:  sim.Backend{Latency: 50 * time.Millisecond, Queue: 200 * time.Millisecond, RefusalCost: .1},
		Traffic: sim.Traffic{
			Clients:  10,
			Deadline: time.Second,
			Retries:  sim.Retries{Backoff: 100 * time.Millisecond},
		},
		Phases: []sim.Phase{normal(0)},
	}
}

// normal is the phase in which all is as usual.
func normal(at time.Duration) sim.Phase { return sim.Phase{At: at, Rate: 1, Capacity: 1} }

func (v value) duration(to *time.Duration) {
	d, ok := v.span(time.Second, 4*time.Hour)
	if ok && d%sim.Step != 0 {
		v.wrong("a multiple of " + sim.Step.String())
		return
	}
	*to = d
}

func (v value) backend(b *sim.Backend) {
	v.object(
		field{"capacity", func(v value) { b.Capacity, _ = v.rate(.1, fastest) }},
		field{"latency", func(v value) { b.Latency, _ = v.span(0, time.Minute) }},
		field{"queue", func(v value) { b.Queue, _ = v.span(0, time.Minute) }},
		field{"refusalCost", func(v value) { b.RefusalCost = v.share() }},
	)
}

const rateMissing = "traffic.rate is missing, must be the calls a second, such as 200/s"

func (v value) traffic(t *sim.Traffic) {
	ok := v.object(
		field{"rate", func(v value) { t.Rate, _ = v.rate(slowest, fastest) }},
		field{"clients", func(v value) { t.Clients, _ = v.count(1, 10_000) }},
		field{"deadline", func(v value) {
			if t.Deadline = 0; v.scalar() != "none" {
				t.Deadline, _ = v.span(time.Millisecond, time.Minute)
			}
		}},
		field{"retries", func(v value) { v.retries(&t.Retries) }},
	)
	if ok && !v.given("traffic.rate") {
		v.fail(v.path, rateMissing)
	}
}

func (v value) retries(r *sim.Retries) {
	v.object(
		field{"max", func(v value) { r.Max, _ = v.count(0, 3) }},
		field{"backoff", func(v value) { r.Backoff, _ = v.span(0, time.Minute) }},
		field{"refused", func(v value) { r.Refused = v.flag() }},
	)
}

// phases come after each other; the first is the normal one where the file's
// first is later.
func (v value) phases(s *sim.Scenario) {
	const most = 100
	items, ok := v.items()
	if !ok {
		v.wrong("a list")
		return
	}
	if len(items) > most {
		v.fail(v.path, "%s has %d items, must have at most %d", v.path, len(items), most)
		return
	}
	last := time.Duration(-1)
	phases := []sim.Phase{}
	for _, item := range items {
		p, ok := item.phase(s)
		switch {
		case !ok:
		case p.At <= last:
			item.fail(item.path+".at", "%s.at is %s, must be later than %s, when the phase before begins", item.path, brief(p.At), brief(last))
		case s.Duration > 0 && p.At >= s.Duration:
			item.fail(item.path+".at", "%s.at is %s, must be before the end at %s", item.path, brief(p.At), brief(s.Duration))
		}
		last = max(last, p.At)
		phases = append(phases, p)
	}
	if len(phases) == 0 || phases[0].At > 0 {
		phases = append([]sim.Phase{normal(0)}, phases...)
	}
	s.Phases = phases
}

// phase is ok if it has a time.
func (v value) phase(s *sim.Scenario) (p sim.Phase, ok bool) {
	p = normal(0)
	mapping := v.object(
		field{"at", func(v value) { p.At, ok = v.span(0, 4*time.Hour) }},
		field{"rate", func(v value) {
			n, ok := v.rateOr(0, fastest, s.Traffic.Rate)
			if ok && n > 0 && n < slowest {
				v.wrong("0, or from " + number(slowest) + "/s to " + number(fastest) + "/s")
			}
			if s.Traffic.Rate > 0 {
				p.Rate = n / s.Traffic.Rate
			}
		}},
		field{"capacity", func(v value) {
			if !v.given("backend.capacity") {
				v.fail(v.path, "%s needs backend.capacity, without which the backend has no limit", v.path)
				return
			}
			n, _ := v.rateOr(.1, fastest, s.Backend.Capacity)
			if s.Backend.Capacity > 0 {
				p.Capacity = n / s.Backend.Capacity
			}
		}},
		field{"latency", func(v value) { p.Latency = v.latency(s.Backend.Latency) - s.Backend.Latency }},
		field{"errors", func(v value) { p.Errors = v.share() }},
		field{"hang", func(v value) { p.Hang = v.flag() }},
	)
	if mapping && !v.given(v.path+".at") {
		v.fail(v.path, "%s.at is missing, must be the time when the phase begins, such as 30s", v.path)
	}
	return p, ok
}

// latency of a phase is a time, or so many per cent of the normal one.
func (v value) latency(normal time.Duration) time.Duration {
	n, unit, ok := v.quantity()
	if !ok || unit != "%" {
		d, _ := v.span(0, time.Minute)
		return d
	}
	if d := n / 100 * float64(normal); d >= 0 && d <= float64(time.Minute) {
		return time.Duration(d)
	}
	v.wrong("from 0s to " + brief(time.Minute))
	return 0
}

// fits demands that calls can succeed when all is normal.
func (r *reader) fits(s *sim.Scenario) {
	if s.Traffic.Deadline == 0 {
		return
	}
	least := s.Backend.Latency
	if s.Backend.Capacity > 0 {
		least += time.Duration(float64(time.Second) / s.Backend.Capacity)
	}
	if s.Traffic.Deadline < least {
		r.fail("traffic.deadline", "traffic.deadline is %s, must be at least %s, which a call takes when the backend is idle: backend.latency and 1/backend.capacity",
			brief(s.Traffic.Deadline), brief(least.Round(10*time.Microsecond)))
	}
}
