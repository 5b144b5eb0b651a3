package file

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// all has each known engine at its defaults.
func (e Engines) all() []Entry {
	var entries []Entry
	for _, name := range e.Names {
		entries = append(entries, Entry{Label: name, Engine: name})
	}
	return entries
}

func (v value) engines(known Engines) []Entry {
	const most = 20
	items, ok := v.items()
	if !ok {
		v.wrong("a list")
		return nil
	}
	if len(items) < 1 || len(items) > most {
		v.fail(v.path, "%s has %d items, must have from 1 to %d", v.path, len(items), most)
		return nil
	}
	lines := map[string]int{}
	entries := make([]Entry, 0, len(items))
	for _, item := range items {
		e := item.entry(known)
		if line, taken := lines[e.Label]; taken && e.Label != "" {
			item.fail(item.path+".label", "the label %s is that of line %d, too: give one of them another", plain(e.Label), line)
		} else {
			lines[e.Label] = e.Line
		}
		entries = append(entries, e)
	}
	return entries
}

// entry is the name of an engine, or that with a label and settings.
func (v value) entry(known Engines) (e Entry) {
	e.Line = v.places[v.path].line
	if _, ok := v.node.(*ast.StringNode); ok {
		v.engine(&e, known)
		e.Label = e.Engine
		v.check(&e, known)
		return e
	}
	settings := v
	ok := v.object(
		field{"engine", func(v value) { v.engine(&e, known) }},
		field{"label", func(v value) { v.text(&e.Label, 40) }},
		field{"settings", func(v value) {
			settings = v
			if _, ok := v.node.(*ast.MappingNode); !ok {
				v.wrong("a mapping with the engine's settings")
				return
			}
			var b bytes.Buffer
			if v.json(&b) {
				e.Settings = b.Bytes()
			}
		}},
	)
	if !ok {
		return e
	}
	if !v.given(v.path + ".engine") {
		v.fail(v.path, "%s.engine is missing, must be the name of an engine", v.path)
	}
	if !v.given(v.path + ".label") {
		e.Label = e.Engine
	}
	if e.Settings != nil || settings == v {
		settings.check(&e, known)
	}
	return e
}

// engine leaves the name empty if it is wrong.
func (v value) engine(e *Entry, known Engines) {
	var name string
	if !v.text(&name, 40) {
		return
	}
	if names := slices.Concat(known.Names, known.More); len(names) > 0 && !slices.Contains(names, name) {
		v.wrong("one of " + strings.Join(names, ", "))
		return
	}
	e.Engine = name
}

// check asks whether the engine takes the settings, which v is.
func (v value) check(e *Entry, known Engines) {
	if known.Check == nil || e.Engine == "" {
		return
	}
	for _, err := range each(known.Check(e.Engine, e.Settings)) {
		at := v.path
		if wrong, ok := errors.AsType[*circuit.FieldError](err); ok {
			at = v.setting(wrong.Field)
		} else if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			at = v.setting(wrong.Field)
		}
		v.fail(at, "%s: %s", at, strings.ReplaceAll(err.Error(), "\n", "; "))
	}
}

// setting is the path of the one that a Config calls by another case.
func (v value) setting(name string) string {
	for _, path := range slices.Sorted(maps.Keys(v.places)) {
		if strings.EqualFold(path, v.path+"."+name) {
			return path
		}
	}
	return v.path
}

// each is what errors.Join joined.
func each(err error) []error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

// json writes v as JSON.
func (v value) json(b *bytes.Buffer) bool {
	switch n := v.node.(type) {
	case *ast.MappingNode:
		b.WriteByte('{')
		ok := true
		for i, pair := range n.Values {
			if i > 0 {
				b.WriteByte(',')
			}
			name, child := v.child(pair)
			if _, text := pair.Key.(*ast.StringNode); !text {
				v.fail(child.path, "%s must have a plain name", child.path)
				ok = false
			}
			text(b, name)
			b.WriteByte(':')
			ok = child.json(b) && ok
		}
		b.WriteByte('}')
		return ok
	case *ast.SequenceNode:
		items, _ := v.items()
		b.WriteByte('[')
		ok := true
		for i, item := range items {
			if i > 0 {
				b.WriteByte(',')
			}
			ok = item.json(b) && ok
		}
		b.WriteByte(']')
		return ok
	case *ast.StringNode:
		// The parser takes 1e3 and what overflows an int for text.
		if n.Token.Type == token.StringType && json.Valid([]byte(n.Value)) {
			b.WriteString(n.Value)
			return true
		}
		text(b, n.Value)
		return true
	case *ast.LiteralNode:
		text(b, n.Value.Value)
		return true
	case *ast.IntegerNode, *ast.FloatNode:
		b.WriteString(v.scalar())
		return true
	case *ast.BoolNode:
		fmt.Fprint(b, n.Value)
		return true
	}
	v.wrong("a number, text, true or false")
	return false
}

func text(b *bytes.Buffer, s string) {
	data, _ := json.Marshal(s) // text cannot fail
	b.Write(data)
}
