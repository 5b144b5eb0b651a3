package rules_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/rules"
)

// matches is the naive way, by what is left of both; done keeps it from taking forever.
func matches(pattern, key string) bool {
	done := map[[2]int]bool{}
	var rest func(p, k int) bool
	rest = func(p, k int) bool {
		at := [2]int{p, k}
		switch {
		case done[at]:
			return false // or it would have been found out then
		case p == len(pattern):
			return k == len(key)
		}
		done[at] = true
		if pattern[p] == '*' {
			return rest(p+1, k) || k < len(key) && rest(p, k+1)
		}
		return k < len(key) && key[k] == pattern[p] && rest(p+1, k+1)
	}
	return rest(0, 0)
}

// moreSpecific is the documented order, for patterns that both match the key.
func moreSpecific(a, b, key string) bool {
	literals := func(p string) int { return utf8.RuneCountInString(p) - strings.Count(p, "*") }
	switch {
	case a == "*" || b == "*": // which holds the defaults
		return b == "*"
	case a == key || b == key:
		return a == key
	case literals(a) != literals(b):
		return literals(a) > literals(b)
	default:
		return a < b
	}
}

func FuzzMatch(f *testing.F) {
	for _, seed := range [][4]string{
		{"/pkg.Greeter/SayHello", "/pkg.Greeter/*", "/pkg.*", "/pkg.Greeter/SayHello"},
		{"*Hello", "/*/SayHello", "*", "/pkg.Greeter/SayHello"},
		{"a*a", "*a*", "a**a", "a"},
		{"a*a", "*aba*", "ab*ba", "aba"},
		{"**", "*", "***", ""},
		{"/files/*", "/files/*x", "/fi*es/*", "/files/*"},
		{"é*", "e*", "*é", "é\xffé"},
		{"ab*", "*ab", "a*b", "abab"},
		{"*a*b*c*", "*abc*", "*c*b*a*", "aabbcc"},
		{"(overflow)", "(*)", "*)", "(overflow)"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	f.Fuzz(func(t *testing.T, a, b, c, key string) {
		d := rules.Document{}
		want := ""
		for _, p := range []string{a, b, c} {
			if p == "" || p == "$schema" || len(p) > 60 || !utf8.ValidString(p) || len(key) > 200 {
				t.Skip("no pattern, or a lot of work")
			}
			d[p] = rules.Rule{}
			if matches(p, key) && (want == "" || moreSpecific(p, want, key)) {
				want = p
			}
		}
		if got := compile(t, d).For(key).Pattern; got != want {
			t.Errorf("of %q, %q and %q, the key %q has the rule of %q, want %q", a, b, c, key, got, want)
		}
	})
}

// Matching that tries again for each * would take as many steps as there are ways to
// choose 300 places of 1,000: this test would not end.
func TestHostileKey(t *testing.T) {
	pattern := strings.Repeat("*a", 300) + "*b*c"
	r := compile(t, rules.Document{pattern: {}})
	key := strings.Repeat("a", group.MaxKeyLen-1)
	if got := r.For(key + "c").Pattern; got != "" {
		t.Errorf("a key without a b has the rule of %q", got)
	}
	if got := r.For(key[3:] + "bac").Pattern; got != pattern {
		t.Errorf("the key that fits has the rule of %q", got)
	}
}

func TestPrecedence(t *testing.T) {
	r := compile(t, rules.Document{
		"*":                     {},
		"/pkg.Greeter/SayHello": {},
		"/pkg.Greeter/*":        {},
		"/pkg.*":                {},
		"*/SayHello":            {},
		"*/Say*":                {},
		"/pkg.Gr*/Say*":         {},
		"GET /files/*":          {},
		"xy*":                   {},
		"*xy":                   {},
	})
	for _, tt := range []struct{ name, key, want string }{
		{"exact goes before globs", "/pkg.Greeter/SayHello", "/pkg.Greeter/SayHello"},
		{"the most literal characters win", "/pkg.Greeter/SayBye", "/pkg.Greeter/*"},
		{"even in the middle", "/pkg.Grunt/SayBye", "/pkg.Gr*/Say*"},
		{"a star takes slashes", "/pkg.Other/a/b/c", "/pkg.*"},
		{"a star may stand for nothing", "/pkg.", "/pkg.*"},
		{"at the beginning, too", "/SayHello", "*/SayHello"},
		{"longer than the other", "/x/SayHello", "*/SayHello"},
		{"shorter, but the only one", "/x/SayHello!", "*/Say*"},
		{"a key that has a star of its own", "GET /files/*", "GET /files/*"},
		{"of equals the first by alphabet", "xyxy", "*xy"},
		{"the defaults", "/other", "*"},
		{"a key that is a star", "*", "*"},
		{"no key", "", "*"},
		{"case matters", "/PKG.Greeter/x", "*"},
	} {
		if got := r.For(tt.key).Pattern; got != tt.want {
			t.Errorf("%s: %q has the rule of %q, want %q", tt.name, tt.key, got, tt.want)
		}
	}
	if got := compile(t, nil).For("/x").Pattern; got != "" {
		t.Errorf("with no rule at all, /x has that of %q", got)
	}
}
