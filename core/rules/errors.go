package rules

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Error is one thing that is wrong with a document.
type Error struct {
	Line   int    // in the text, from 1; 0 where there is no text
	Column int    // in bytes, from 1, of what is not JSON at all; else 0
	Rule   string // the pattern; empty for what concerns the whole document
	Field  string // such as "mode" or "settings.threshold"; empty for the whole rule
	Value  any    // that the field has, as it was decoded; nil for null, or where no value is wrong
	Want   string // the bound, such as "must be from 0.05 to 0.95", or what is wrong
}

// Error names the line, the rule, the field, its value and the bound, where there are any.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("rules: ")
	switch {
	case e.Column > 0:
		fmt.Fprintf(&b, "line %d, column %d: ", e.Line, e.Column)
	case e.Line > 0:
		fmt.Fprintf(&b, "line %d: ", e.Line)
	}
	switch {
	case e.Rule != "" && e.Field != "":
		fmt.Fprintf(&b, "rule %q: %s ", short(e.Rule), plain(e.Field))
	case e.Rule != "":
		fmt.Fprintf(&b, "rule %q ", short(e.Rule))
	case e.Field != "":
		b.WriteString(plain(e.Field) + " ")
	}
	if e.Value != nil {
		b.WriteString("is " + show(e.Value) + ", ")
	}
	b.WriteString(e.Want)
	return b.String()
}

// show is a value as text that is short enough for a log.
func show(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case json.Number:
		return short(v.String())
	case string:
		return fmt.Sprintf("%q", short(v))
	case []any, map[string]any:
		if text, err := json.Marshal(v); err == nil {
			return short(string(text))
		}
	}
	return plain(fmt.Sprint(value))
}

// plain is s, quoted only if it would not stay in its line.
func plain(s string) string {
	s = short(s)
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}

const longest = 100 // bytes of a text within an error

func short(s string) string {
	if len(s) <= longest {
		return s
	}
	end := longest
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

// Of a document that is wrong all over, so many errors are told one by one, and of no
// more than so many it is found out which those are.
const (
	told     = 100
	gathered = 10 * told
)

// problems gathers what is wrong with a document.
type problems struct {
	all  []*Error
	more int
}

func (p *problems) add(e *Error) {
	if len(p.all) == gathered {
		p.more++
		return
	}
	p.all = append(p.all, e)
}

// err joins the problems in order.
func (p *problems) err() error {
	if len(p.all) == 0 {
		return nil
	}
	slices.SortStableFunc(p.all, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Field, b.Field))
	})
	errs := make([]error, 0, told+1)
	for _, e := range p.all[:min(told, len(p.all))] {
		errs = append(errs, e)
	}
	if more := len(p.all) + p.more - told; more > 0 {
		errs = append(errs, fmt.Errorf("rules: and %d more", more))
	}
	return errors.Join(errs...)
}

func tooMany(n int) string {
	return fmt.Sprintf("the document has %d rules, must be at most %d", n, MaxRules)
}
