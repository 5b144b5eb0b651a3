package rules

import (
	"encoding/json"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// Rules are a document that was found valid, by [Parse] or [Document.Compile]. They
// don't change, and are safe for concurrent use.
type Rules struct {
	base  *verdict            // of "*"
	exact map[string]*verdict // by pattern, globs included: a key may have a * of its own
	globs []*glob             // the most specific first
}

// verdict is what one pattern and "*" say together.
type verdict struct {
	pattern string // empty for that of "*" where there is no such rule
	engine  *engine
	config  any // the engine's Config, defaults filled in
	mode    circuit.Mode
	enabled bool
}

// Breaker makes the key's breaker, as its rule says. It is a factory for group.New.
func (r *Rules) Breaker(key string) circuit.Breaker {
	v := r.verdict(key)
	if !v.enabled {
		return circuit.Disabled{}
	}
	return v.engine.make(v.config, v.mode)
}

// Effective is the rule of one key, and where it comes from.
type Effective struct {
	Key string `json:"key"`
	// Pattern is the most specific one that matches the key: "*" if no other does, and
	// empty if there is no "*" either.
	Pattern string `json:"pattern"`
	// Rule is complete: what Pattern's rule leaves out is filled in from "*" and from
	// the defaults. Settings that are 0 are left out.
	Rule Rule `json:"rule"`
}

// For explains which rule the key has. The result is the caller's own.
func (r *Rules) For(key string) Effective {
	v := r.verdict(key)
	enabled := v.enabled
	return Effective{Key: key, Pattern: v.pattern, Rule: Rule{
		Engine: v.engine.name, Settings: v.engine.show(v.config), Mode: v.mode.String(), Enabled: &enabled,
	}}
}

// String is e as JSON.
func (e Effective) String() string {
	text, err := json.Marshal(e)
	if err != nil { // only if the caller put something strange into Settings
		return err.Error()
	}
	return string(text)
}

func (r *Rules) verdict(key string) *verdict {
	if v, ok := r.exact[key]; ok {
		return v
	}
	for _, g := range r.globs {
		if g.match(key) {
			return g.verdict
		}
	}
	return r.base
}
