package proof_test

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// wrong is a breaker with one fault, around a right one. Its permits are its own.
type wrong struct {
	subject
	acquire func() (circuit.Permit, error)
	settle  func(taken, circuit.Outcome)
	show    func(*circuit.Snapshot)

	mu    sync.Mutex // for all below, never held while the breaker is called
	taken []taken
	n     int
}

// taken is what a permit stands for.
type taken struct {
	permit circuit.Permit
	since  circuit.Snapshot
}

func (w *wrong) Acquire() (circuit.Permit, error) {
	p, err := w.acquire()
	if err != nil {
		return circuit.Permit{}, err
	}
	t := taken{permit: p}
	if w.settle != nil {
		t.since = w.subject.Snapshot()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.taken = append(w.taken, t)
	return circuit.NewPermit(w, uint64(len(w.taken)-1)), nil
}

// Settle is circuit.Settler's.
func (w *wrong) Settle(token uint64, o circuit.Outcome) {
	w.mu.Lock()
	t := w.taken[token]
	w.mu.Unlock()
	if w.settle != nil {
		w.settle(t, o)
		return
	}
	t.permit.Done(o)
}

func (w *wrong) Snapshot() circuit.Snapshot {
	s := w.subject.Snapshot()
	if w.show != nil {
		w.show(&s)
	}
	return s
}

// often reports true each n-th time.
func (w *wrong) often(n int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.n++
	return w.n%n == 0
}

func around(b subject) *wrong { return &wrong{subject: b, acquire: b.Acquire} }

func forgetsGenerations(b subject) subject {
	w := around(b)
	w.settle = func(t taken, o circuit.Outcome) {
		now := b.Snapshot()
		switch {
		case now.Since.Equal(t.since.Since) && now.State == t.since.State || o == circuit.Ignored:
			t.permit.Done(o)
		case o == circuit.Success:
			b.MarkSuccess()
		default:
			b.MarkFailed()
		}
	}
	return w
}

func losesSuccesses(b subject) subject {
	w := around(b)
	w.settle = func(t taken, o circuit.Outcome) {
		if o != circuit.Success || !w.often(7) {
			t.permit.Done(o)
		}
	}
	return w
}

func admitsTwoProbes(b subject) subject {
	w := around(b)
	w.acquire = func() (circuit.Permit, error) {
		p, err := b.Acquire()
		if err != nil && b.Snapshot().State == circuit.HalfOpen && w.often(2) {
			return circuit.Permit{}, nil
		}
		return p, err
	}
	return w
}

// answersLate admits a call if the breaker was closed one operation before.
func answersLate(b subject) subject {
	w := around(b)
	var last circuit.Permit // of the time when it was
	closed := false
	w.acquire = func() (circuit.Permit, error) {
		s := b.Snapshot()
		w.mu.Lock()
		late := closed && s.State == circuit.Open && s.Mode == circuit.Auto
		p := last
		closed = s.State == circuit.Closed
		w.mu.Unlock()
		if late {
			return p, nil
		}
		p, err := b.Acquire()
		w.mu.Lock()
		last = p
		w.mu.Unlock()
		return p, err
	}
	return w
}

func countsRefusalsTwice(b subject) subject {
	w := around(b)
	var refused uint64
	w.acquire = func() (circuit.Permit, error) {
		p, err := b.Acquire()
		if err != nil {
			w.mu.Lock()
			refused++
			w.mu.Unlock()
		}
		return p, err
	}
	w.show = func(s *circuit.Snapshot) {
		w.mu.Lock()
		defer w.mu.Unlock()
		s.Total.Refused += refused
	}
	return w
}

// tearsSnapshots is right for one goroutine: it reads the totals of a Snapshot after
// the rest.
func tearsSnapshots(b subject) subject {
	w := around(b)
	w.show = func(s *circuit.Snapshot) {
		runtime.Gosched()
		s.Total = b.Snapshot().Total
	}
	return w
}

// endless overrides never end on their own.
type endless struct{ subject }

func (e endless) Override(m circuit.Mode, d time.Duration) error {
	return e.subject.Override(m, min(d, 0))
}

// countsUnasked begins with the first call.
func countsUnasked(b subject) subject {
	w := around(b)
	w.acquire = func() (circuit.Permit, error) {
		p, err := b.Acquire()
		b.CountAdmissions()
		return p, err
	}
	return w
}

// The wrapper itself is not what is refuted.
func TestRightBreakersAreNotRefuted(t *testing.T) {
	for _, k := range []kind{ofHystrix(), ofCredit(), ofSRE()} {
		t.Run(k.name, func(t *testing.T) {
			verify(t, k.record(t, *seed, 50, false, func(b subject) subject { return around(b) }))
		})
	}
}

// A checker that never fails shows nothing: these it must refute, and each soon.
func TestWrongBreakersAreRefuted(t *testing.T) {
	for _, wrong := range []struct {
		fault string
		kind
		wrap
	}{
		{"forgets generations", ofHystrix(), forgetsGenerations},
		{"forgets generations", ofSRE(), forgetsGenerations},
		{"loses one success in seven", ofHystrix(), losesSuccesses},
		{"loses one success in seven", ofCredit(), losesSuccesses},
		{"loses one success in seven", ofSRE(), losesSuccesses},
		{"admits a second probe", ofHystrix(), admitsTwoProbes},
		{"admits by a state one operation old", ofHystrix(), answersLate},
		{"admits by a state one operation old", ofCredit(), answersLate},
		{"counts a refusal twice", ofHystrix(), countsRefusalsTwice},
		{"counts a refusal twice", ofCredit(), countsRefusalsTwice},
		{"counts a refusal twice", ofSRE(), countsRefusalsTwice},
		{"tears snapshots", ofHystrix(), tearsSnapshots},
		{"overrides without an end", ofHystrix(), func(b subject) subject { return endless{b} }},
		{"overrides without an end", ofCredit(), func(b subject) subject { return endless{b} }},
		{"overrides without an end", ofSRE(), func(b subject) subject { return endless{b} }},
		{"counts admissions unasked", ofHystrix(), countsUnasked},
	} {
		t.Run(wrong.name+" "+wrong.fault, func(t *testing.T) {
			const most, part = 2000, 25
			for i := 0; i < most; i += part {
				for j, h := range wrong.record(t, *seed+uint64(i), part, false, wrong.wrap) {
					if h.check(h.ops) == porcupine.Illegal {
						t.Logf("refuted by history %d", i+j+1)
						return
					}
				}
			}
			t.Errorf("none of %d histories refutes it", most)
		})
	}
}
