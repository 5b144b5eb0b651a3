package circuitadmin

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// order is the body of POST /mode.
type order struct {
	Group string `json:"group"`
	Key   string `json:"key"`
	Mode  string `json:"mode"`
	For   string `json:"for"`

	mode    circuit.Mode
	release bool
	length  time.Duration // 0 until release
}

type answer struct {
	Mode     circuit.Mode `json:"mode"`
	BaseMode circuit.Mode `json:"baseMode"`
	ModeEnds time.Time    `json:"modeEnds,omitzero"`
}

const maxOrder = 64 << 10 // bytes; a key has up to 1 KiB, six times that in JSON

const release = "release"

var origin = http.NewCrossOriginProtection()

func (a *Admin) serveMode(w http.ResponseWriter, r *http.Request) {
	who, p := a.authorized(r)
	if p != nil {
		p.write(w)
		return
	}
	o, p := readOrder(w, r)
	if p != nil {
		p.write(w)
		return
	}
	key, b, p := a.find(o)
	if p != nil {
		p.write(w)
		return
	}
	shown, change, p := o.apply(b)
	if p != nil {
		p.write(w)
		return
	}
	change.Who, change.RemoteAddr, change.Group, change.Key = who, r.RemoteAddr, o.Group, key
	a.audited(change)
	writeJSON(w, http.StatusOK, answer{shown.Mode, shown.BaseMode, shown.ModeEnds})
}

func (a *Admin) authorized(r *http.Request) (who string, p *problem) {
	if err := origin.Check(r); err != nil {
		return "", &problem{status: http.StatusForbidden, Error: "refused: " + err.Error()}
	}
	if a.authorize == nil {
		return "", &problem{status: http.StatusForbidden, Error: "read-only: there is no authorizer"}
	}
	who, err := a.authorize(r)
	if err != nil {
		return "", &problem{status: http.StatusForbidden, Error: "refused: " + err.Error()}
	}
	return who, nil
}

func readOrder(w http.ResponseWriter, r *http.Request) (o order, p *problem) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return o, &problem{status: http.StatusUnsupportedMediaType, Error: "Content-Type must be application/json"}
	}
	body := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxOrder))
	body.DisallowUnknownFields() // a mistyped "for" would force a breaker for good
	err := body.Decode(&o)
	if err == nil {
		if _, err = body.Token(); errors.Is(err, io.EOF) {
			return o, o.parse()
		}
		err = cmp.Or(err, errors.New("something comes after it"))
	}
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return o, &problem{status: http.StatusRequestEntityTooLarge, Error: fmt.Sprintf("the body must have at most %d bytes", maxOrder)}
	}
	return o, &problem{status: http.StatusBadRequest, Error: "the body must be one JSON object: " + err.Error()}
}

func (o *order) parse() *problem {
	if o.release = o.Mode == release; o.release {
		if o.For != "" {
			return wrong("for", o.For, "must be empty with release")
		}
		return nil
	}
	if err := o.mode.UnmarshalText([]byte(o.Mode)); err != nil {
		return wrong("mode", o.Mode, "must be auto, observe, force-open, force-close or release")
	}
	if o.For == "" {
		return nil
	}
	var err error
	if o.length, err = time.ParseDuration(o.For); err != nil || o.length <= 0 {
		return wrong("for", o.For, `must be a duration above 0, such as "5m", or empty for until release`)
	}
	return nil
}

// find is the breaker that o means, with its key. It looks at those that are there, and
// makes none.
func (a *Admin) find(o order) (key string, b circuit.Breaker, p *problem) {
	for _, src := range a.sources {
		if src.name != o.Group {
			continue
		}
		for k, candidate := range src.group.All() {
			if k == o.Key {
				return k, candidate, nil
			}
			if text(k) == o.Key { // unless there is one whose key looks just like that
				key, b = k, candidate
			}
		}
		if b == nil {
			return "", nil, &problem{status: http.StatusNotFound, Error: fmt.Sprintf("group %q has no breaker for key %q", o.Group, o.Key)}
		}
		return key, b, nil
	}
	return "", nil, &problem{status: http.StatusNotFound, Error: fmt.Sprintf("there is no group %q", o.Group)}
}

// apply makes the change.
func (o *order) apply(b circuit.Breaker) (after circuit.Snapshot, c Change, p *problem) {
	setter, ok := circuit.As[circuit.ModeSetter](b)
	before, shows := report(b)
	if !ok || !shows {
		return after, c, &problem{status: http.StatusConflict, Error: "this breaker has no modes"}
	}
	c = Change{At: time.Now(), From: before.Mode, Release: o.release}
	if o.release {
		setter.Release()
	} else if err := setter.Override(o.mode, o.length); err != nil {
		return after, c, &problem{status: http.StatusConflict, Error: err.Error()}
	}
	after, _ = report(b)
	c.To, c.Ends = after.Mode, after.ModeEnds
	return after, c, nil
}
