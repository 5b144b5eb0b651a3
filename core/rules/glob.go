package rules

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// glob is a pattern with at least one *, taken apart at each.
type glob struct {
	verdict *verdict
	prefix  string
	middle  []string // none is empty
	suffix  string

	literals int // characters that are not *
}

func newGlob(v *verdict) *glob {
	parts := strings.Split(v.pattern, "*")
	last := len(parts) - 1
	g := &glob{verdict: v, prefix: parts[0], suffix: parts[last]}
	g.middle = slices.DeleteFunc(parts[1:last], func(part string) bool { return part == "" })
	g.literals = utf8.RuneCountInString(v.pattern) - last
	return g
}

// match takes time in proportion to the lengths of key and pattern: the first place
// that fits a part leaves the most room for those after it, so none is tried twice.
func (g *glob) match(key string) bool {
	if !strings.HasPrefix(key, g.prefix) {
		return false
	}
	key, ok := strings.CutSuffix(key[len(g.prefix):], g.suffix)
	if !ok {
		return false
	}
	for _, part := range g.middle {
		if _, key, ok = strings.Cut(key, part); !ok {
			return false
		}
	}
	return true
}

// order puts the most specific first: the one with the most literal characters, and
// the first by alphabet of those with as many.
func order(globs []*glob) {
	slices.SortFunc(globs, func(a, b *glob) int {
		return cmp.Or(cmp.Compare(b.literals, a.literals), cmp.Compare(a.verdict.pattern, b.verdict.pattern))
	})
}
