package plain

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/engine"
)

// Stretch is some time in which nothing changes.
type Stretch struct {
	Calls      int
	Gap        time.Duration // between calls
	Burst      int           // calls that come at once, after as many gaps
	Random     bool          // gaps are from 0 to twice that
	Failing    float64       // share of the calls
	Ignored    float64       // of these, or of the others
	Overloaded float64       // of those that fail
	Held       int           // calls that stay in flight
	Bare       float64       // share of the calls
	Shown      float64       // share of the calls after which a snapshot is taken
}

// Run sends one through both, and tells how many admissions and ends there were, and
// how many of them passed the fast one's lock by.
func (p *Pair) Run(s Stretch, src *rand.Rand) (done, passed int) {
	for i := range s.Calls {
		switch {
		case s.Burst > 1 && i%s.Burst > 0:
		case s.Random:
			time.Sleep(time.Duration(src.Int64N(int64(2*s.Gap)+1)) * time.Duration(max(1, s.Burst)))
		default:
			time.Sleep(s.Gap * time.Duration(max(1, s.Burst)))
		}
		p.Call(src.Float64() < s.Bare)
		if p.Passed {
			passed++
		}
		done++
		for len(p.calls) > s.Held {
			p.End(src.IntN(len(p.calls)), s.outcome(src))
			if p.Passed {
				passed++
			}
			done++
		}
		if src.Float64() < s.Shown {
			p.Snapshot()
		}
	}
	return done, passed
}

// healthy reports whether nothing fails in it, or goes past the leases for another reason.
func (s Stretch) healthy() bool { return s.Failing+s.Ignored+s.Shown == 0 }

// dense reports whether many calls come in each bucket.
func (s Stretch) dense(bucket time.Duration) bool {
	return s.Burst <= 1 && s.Gap > 0 && bucket/s.Gap >= 100
}

func (s Stretch) outcome(src *rand.Rand) circuit.Outcome {
	switch {
	case src.Float64() < s.Ignored:
		return circuit.Ignored
	case src.Float64() >= s.Failing:
		return circuit.Success
	case src.Float64() < s.Overloaded:
		return circuit.Overload
	default:
		return circuit.Failure
	}
}

const (
	bytesEach = 8 // of a stretch in a history
	// longest is that of a history, in calls.
	longest = 60_000
)

// Play reads stretches, and what comes between them, from bytes, and ends with a snapshot.
func (p *Pair) Play(history []byte) {
	p.where = "at the start"
	calls := 0
	for n := 0; len(history) >= bytesEach && calls < longest; n++ {
		b := [bytesEach]byte(history)
		history = history[bytesEach:]
		s := p.read(b)
		calls += s.Calls
		p.where = fmt.Sprintf("stretch %d %+v", n, s)
		src := rand.New(rand.NewPCG(uint64(b[0])<<8|uint64(b[7]), uint64(n)))
		state := p.State
		done, passed := p.Run(s, src)
		if s.healthy() && s.dense(p.Width()) && p.Mode == circuit.Auto && state == circuit.Closed && p.State == state {
			p.Healthy += done
			p.HealthyPassed += passed
		}
		p.between(b[6], b[7], src)
	}
	p.where = "at the end"
	p.Snapshot()
}

func (p *Pair) read(b [bytesEach]byte) Stretch {
	s := Stretch{
		Calls:   1 + int(b[2])*int(b[2])/8,
		Failing: [...]float64{0, 0, 0, 0.01, 0.1, 0.3, 0.6, 1}[b[1]%8],
		Held:    [...]int{0, 0, 0, 0, 1, 5, 40, 300}[b[4]%8],
		Bare:    [...]float64{0, 0, 0.3, 1}[b[5]%4],
		Burst:   [...]int{1, 1, 1, 7, 50, 1000}[b[3]%6],
		Random:  b[3] >= 128,
	}
	if s.Gap = time.Second; b[0] < 250 { // else, no time passes
		for range b[0] % 7 {
			s.Gap /= 10
		}
		s.Gap = s.Gap * time.Duration(20-b[0]/14) / 8
	} else {
		s.Gap = 0
	}
	switch b[1] / 8 % 8 {
	case 5:
		s.Ignored = 0.1
	case 6:
		s.Overloaded = 0.7
	case 7:
		s.Ignored, s.Overloaded = 0.02, 0.2
	}
	if b[5] >= 192 {
		s.Shown = 0.02
	}
	if p.Cautious || s.Gap > time.Millisecond {
		s.Calls = 1 + s.Calls/8 // such stretches are long in time
	}
	return s
}

// between two stretches time may pass, or the user may do something.
func (p *Pair) between(what, how byte, src *rand.Rand) {
	switch what % 12 {
	case 0, 1:
		if how%4 == 0 {
			p.both(func(c *engine.Core, _ int) { c.CountAdmissions() })
		}
		p.Snapshot()
	case 2:
		p.Update(int(how))
	case 3:
		p.SetMode(circuit.Mode(how % 4))
	case 4, 5, 10:
		p.SetMode(circuit.Auto)
	case 6, 7: // some buckets, or a bit less, or a bit more
		time.Sleep(p.Width()*time.Duration(how%16)/4 + time.Duration(src.IntN(3)-1) + time.Duration(how/16)*100*time.Microsecond + 1)
	case 8: // windows
		time.Sleep(time.Duration(how) * p.Width())
	case 9:
		time.Sleep(time.Duration(how) * time.Second / 4)
	case 11:
		p.Override(circuit.Mode(how%4), time.Duration(how/4)*p.Width()/8+time.Duration(how)+1)
	}
}

// Random is a history made by chance.
func Random(seed uint64, stretches int) []byte {
	src := rand.New(rand.NewPCG(seed, 19))
	history := make([]byte, stretches*bytesEach)
	for i := range history {
		history[i] = byte(src.Uint32())
	}
	return history
}

// Source is a known one.
func Source(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 23)) }
