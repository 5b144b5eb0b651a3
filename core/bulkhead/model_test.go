package bulkhead_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/bulkhead"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// held is a place of the model, by its doc: one of a list, in the order of time.
type held struct {
	since time.Time
	ended bool
}

// game plays two Guards with one limit against a plain list of places.
type game struct {
	*testing.T
	limit  bulkhead.Limit
	update func(bulkhead.Config) error // nil where there is none
	guards [2]circuit.Acquirer
	inner  [2]*book

	config   bulkhead.Config
	places   []*held // that are not ended, the oldest first
	rejected uint64
	expired  uint64
	bare     [2][]*held // calls by Allow, the oldest first
	calls    []*modelCall
}

// modelCall is one that was admitted by a permit.
type modelCall struct {
	permit  circuit.Permit
	guard   int
	token   int
	place   *held
	settled bool
}

func (m *game) expire() {
	for len(m.places) > 0 && time.Since(m.places[0].since) >= m.config.Lifetime {
		m.end(m.places[0])
		m.expired++
	}
}

func (m *game) end(p *held) {
	if !p.ended {
		p.ended = true
		m.places = slices.DeleteFunc(m.places, func(q *held) bool { return q == p })
	}
}

// take is what the limit should do.
func (m *game) take() (*held, bool) {
	if len(m.places) >= m.config.Max {
		m.expire()
	}
	if len(m.places) >= m.config.Max {
		m.rejected++
		if !m.config.Observe {
			return nil, false
		}
	}
	p := &held{since: time.Now()}
	m.places = append(m.places, p)
	return p, true
}

// refused checks an error against the one that is due.
func (m *game) refused(got, want error) {
	m.Helper()
	if (got == nil) != (want == nil) || want != nil && !errors.Is(got, want) {
		m.Fatalf("refused with %v, want %v", got, want)
	}
}

func (m *game) acquire(guard int) {
	inner := m.inner[guard]
	want, token, refusal := slices.Clone(inner.entries), len(inner.entries)+1, inner.refuse
	var place *held
	if refusal == nil {
		var ok bool
		want = append(want, "acquire")
		if place, ok = m.take(); !ok {
			refusal = bulkhead.ErrFull
			want = append(want, fmt.Sprintf("%d %+v", token, circuit.Result{Outcome: circuit.Ignored, Kind: circuit.KindConcurrencyReject}))
		}
	}
	permit, err := m.guards[guard].Acquire()
	m.refused(err, refusal)
	if err == nil {
		m.calls = append(m.calls, &modelCall{permit, guard, token, place, false})
	}
	m.saw(guard, want)
}

func (m *game) settle(c *modelCall, r circuit.Result) {
	want := slices.Clone(m.inner[c.guard].entries)
	if !c.settled {
		m.end(c.place)
		if c.settled = true; r == (circuit.Result{Outcome: r.Outcome}) {
			want = append(want, fmt.Sprintf("%d %v", c.token, r.Outcome))
		} else {
			want = append(want, fmt.Sprintf("%d %+v", c.token, r))
		}
	}
	c.permit.End(r)
	m.saw(c.guard, want)
}

func (m *game) allow(guard int) {
	inner := m.inner[guard]
	want := slices.Clone(inner.entries)
	refusal := bulkhead.ErrFull
	if place, ok := m.take(); ok {
		want = append(want, "allow")
		if refusal = inner.refuse; refusal != nil {
			m.end(place)
		} else {
			lost := 0
			for ; lost < len(m.bare[guard]) && time.Since(m.bare[guard][lost].since) >= m.config.Lifetime; lost++ {
				m.end(m.bare[guard][lost])
			}
			m.bare[guard] = append(m.bare[guard][lost:], place)
		}
	}
	m.refused(m.guards[guard].Allow(), refusal)
	m.saw(guard, want)
}

func (m *game) mark(guard int, success bool) {
	want := slices.Clone(m.inner[guard].entries)
	if len(m.bare[guard]) > 0 {
		m.end(m.bare[guard][0])
		m.bare[guard] = m.bare[guard][1:]
	}
	if success {
		m.guards[guard].MarkSuccess()
		want = append(want, "mark success")
	} else {
		m.guards[guard].MarkFailed()
		want = append(want, "mark failed")
	}
	m.saw(guard, want)
}

func (m *game) saw(guard int, want []string) {
	m.Helper()
	if got := m.inner[guard].entries; !slices.Equal(got, want) {
		m.Fatalf("the breaker saw\n%q\nwant\n%q", got, want)
	}
}

func (m *game) check() {
	m.Helper()
	m.expire()
	want := bulkhead.Stats{InFlight: len(m.places), Max: m.config.Max, Rejected: m.rejected, Expired: m.expired}
	if got := m.limit.Stats(); got != want {
		m.Fatalf("stats are %+v, want %+v", got, want)
	}
}

// step does what two bytes say.
func (m *game) step(op, arg byte) {
	guard := int(arg & 1)
	switch op % 10 {
	case 0, 1, 2:
		m.acquire(guard)
	case 3, 4:
		if len(m.calls) > 0 { // some are never chosen: lost; some more than once
			m.settle(m.calls[int(arg)%len(m.calls)], circuit.Result{Outcome: circuit.Outcome(arg % 4), Kind: circuit.Kind(arg >> 4 % 3)})
		}
	case 5:
		m.allow(guard)
	case 6:
		m.mark(guard, arg&2 != 0)
	case 7:
		time.Sleep(time.Duration(arg) * 10 * time.Millisecond)
	case 8:
		switch {
		case arg < 128 || m.update == nil:
			m.inner[guard].refuse = []error{nil, circuit.ErrNotAllowed}[arg>>1&1]
		default:
			c := bulkhead.Config{Max: int(arg % 5), Lifetime: time.Duration(1+arg%3) * time.Second, Observe: arg&64 != 0}
			if err := m.update(c); (err == nil) != (c.Max > 0) {
				m.Fatalf("Update(%+v): %v", c, err)
			} else if err == nil {
				m.config = c
			}
		}
	case 9:
		m.check()
	}
}

func play(t *testing.T, data []byte) {
	data = data[:min(len(data), 2000)] // or the books get long
	synctest.Test(t, func(t *testing.T) {
		c := bulkhead.Config{Max: 3, Lifetime: 2 * time.Second}
		b := newBulkhead(t, c)
		m := &game{T: t, limit: b, update: b.Update, config: c}
		if len(data) > 0 && data[0]&1 == 0 { // the same by a limit that doesn't expire by itself
			m.limit, m.update = expiring(t, newBulkhead(t, bulkhead.Config{Max: 3, Lifetime: 24 * time.Hour}), c.Lifetime), nil
		}
		for i := range m.guards {
			m.inner[i] = &book{}
			m.guards[i] = bulkhead.Guard(m.inner[i], m.limit).(circuit.Acquirer)
		}
		for i := 0; i+1 < len(data); i += 2 {
			m.step(data[i], data[i+1])
		}
		m.check()
		for _, c := range m.calls { // all that are still out come in late
			m.settle(c, circuit.Result{})
		}
		m.check()
		time.Sleep(m.config.Lifetime)
		m.check()
		if n := m.limit.Stats().InFlight; n != 0 {
			t.Errorf("%d places are lost", n)
		}
	})
}

func FuzzBulkhead(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0, 0, 3, 1, 3, 1, 7, 255, 9, 0})
	f.Add([]byte{1, 5, 5, 0, 5, 0, 5, 0, 7, 201, 5, 1, 6, 0, 8, 200, 0, 0, 9, 9})
	f.Fuzz(play)
}

// The same with dice, for each run of the tests.
func TestModel(t *testing.T) {
	for seed := range uint64(500) {
		dice := rand.New(rand.NewPCG(seed, 0))
		data := make([]byte, 400)
		for i := range data {
			data[i] = byte(dice.Uint32())
		}
		play(t, data)
		if t.Failed() {
			t.Fatalf("with seed %d", seed)
		}
	}
}
