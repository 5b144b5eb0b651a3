package rules

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// member is one name and value of a JSON object.
type member struct {
	name  string
	value json.RawMessage
	line  int // of the name
	at    int // the line of the value
}

// members takes apart data, which is valid JSON that begins in that line, in order and
// with all that is there twice. It reports false for what is no object.
func members(data []byte, line int) (all []member, ok bool) {
	dec := json.NewDecoder(bytes.NewReader(data))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil, false
	}
	done := 0
	here := func(offset int) int {
		line += bytes.Count(data[done:offset], []byte("\n"))
		done = offset
		return line
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, false
		}
		m := member{line: here(int(dec.InputOffset()))}
		m.name, _ = name.(string)
		if err := dec.Decode(&m.value); err != nil {
			return nil, false
		}
		m.at = here(int(dec.InputOffset()) - len(m.value))
		all = append(all, m)
	}
	return all, true
}

// once leaves out members of a name that another has before them; fault begins the
// error about that.
func (p *problems) once(all []member, fault func(member) *Error) []member {
	first := make(map[string]int, len(all))
	kept := all[:0]
	for _, m := range all {
		if line, twice := first[m.name]; twice {
			e := fault(m)
			e.Line, e.Want = m.line, fmt.Sprintf("is given twice, first in line %d", line)
			p.add(e)
			continue
		}
		first[m.name] = m.line
		kept = append(kept, m)
	}
	return kept
}

// decoded is a value that is valid JSON, its numbers as they are written.
func decoded(value []byte) (v any) {
	dec := json.NewDecoder(bytes.NewReader(value))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return nil
	}
	return v
}
