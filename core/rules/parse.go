package rules

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"
)

// schemaKey is where editors look for a document's schema.
const schemaKey = "$schema"

// Parse reads a document in JSON. A "$schema" in it, for editors, is passed over. The
// errors are all that is wrong, each one an [*Error] with its line, joined, in the order
// of lines. Beyond what [Document.Compile] finds they tell of what is no JSON, given
// twice, null, or of a wrong type, and of fields that a rule doesn't have.
func Parse(data []byte) (*Rules, error) {
	var p problems
	if err := readable(data); err != nil {
		p.add(err)
		return nil, p.err()
	}
	all, ok := members(data, 1)
	if !ok {
		p.add(&Error{Line: 1, Want: "the document is " + show(decoded(data)) + ", must be an object"})
		return nil, p.err()
	}
	n := len(all)
	if slices.ContainsFunc(all, func(m member) bool { return m.name == schemaKey }) {
		n--
	}
	if n > MaxRules {
		p.add(&Error{Want: tooMany(n)})
		return nil, p.err()
	}
	entries := make([]*entry, 0, n)
	distinct := p.once(all, func(m member) *Error {
		if m.name == "" {
			return &Error{Field: `""`}
		}
		return &Error{Rule: m.name}
	})
	for _, m := range distinct {
		switch {
		case m.name != schemaKey:
			entries = append(entries, p.rule(m))
		case m.value[0] != '"':
			p.add(&Error{Line: m.line, Field: schemaKey, Want: "must be text"})
		}
	}
	return compile(entries, &p)
}

// readable is what keeps data from being read as JSON at all.
func readable(data []byte) *Error {
	if len(data) > MaxBytes {
		return &Error{Want: fmt.Sprintf("the document has %d bytes, must be at most %d", len(data), MaxBytes)}
	}
	var text json.RawMessage
	err := json.Unmarshal(data, &text)
	if err == nil {
		if i := invalid(data); i >= 0 {
			return position(data, i, "not valid UTF-8")
		}
		return nil
	}
	at := len(data) // which ended too soon, unless:
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok && syntax.Offset > 0 && syntax.Offset <= int64(len(data)) && err.Error() != "unexpected end of JSON input" {
		at = int(syntax.Offset) - 1
	}
	return position(data, at, err.Error())
}

// position is an error at data[at].
func position(data []byte, at int, want string) *Error {
	before := data[:at]
	return &Error{Line: 1 + bytes.Count(before, []byte("\n")), Column: at - bytes.LastIndexByte(before, '\n'), Want: want}
}

// invalid is where data stops being UTF-8, or -1.
func invalid(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// rule reads one.
func (p *problems) rule(m member) *entry {
	e := &entry{pattern: m.name, line: m.line, lines: map[string]int{}}
	if m.name == "" { // which is all that there is to say
		return e
	}
	if len(m.value) > MaxRuleBytes {
		p.add(e.fault("", nil, fmt.Sprintf("has %d bytes, must be at most %d", len(m.value), MaxRuleBytes)))
		return e
	}
	all, ok := members(m.value, m.at)
	if !ok {
		p.add(e.mistyped("", decoded(m.value), "must be an object"))
	}
	for _, f := range p.once(all, func(m member) *Error { return e.fault(cmp.Or(m.name, `""`), nil, "") }) {
		if !slices.Contains([]string{"engine", "mode", "enabled", "settings"}, f.name) {
			p.add(&Error{Line: f.line, Rule: e.pattern, Field: cmp.Or(f.name, `""`), Want: "is no field of a rule, which has engine, settings, mode and enabled"})
			continue
		}
		e.lines[f.name] = f.line
		value := decoded(f.value)
		switch f.name {
		case "engine":
			e.rule.Engine = p.text(e, f.name, value, "must be "+engineNames)
		case "mode":
			e.rule.Mode = p.text(e, f.name, value, "must be "+modeNames)
		case "enabled":
			if on, ok := value.(bool); ok {
				e.rule.Enabled = &on
			} else {
				p.add(e.mistyped(f.name, value, "must be true or false"))
			}
		case "settings":
			p.settings(e, f)
		}
	}
	return e
}

func (p *problems) text(e *entry, field string, value any, want string) string {
	text, ok := value.(string)
	if !ok || text == "" { // in a Rule it is one that is left out
		p.add(e.mistyped(field, value, want))
		return ""
	}
	return text
}

func (p *problems) settings(e *entry, f member) {
	all, ok := members(f.value, f.at)
	if !ok {
		p.add(e.mistyped(f.name, decoded(f.value), "must be an object"))
	}
	e.rule.Settings = map[string]any{}
	for _, s := range p.once(all, func(m member) *Error { return e.fault("settings."+m.name, nil, "") }) {
		e.lines["settings."+s.name] = s.line
		e.rule.Settings[s.name] = decoded(s.value)
	}
}
