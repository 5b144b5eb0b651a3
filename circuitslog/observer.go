package circuitslog

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

// Observer writes a line for each change of state that it is told of, as the package
// says. It may serve any number of groups whose keys differ. A nil logger is
// [slog.Default], as it is when a line is written.
func Observer(logger *slog.Logger, opts ...Option) circuit.Observer {
	return newJournal(logger, opts).observe
}

// journal is what writes the lines.
type journal struct {
	options
	logger *slog.Logger
	group  *group.Group // nil unless it is followed

	mu       sync.Mutex // for all below; not held while a line is written
	records  records
	interval uint64 // counts them
	ends     time.Time
	held     []*record   // with an event for when the interval is over
	timer    *time.Timer // that ends the interval, nil where nothing is due then
	stopped  bool
}

// maxHeld is how many keys have their last change written when the interval is over.
// For others it is in the number of those suppressed alone.
const maxHeld = 1024

func newJournal(logger *slog.Logger, opts []Option) *journal {
	return &journal{options: newOptions(opts), logger: logger}
}

func (j *journal) observe(e circuit.Event) {
	enabled := j.enabled(levelOf(e.To))
	if l, ok := j.take(&e, enabled); ok {
		j.write(l)
	}
}

// take is the line of an event, if it is to be written now.
func (j *journal) take(e *circuit.Event, enabled bool) (l line, ok bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.stopped {
		return line{}, false
	}
	j.mayBegin()
	r := j.records.of(e.Key)
	r.follow(e)
	if e.To != circuit.Closed && j.group != nil {
		j.arm()
	}
	if !enabled {
		return line{}, false
	}
	if r.room(j) && !r.telling {
		r.lines++
		return r.line(e), true
	}
	r.suppressed++
	switch {
	case r.held != nil || r.telling:
		r.held = e
	case len(j.held) < maxHeld:
		r.held = e
		j.hold(r)
	}
	return line{}, false
}

// hold has the event that r holds written when the interval is over.
func (j *journal) hold(r *record) {
	j.held = append(j.held, r)
	j.arm()
}

// mayBegin starts an interval, if there is none. One that has a timer ends by that.
func (j *journal) mayBegin() {
	if j.timer == nil && !time.Now().Before(j.ends) {
		j.begin()
	}
}

func (j *journal) begin() {
	j.interval++
	j.ends = time.Now().Add(j.options.interval)
}

// arm has the interval's end attended to.
func (j *journal) arm() {
	if j.timer == nil {
		j.timer = time.AfterFunc(time.Until(j.ends), j.tick)
	}
}

// tick ends an interval.
func (j *journal) tick() {
	j.mu.Lock()
	if j.stopped {
		j.mu.Unlock()
		return
	}
	j.timer = nil
	held := j.next()
	j.mu.Unlock()
	defer j.summarize() // even if a handler ends the goroutine
	j.tell(held)
}

// next begins an interval, and returns those that were held for it.
func (j *journal) next() (held []*record) {
	j.begin()
	held, j.held = j.held, nil
	return held
}

// tell writes the events that are held, unless a later one of the key was written
// meanwhile.
func (j *journal) tell(held []*record) {
	for _, r := range held {
		j.tellOf(r)
	}
}

// tellOf has what happens to the key while its line is being written wait for that, so
// that the lines of a key are in order.
func (j *journal) tellOf(r *record) {
	defer j.told(r) // even then
	for l, ok := j.late(r); ok; l, ok = j.late(r) {
		j.write(l)
	}
}

// late is the line of the event that r holds, if there is one, and room for it.
func (j *journal) late(r *record) (l line, ok bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if r.held == nil || !r.room(j) {
		return line{}, false
	}
	r.telling = true
	r.lines++
	r.suppressed-- // this one is not
	l = r.line(r.held)
	l.late = true
	return l, true
}

func (j *journal) told(r *record) {
	j.mu.Lock()
	defer j.mu.Unlock()
	r.telling = false
	if r.held != nil && !j.stopped {
		j.hold(r)
	}
}

func (j *journal) write(l line) { j.contain(l.write) }

// contain runs what calls a handler, which may panic.
func (j *journal) contain(f func(*slog.Logger)) {
	defer func() { _ = recover() }()
	logger := j.logger
	if logger == nil {
		logger = slog.Default()
	}
	f(logger)
}

func (j *journal) enabled(level slog.Level) (enabled bool) {
	j.contain(func(logger *slog.Logger) { enabled = logger.Enabled(context.Background(), level) })
	return enabled
}
