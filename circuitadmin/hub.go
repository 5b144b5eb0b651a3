package circuitadmin

import (
	"context"
	"sync"
	"time"
)

const (
	interval = time.Second // between samples
	samples  = 60          // of history
	linger   = 60          // samples that are taken after the last viewer left
)

// hub samples the groups for whoever looks on, while somebody does and linger samples
// longer. It has a timer in place of a goroutine, which tests for leaks would take for one.
type hub struct {
	sources []*source

	mu      sync.Mutex // for all below; not held while breakers are asked
	running bool
	timer   *time.Timer
	due     time.Time // when the timer is to run
	looking int       // viewers and calls of Watch
	idle    int       // samples since nobody looks
	viewers map[*viewer]struct{}
	lengths lengths
	sampling
	encoding
}

// viewer is one open stream.
type viewer struct {
	feed     feed
	messages chan []byte // shared with other viewers; closed to hang up
	server   any         // by which it is hung up on, with others
	joined   uint64      // the sample it began with
}

// feed is what a viewer gets.
type feed interface {
	// first is sent at once. The hub's lock is held for both.
	first(h *hub) []byte
	// next is sent after each sample; since counts samples from the first on.
	next(h *hub, since uint64) []byte
	// backlog is how many messages may wait for a viewer. One for whom there is no room is
	// missed, or the viewer is hung up on.
	backlog() (n int, hangUp bool)
}

func newHub(sources []*source) *hub {
	return &hub{sources: sources, viewers: map[*viewer]struct{}{}}
}

// join begins to send f's messages to a new viewer.
func (h *hub) join(f feed, server any) *viewer {
	n, _ := f.backlog()
	v := &viewer{feed: f, server: server, messages: make(chan []byte, n)}
	h.enter()
	defer h.mu.Unlock()
	v.joined = h.now
	v.messages <- f.first(h)
	h.viewers[v] = struct{}{}
	return v
}

// leave ends what join began, unless v was hung up on.
func (h *hub) leave(v *viewer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.viewers[v]; ok {
		h.hangUp(v)
	}
}

// hangUpAll ends the streams of one server.
func (h *hub) hangUpAll(server any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for v := range h.viewers {
		if v.server == server {
			h.hangUp(v)
		}
	}
}

func (h *hub) hangUp(v *viewer) {
	delete(h.viewers, v)
	close(v.messages)
	h.looking--
}

// watch keeps the hub sampling until ctx ends.
func (h *hub) watch(ctx context.Context) {
	h.enter()
	h.mu.Unlock()
	<-ctx.Done()
	h.mu.Lock()
	h.looking--
	h.mu.Unlock()
}

// enter is called for one more who looks, and leaves the hub locked. The first sample is
// what later ones count from.
func (h *hub) enter() {
	h.mu.Lock()
	if !h.running {
		h.mu.Unlock()
		seen := look(h.sources, 0)
		h.mu.Lock()
		if !h.running { // nobody else came first
			h.running = true
			h.take(seen)
			h.due = h.when.Add(interval)
			h.timer = time.AfterFunc(interval, h.beat)
		}
	}
	h.looking++
	h.idle = 0
}

// beat runs when the timer does, which it sets again, from when it was due, so that late
// ticks don't add up.
func (h *hub) beat() {
	wanted, n := h.wanted()
	if !wanted {
		return
	}
	seen := look(h.sources, n)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tick(seen)
	h.due = h.due.Add(interval)
	if now := time.Now(); h.due.Before(now) { // samples were missed
		h.due = now.Add(interval)
	}
	h.timer.Reset(time.Until(h.due))
}

// wanted reports whether somebody looks, or did not long ago, and how many breakers there
// were to look at. Otherwise the hub ends.
func (h *hub) wanted() (wanted bool, breakers int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.looking == 0 {
		if h.idle++; h.idle > linger {
			h.running = false
			h.forget(h.sources)
			h.encoding = encoding{}
			return false, 0
		}
	}
	return true, len(h.rows)
}

// tick takes in a sample, and sends it.
func (h *hub) tick(seen []sighting) {
	h.take(seen)
	h.encoding = encoding{}
	for v := range h.viewers {
		select {
		case v.messages <- v.feed.next(h, h.now-v.joined):
		default:
			if _, hangUp := v.feed.backlog(); hangUp {
				h.hangUp(v)
			}
		}
	}
}

// Watch keeps sampling until ctx ends, also while nobody looks, so that the page has its
// minute of history at once. It blocks, and costs what a viewer costs.
func (a *Admin) Watch(ctx context.Context) {
	a.looked()
	a.hub.watch(ctx)
}
