package circuitadmin

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

type snapshot struct {
	At       time.Time         `json:"at"`
	Controls bool              `json:"controls"`
	Groups   []groupStats      `json:"groups"`
	Breakers []json.RawMessage `json:"breakers"`
}

type groupStats struct {
	Name       string `json:"name"`
	Len        int    `json:"len"`
	Cap        int    `json:"cap"`
	Evicted    uint64 `json:"evicted"`
	Overflowed uint64 `json:"overflowed"`
}

type breaker struct {
	Group string `json:"group"`
	Key   string `json:"key"`
	circuit.Snapshot
}

// filter is what a query asks for; nil fields for all.
type filter struct {
	group, key *string
	state      *circuit.State
}

func newFilter(r *http.Request) (f filter, p *problem) {
	query := r.URL.Query()
	if query.Has("group") {
		f.group = new(query.Get("group"))
	}
	if query.Has("key") {
		f.key = new(query.Get("key"))
	}
	if query.Has("state") {
		f.state = new(circuit.State)
		if err := f.state.UnmarshalText([]byte(query.Get("state"))); err != nil {
			return f, wrong("state", query.Get("state"), "must be closed, half-open or open")
		}
	}
	return f, nil
}

func (a *Admin) serveSnapshot(w http.ResponseWriter, r *http.Request) {
	f, p := newFilter(r)
	if p != nil {
		p.write(w)
		return
	}
	a.looked()
	s := snapshot{
		At: time.Now(), Controls: a.authorize != nil,
		Groups: []groupStats{}, Breakers: []json.RawMessage{},
	}
	for _, src := range a.sources {
		if f.group != nil && *f.group != src.name {
			continue
		}
		stats := src.group.Stats()
		s.Groups = append(s.Groups, groupStats{src.name, stats.Len, stats.Cap, stats.Evicted, stats.Overflowed})
		s.Breakers = append(s.Breakers, src.breakers(f)...)
	}
	writeJSON(w, http.StatusOK, s)
}

// breakers are those that f wants, as JSON, by key.
func (src *source) breakers(f filter) []json.RawMessage {
	var found []breaker
	for key, b := range src.group.All() {
		key = text(key)
		if f.key != nil && *f.key != key {
			continue // before it is asked: the page asks for one breaker each second
		}
		if shown, ok := report(b); ok && (f.state == nil || *f.state == shown.State) {
			found = append(found, breaker{src.name, key, shown})
		}
	}
	slices.SortFunc(found, func(a, b breaker) int { return cmp.Compare(a.Key, b.Key) })
	all := make([]json.RawMessage, 0, len(found))
	for i := range found {
		if one, err := json.Marshal(&found[i]); err == nil { // or it has a time that JSON can't hold
			all = append(all, one)
		}
	}
	return all
}

// writeJSON answers with what can be encoded.
func writeJSON(w http.ResponseWriter, status int, v any) {
	var body bytes.Buffer
	if err := json.NewEncoder(&body).Encode(v); err != nil {
		http.Error(w, "circuitadmin: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // the client may have left
}
