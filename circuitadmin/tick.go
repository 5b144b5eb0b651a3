package circuitadmin

import (
	"fmt"
	"net/http"
	"strconv"
)

// encoding is what is made once of a sample, for all who get it.
type encoding struct {
	full, delta, hystrix []byte
}

// lengths are those of the last messages of each kind, as the next ones are much the same.
type lengths [3]int

const (
	inFull = iota
	inDelta
	inHystrix
)

func (l *lengths) buffer(kind int) []byte { return make([]byte, 0, l[kind]+l[kind]/16) }

// ticks are the feed of GET /stream.
type ticks struct{}

func (ticks) first(h *hub) []byte {
	if h.full == nil {
		h.full = h.appendTick(h.lengths.buffer(inFull), true)
		h.lengths[inFull] = len(h.full)
	}
	return h.full
}

func (ticks) next(h *hub, _ uint64) []byte {
	if h.delta == nil {
		h.delta = h.appendTick(h.lengths.buffer(inDelta), false)
		h.lengths[inDelta] = len(h.delta)
	}
	return h.delta
}

// A tick that is missed would leave the page wrong.
func (ticks) backlog() (n int, hangUp bool) { return 8, true }

func (a *Admin) serveTicks(w http.ResponseWriter, r *http.Request) {
	hello := fmt.Sprintf("retry: 2000\nevent: hello\ndata: {\"interval\":%d,\"history\":%d,\"controls\":%t}\n\n",
		interval.Milliseconds(), samples, a.authorize != nil)
	a.stream(w, r, hello, ticks{})
}

// appendTick appends the event of the last sample: what is new in it, or all that there is.
func (h *hub) appendTick(to []byte, full bool) []byte {
	fresh, gone, rows := h.fresh, h.gone, h.moved
	if full {
		fresh, gone, rows = h.rows, nil, h.rows
	}
	to = append(to, "event: tick\ndata: {\"t\":"...)
	to = strconv.AppendInt(to, h.when.UnixMilli(), 10)
	to = append(to, `,"groups":[`...)
	for i, src := range h.sources {
		to = src.appendStats(separated(to, i))
	}
	to = append(to, `],"new":[`...)
	for i, r := range fresh {
		to = r.appendNew(separated(to, i))
	}
	to = append(to, `],"gone":[`...)
	for i, id := range gone {
		to = strconv.AppendUint(separated(to, i), uint64(id), 10)
	}
	to = append(to, `],"rows":[`...)
	for i, r := range rows {
		to = r.appendRow(separated(to, i))
	}
	to = append(to, ']')
	if full {
		to = appendHistory(to, rows)
	}
	return append(to, "}\n\n"...)
}

// separated appends the comma before all elements but the first.
func separated(to []byte, i int) []byte {
	if i > 0 {
		to = append(to, ',')
	}
	return to
}

func (src *source) appendStats(to []byte) []byte {
	stats := src.group.Stats()
	to = appendString(append(to, '['), src.name)
	for _, n := range [...]uint64{uint64(stats.Len), uint64(stats.Cap), stats.Evicted, stats.Overflowed} {
		to = strconv.AppendUint(append(to, ','), n, 10)
	}
	return append(to, ']')
}

func (r *row) appendNew(to []byte) []byte {
	to = strconv.AppendUint(append(to, '['), uint64(r.id), 10)
	to = appendString(append(to, ','), r.src.name)
	to = appendString(append(to, ','), text(r.key))
	to = appendString(append(to, ','), r.engine)
	return append(to, ']')
}

func (r *row) appendRow(to []byte) []byte {
	to = strconv.AppendUint(append(to, '['), uint64(r.id), 10)
	for _, n := range [...]int64{int64(r.state), int64(r.mode), int64(r.baseMode), r.ends, r.since} {
		to = strconv.AppendInt(append(to, ','), n, 10)
	}
	to = strconv.AppendFloat(append(to, ','), float64(r.drop)/1e4, 'f', -1, 64)
	to = strconv.AppendUint(append(to, ','), r.inFlight, 10)
	for _, n := range r.counted {
		to = strconv.AppendUint(append(to, ','), uint64(n), 10)
	}
	return append(to, ']')
}

func appendHistory(to []byte, rows []*row) []byte {
	to = append(to, `,"history":{`...)
	n := 0
	for _, r := range rows {
		if r.history == nil {
			continue
		}
		to = append(separated(to, n), '"')
		to = strconv.AppendUint(to, uint64(r.id), 10)
		to = append(to, `":[`...)
		n++
		i := 0
		for c := range r.past {
			to = append(separated(to, i), '[')
			for kind, count := range c {
				to = strconv.AppendUint(separated(to, kind), uint64(count), 10)
			}
			to = append(to, ']')
			i++
		}
		to = append(to, ']')
	}
	return append(to, '}')
}
