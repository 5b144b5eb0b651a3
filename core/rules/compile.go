package rules

import (
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

// compile makes Rules of entries whose patterns differ, unless there are problems.
func compile(entries []*entry, p *problems) (*Rules, error) {
	r := &Rules{exact: make(map[string]*verdict, len(entries))}
	base := &entry{}
	for _, e := range entries {
		if e.pattern == "*" {
			base = e
		}
	}
	r.base = base.judge(&entry{}, p)
	for _, e := range entries {
		if e == base {
			continue
		}
		if e.pattern == "" {
			p.add(e.fault("", nil, "a pattern is empty, must have at least one character"))
			continue
		}
		p.pattern(e)
		v := e.judge(base, p)
		if v == nil {
			continue
		}
		r.exact[e.pattern] = v
		if strings.Contains(e.pattern, "*") {
			r.globs = append(r.globs, newGlob(v))
		}
	}
	order(r.globs)
	if err := p.err(); err != nil {
		return nil, err
	}
	return r, nil
}

// pattern checks e's.
func (p *problems) pattern(e *entry) {
	switch {
	case e.pattern == schemaKey:
		p.add(e.fault("", nil, "can't be: that is where editors look for the schema"))
	case len(e.pattern) > group.MaxKeyLen:
		p.add(e.fault("", nil, fmt.Sprintf("has a pattern of %d bytes, must be at most %d, as keys are", len(e.pattern), group.MaxKeyLen)))
	case !utf8.ValidString(e.pattern):
		p.add(e.fault("", nil, "has a pattern that is not valid UTF-8"))
	}
}

// judge lays e over base, and returns nil where an engine is unknown.
func (e *entry) judge(base *entry, p *problems) *verdict {
	v := &verdict{pattern: e.pattern, enabled: true}
	for _, under := range []*entry{base, e} {
		if under.rule.Mode != "" {
			if err := v.mode.UnmarshalText([]byte(under.rule.Mode)); err != nil && under == e {
				p.add(e.fault("mode", e.rule.Mode, "must be "+modeNames))
			}
		}
		if under.rule.Enabled != nil {
			v.enabled = *under.rule.Enabled
		}
	}
	inherited := base.engine(engines[0])
	v.engine = e.engine(inherited)
	if v.engine == nil {
		if e.rule.Engine != "" {
			p.add(e.fault("engine", e.rule.Engine, "must be "+engineNames))
		}
		return nil
	}
	config := reflect.New(v.engine.zero).Elem()
	if v.engine == inherited {
		base.settle(v.engine, config, func(*Error) {}) // told of already
	}
	e.settle(v.engine, config, p.add)
	complete, wrong := v.engine.complete(config)
	for _, w := range wrong {
		e.bound(w, v.engine, base, v.engine == inherited, p)
	}
	v.config = complete
	return v
}

// bound tells that a setting is out of bounds, unless it was told that it is wrong.
func (e *entry) bound(w *circuit.FieldError, engine *engine, base *entry, inherits bool, p *problems) {
	f := engine.field(func(f field) bool { return f.goes == w.Field })
	if f == nil { // an engine's error that is about no field
		p.add(e.fault("settings", w.Value, w.Want))
		return
	}
	given, own := e.rule.Settings[f.name]
	if e.wrong[f.path] || inherits && !own && base.wrong[f.path] {
		return
	}
	value := w.Value
	if _, number := asNumber(given); number { // as it is written, or too large for an int
		value = given
	}
	p.add(e.fault(f.path, value, w.Want))
}

// engine is the one that e names, nil if there is none of that name; or else def.
func (e *entry) engine(def *engine) *engine {
	if e.rule.Engine == "" {
		return def
	}
	return engineNamed(e.rule.Engine)
}

// settle writes e's settings into config.
func (e *entry) settle(engine *engine, config reflect.Value, wrong func(*Error)) {
	for _, name := range e.settings() {
		value := e.rule.Settings[name]
		f := engine.field(func(f field) bool { return f.name == name })
		if f == nil {
			wrong(e.fault("settings."+name, nil, "is no setting of "+engine.name+", which has "+engine.names()))
		} else if want := f.set(config, value); want != "" {
			wrong(e.mistyped(f.path, value, want))
		}
	}
}
