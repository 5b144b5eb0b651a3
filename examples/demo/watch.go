package main

import (
	"context"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// tick is how often the view is drawn, and the length of one step of its
// sparklines.
const tick = 500 * time.Millisecond

func ticks(d time.Duration) int { return int((d + tick - 1) / tick) }

// frame is all that the view shows at one moment.
type frame struct {
	title  string
	page   string // address of the live page, if there is one
	phase  phase
	left   time.Duration // of the phase
	at     time.Duration // since the first call
	end    time.Duration
	rows   []row
	faulty []bool // for each tick so far
	events []string
}

// row is one stream in it.
type row struct {
	client, method string
	faulty         bool // the method that the script makes fail
	total          tally
	last           tally // of the last tick
	state          circuit.State
	drop           float64   // from 0 to 1
	reached        reached   // in the fault phase so far
	refused        []float64 // share of the calls, for each tick so far; -1 without calls
}

// watch shows a frame each tick until done is closed, and a last one then, which
// is that of the script's end unless ctx came before.
func (d *demo) watch(ctx context.Context, start time.Time, done <-chan struct{}, show display) {
	var f frame
	for i := 1; ; i++ {
		select {
		case <-time.After(time.Until(start.Add(time.Duration(i) * tick))):
			f = d.next(f, time.Since(start))
			show.draw(f)
		case <-done:
			at := d.script.end
			if ctx.Err() != nil {
				at = min(at, time.Since(start))
			}
			show.draw(d.next(f, at))
			return
		}
	}
}

// next is the frame after f.
func (d *demo) next(f frame, at time.Duration) frame {
	first := f.rows == nil
	f.title = title(d.config)
	if d.page != nil {
		f.page = d.page.url
	}
	f.at, f.end = at, d.script.end
	f.phase, f.left = d.script.at(at)
	f.events = d.newEvents()
	if len(f.faulty) < ticks(f.end) {
		middle, _ := d.script.at(max(0, at-tick/2))
		f.faulty = append(f.faulty, middle == failing)
	}
	if first {
		f.rows = make([]row, 2*len(d.lanes))
	}
	for i, l := range d.lanes {
		f.rows[2*i] = f.rows[2*i].then(l.hello, l, f.end)
		f.rows[2*i].faulty = true
		d.note(func() { f.rows[2*i].reached = l.soFar(f.phase) })
		f.rows[2*i+1] = f.rows[2*i+1].then(l.goodbye, l, f.end)
	}
	return f
}

// then is the row after r, in a show that lasts until end.
func (r row) then(s *stream, l *lane, end time.Duration) row {
	now := s.now()
	r.client, r.method = l.name, s.method.name
	r.last = now.minus(r.total)
	r.total = now
	if len(r.refused) < ticks(end) { // what comes after is the rest of the last one
		share := -1.0
		if r.last.offered > 0 {
			share = min(1, float64(r.last.refused)/float64(r.last.offered))
		}
		r.refused = append(r.refused, share)
	}
	if reporter, ok := circuit.As[circuit.Reporter](l.group.Get(s.method.key)); ok {
		snapshot := reporter.Snapshot()
		r.state, r.drop = snapshot.State, snapshot.DropRatio
	}
	return r
}

// soFar is what reached hello in the fault phase until now.
func (l *lane) soFar(p phase) reached {
	to := l.after
	switch {
	case p == healthy || l.before == (reached{}):
		return reached{}
	case to == (reached{}):
		to = l.reached()
	}
	return reached{to.with - l.before.with, to.without - l.before.without}
}
