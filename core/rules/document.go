package rules

import (
	"cmp"
	"maps"
	"slices"
)

// Document is a configuration of breakers: a rule for each pattern. That of "*" has
// the defaults of all others.
type Document map[string]Rule

// Rule is what a document says about the keys that its pattern matches. A field that
// is left out is taken from the rule of "*", and if that has none either, is the default.
// The tags suit JSON, YAML, and the configuration of Kratos and of go-zero.
type Rule struct {
	// Engine is credit, sre or hystrix. Default: credit.
	Engine string `json:"engine,omitempty,optional" yaml:"engine,omitempty"`
	// Settings are fields of the engine's Config, by their names in JSON, durations as
	// text such as "500ms". Each one that is left out is taken from "*", if that has
	// the same engine; else, or where it is 0, it is the engine's default.
	Settings map[string]any `json:"settings,omitempty,optional" yaml:"settings,omitempty"`
	// Mode is the base mode: auto, observe, force-open or force-close. Default: auto.
	Mode string `json:"mode,omitempty,optional" yaml:"mode,omitempty"`
	// Enabled, when false, leaves the keys unguarded, by circuit.Disabled. Default: true.
	Enabled *bool `json:"enabled,omitempty,optional" yaml:"enabled,omitempty"`
}

// Bounds of a document.
const (
	// MaxBytes is the size of the largest text that [Parse] takes.
	MaxBytes = 4 << 20
	// MaxRuleBytes is the size of the largest rule in such a text.
	MaxRuleBytes = 16 << 10
	// MaxRules is the largest number of rules.
	MaxRules = 10_000
)

// Compile checks a document that was decoded elsewhere, from YAML for example. Numbers
// may be of any type, json.Number included, durations text or time.Duration. The errors
// are all that is wrong, each one an [*Error] without a line, joined, in the order of
// patterns and fields; beyond the first hundred they are only counted. The document may be changed afterwards.
func (d Document) Compile() (*Rules, error) {
	var p problems
	if len(d) > MaxRules {
		p.add(&Error{Want: tooMany(len(d))})
		return nil, p.err()
	}
	entries := make([]*entry, 0, len(d))
	for pattern, rule := range d {
		entries = append(entries, &entry{pattern: pattern, rule: rule})
	}
	slices.SortFunc(entries, func(a, b *entry) int { return cmp.Compare(a.pattern, b.pattern) })
	return compile(entries, &p)
}

// entry is one rule and where its parts stand in the text, if there is one.
type entry struct {
	pattern string
	rule    Rule
	line    int
	lines   map[string]int  // by field
	wrong   map[string]bool // the fields that were found to be
}

// fault is an error in the entry's field, or in the entry itself where that is "".
func (e *entry) fault(field string, value any, want string) *Error {
	line := e.line
	if own, ok := e.lines[field]; ok {
		line = own
	}
	if e.wrong == nil {
		e.wrong = map[string]bool{}
	}
	e.wrong[field] = true
	return &Error{Line: line, Rule: e.pattern, Field: field, Value: value, Want: want}
}

// mistyped is a fault of a value that is of the wrong type, null maybe.
func (e *entry) mistyped(field string, value any, want string) *Error {
	if value == nil {
		want = "is null, " + want
	}
	return e.fault(field, value, want)
}

// settings are the names of the rule's, in order.
func (e *entry) settings() []string { return slices.Sorted(maps.Keys(e.rule.Settings)) }
