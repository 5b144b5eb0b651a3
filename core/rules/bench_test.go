package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/rules"
)

// manyGlobs has n of them, of the shapes that people write.
func manyGlobs(n int) rules.Document {
	d := rules.Document{"*": {Mode: "observe"}}
	for i := range n {
		pattern := fmt.Sprintf("/company.team%d.Service%d/*", i%50, i)
		switch i % 4 {
		case 1:
			pattern = fmt.Sprintf("*/Method%d", i)
		case 2:
			pattern = fmt.Sprintf("/company.*.Service%d/Get*", i)
		}
		d[pattern] = rules.Rule{Settings: map[string]any{"depth": 1 + i%1000}}
	}
	return d
}

func compile(tb testing.TB, d rules.Document) *rules.Rules {
	tb.Helper()
	r, err := d.Compile()
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func BenchmarkCompile5000Globs(b *testing.B) {
	d := manyGlobs(5000)
	for b.Loop() {
		compile(b, d)
	}
}

func BenchmarkFor5000Globs(b *testing.B) {
	r := compile(b, manyGlobs(5000))
	hostile := compile(b, func() rules.Document {
		d := rules.Document{}
		for i := range 5000 {
			d[strings.Repeat("*a", i%100+1)+fmt.Sprintf("*b%d*", i)] = rules.Rule{}
		}
		return d
	}())
	for _, bb := range []struct {
		name, key string
		rules     *rules.Rules
	}{
		{"none", "/other.Service/Method", r},
		{"prefix", "/company.team8.Service4408/Get", r},
		{"hostile", strings.Repeat("a", group.MaxKeyLen), hostile},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = bb.rules.Breaker(bb.key)
			}
		})
	}
}

func BenchmarkApplyTo10000Keys(b *testing.B) {
	r := compile(b, manyGlobs(5000))
	g := group.New(func(string) circuit.Breaker { return r.Breaker("") })
	for i := range group.DefaultCap {
		g.Get(fmt.Sprintf("/company.team%d.Service%d/Method%d", i%50, i%5000, i))
	}
	for b.Loop() {
		r.Apply(g)
	}
}
