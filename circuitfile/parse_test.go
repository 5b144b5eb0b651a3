package circuitfile_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-fusebox/fusebox/circuitfile"
	"github.com/go-fusebox/fusebox/core/rules"
)

// The same document in both forms has the same rules.
func TestBothFormsSayTheSame(t *testing.T) {
	inYAML := `
# A comment, and what YAML has and JSON has not.
"*": &usual
  settings: &numbers {threshold: 0.4, depth: 1e1, probeInterval: 500ms}
/users.v1.Users/*:
  <<: *usual
  mode: observe
  settings:
    <<: [{depth: 0x10, probes: 3}, *numbers]
    purse: 1_000
"*/List":
  engine: 'hystrix'
  settings:
    sleepWindow: >-
      2s
404: {enabled: false}
`
	inJSON := `{
	"*": {"settings": {"threshold": 0.4, "depth": 10, "probeInterval": "500ms"}},
	"/users.v1.Users/*": {"mode": "observe",
		"settings": {"threshold": 0.4, "depth": 16, "probes": 3, "probeInterval": "500ms", "purse": 1000}},
	"*/List": {"engine": "hystrix", "settings": {"sleepWindow": "2s"}},
	"404": {"enabled": false}
}`
	yaml, err := circuitfile.Parse("rules.YML", []byte(inYAML))
	must(t, err)
	json, err := circuitfile.Parse("rules.json", []byte("\ufeff"+inJSON))
	must(t, err)
	for _, key := range []string{"any", "/users.v1.Users/Get", "/a.B/List", "404"} {
		if a, b := yaml.For(key).String(), json.For(key).String(); a != b {
			t.Errorf("key %s:\nYAML %s\nJSON %s", key, a, b)
		}
	}
	if got := yaml.For("/users.v1.Users/Get").Rule.Settings["depth"]; got != 16 {
		t.Errorf("got the depth %v, want 16", got)
	}
}

// What is wrong is told with the YAML's own line.
func TestLinesOfYAML(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"each thing", "\"*\":\n\n  # so\n  settings:\n    threshold: 3\n    depth: x\n    foo: 1\n  mod: auto\n  mode: no\n  enabled: yes\na: 1\nb:\n", `
rules: line 5: rule "*": settings.threshold is 3, must be from 0.05 to 0.95
rules: line 6: rule "*": settings.depth is "x", must be a whole number
rules: line 7: rule "*": settings.foo is no setting of credit, which has *
rules: line 8: rule "*": mod is no field of a rule, which has engine, settings, mode and enabled
rules: line 9: rule "*": mode is "no", must be auto, observe, force-open or force-close
rules: line 10: rule "*": enabled is "yes", must be true or false
rules: line 11: rule "a" is 1, must be an object
rules: line 12: rule "b" is null, must be an object`},
		{"merged", "a: &a {settings: {depth: 3}}\nb:\n  <<: *a\n  settings: &s\n    depth: 4\nc:\n  engine: sre\n  settings: *s\n", `
rules: line 5: rule "c": settings.depth is no setting of sre, which has *`},
		{"a merged field", "a: {engine: hystrix}\nb: &b\n  engine: no\n\nc: {<<: *b}\n", `
rules: line 3: rule "b": engine is "no", must be credit, hystrix or sre
rules: line 3: rule "c": engine is "no", must be credit, hystrix or sre`},
		{"key twice", "a: {}\nb: {}\na: {mode: auto}\n", `rules: line 3, column 1: mapping key "a" already defined at [1:1]`},
		{"setting twice", "a:\n  settings:\n    depth: 4\n    depth: 5\n", `rules: line 4, column 5: mapping key "depth" already defined at [3:5]`},
		{"twice by an alias", "&k a: {}\n*k : {}\n", `rules: line 2: the key "a" is given twice, first in line 1`},
		{"two documents", "---\na: {}\n---\nb: {}\n", `rules: line 4: a second document begins, must be one`},
		{"two documents with an empty one between", "a: {}\n---\n---\nb: {}\n", `rules: line 4: a second document begins, must be one`},
		{"two documents without a dash", "a: {}\n...\nb: {}\n", `rules: line 3: a second document begins, must be one`},
		{"a long key twice", strings.Repeat("k", 900) + ": {}\n" + strings.Repeat("k", 900) + ": {}\n",
			`rules: line 2, column 1: mapping key "` + strings.Repeat("k", 287)},
		{"comments alone", "# a: {}\n", `rules: line 1: the document is empty, must be {} if there are no rules`},
		{"nothing", "", `rules: line 1: the document is empty, must be {} if there are no rules`},
		{"a bare *", "a: {}\n*: {}\n", `rules: line 2, column 1: non-map value is specified; a pattern that begins with * must be in quotes`},
		{"a bare *x", "*/Get: {}\n", `rules: line 1, column 8: value is not allowed in this context; a pattern that begins with * must be in quotes`},
		{"no anchor", "a: {}\nb: *c\n", `rules: line 2: there is no anchor &c`},
		{"anchor twice", "a: &x {}\nb: &x {}\n", `rules: line 2: the anchor &x is given twice`},
		{"cut short", "a:\n  settings: {depth: 4\n", `rules: line 2, column 13: could not find flow mapping end token '}'`},
		{"a tab", "a:\n\tmode: auto\n", `rules: line 2, column 1: found character '	' that cannot start any token`},
		{"not UTF-8", "a: {}\nb\xff: {}\n", `rules: line 2: the document is not valid UTF-8`},
		{"a tag", "a:\n  settings: {depth: !!int \"4\"}\n", `rules: line 2: "!!int" can't be read here, must be plain YAML`},
		{"a list", "- a\n", `rules: line 1: the document is ["a"], must be an object`},
		{"text", "# so\nrules\n", `rules: line 2: the document is "rules", must be an object`},
		{"an odd key", "~: {}\n", `rules: line 1: a key must be text`},
		{"merge of no mapping", "a:\n  <<: 5\n", `rules: line 2: << must have a mapping to merge, or a list of mappings`},
		{"no finite number", "a:\n  settings: {threshold: .nan}\n", `rules: line 2: rule "a": settings.threshold is ".nan", must be a number`},
		{"alias within itself", "a: &a\n  settings: {depth: *a}\n", `rules: line 2: the document is too large or too deep once its aliases are filled in`},
		{"merge within itself", "a: &a\n  <<: *a\n", `rules: line 2: there is too much to merge`},
	} {
		_, err := circuitfile.Parse("rules.yaml", []byte(c.text))
		if err == nil {
			t.Errorf("%s: got no error", c.name)
			continue
		}
		got, want := strings.Split(err.Error(), "\n"), strings.Split(strings.TrimPrefix(c.want, "\n"), "\n")
		if !slices.EqualFunc(got, want, func(got, want string) bool {
			begin, open := strings.CutSuffix(want, "*")
			return got == want || open && strings.HasPrefix(got, begin)
		}) {
			t.Errorf("%s: got\n%v\nwant\n%s", c.name, err, strings.TrimPrefix(c.want, "\n"))
		}
		if _, ok := errors.AsType[*rules.Error](err); !ok {
			t.Errorf("%s: %T holds no *rules.Error", c.name, err)
		}
	}
}

// A few aliases of aliases make billions of nodes: they are not made.
func TestAliasesThatExplode(t *testing.T) {
	for name, level := range map[string]string{
		"values": "%s: &%s [%s]\n",
		"merges": "%s: &%s {<<: [%s]}\n",
	} {
		text := "l0: &l0 {mode: auto}\n"
		for i := 1; i < 12; i++ {
			before := fmt.Sprintf("*l%d", i-1)
			name := fmt.Sprintf("l%d", i)
			text += fmt.Sprintf(level, name, name, strings.Repeat(before+", ", 9)+before)
		}
		if _, err := circuitfile.Parse("rules.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), "too") {
			t.Errorf("%s: got the error %.200v, want one that it is too much", name, err)
		}
	}
}

// The parser goes into each level and each further line of a block by a call of its own,
// and copies what is left: of these some overflow the stack, which ends the process, some
// take all memory, some hours.
func TestFilesThatAreNoDocuments(t *testing.T) {
	const size = 1 << 18
	fill := func(text string) string { return strings.Repeat(text, size/len(text)) }
	var keys, stairs strings.Builder
	for i := 0; keys.Len() < size; i++ {
		fmt.Fprintf(&keys, "%d: x\n", i)
	}
	for i := 0; stairs.Len() < size; i++ {
		fmt.Fprintf(&stairs, "%*sa:\n", i, "")
	}
	for name, c := range map[string]struct{ text, want string }{
		"brackets":             {fill("["), "line 1: the document has more than 20 levels"},
		"braces":               {fill("{a: "), "line 1: the document has more than 20 levels"},
		"dashes":               {fill("- "), "line 1: the document has more than 20 levels"},
		"anchors":              {fill("&a "), "line 1: the document has more than 20 levels"},
		"anchors, each a line": {fill("&a\n"), "line 20: the document has more than 20 levels"},
		"tags":                 {fill("!a\n"), `line 1: "!a" can't be read here, must be plain YAML`},
		"stairs":               {stairs.String(), "line 21: the document has more than 20 levels"},
		"documents":            {fill("---\na\n"), "line 4: a second document begins, must be one"},
		"keys":                 {keys.String(), "line 10101: the document has more than 10000 rules"},
		"keys of a rule":       {"a:\n " + strings.ReplaceAll(keys.String(), "\n", "\n "), "line 10102: the document has more than 10000 rules"},
		"zeros":                {strings.Repeat("\x00", rules.MaxBytes/4), "line 1: the document is too large"},
		"text":                 {fill("text\n"), "the document is"},
	} {
		if _, err := circuitfile.Parse("rules.yaml", []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got the error %.200v, want %s", name, err, c.want)
		}
	}
}

// As many rules as there may be, and as deep as YAML of them is in good faith.
func TestTheLargestDocument(t *testing.T) {
	var b strings.Builder
	for i := range rules.MaxRules {
		fmt.Fprintf(&b, "/pkg.Service%d/*:\n  engine: hystrix\n  settings:\n    sleepWindow: 2s\n", i)
	}
	r, err := circuitfile.Parse("rules.yaml", []byte("%YAML 1.2\n---\n"+b.String()+"---\n# nothing\n"))
	must(t, err)
	if got := r.For("/pkg.Service9999/x").Rule; got.Engine != "hystrix" || got.Settings["sleepWindow"] != "2s" {
		t.Errorf("the last rule is %v", got)
	}
	b.Reset()
	for i := range rules.MaxRules + 1 {
		fmt.Fprintf(&b, "%d: {}\n", i)
	}
	if _, err := circuitfile.Parse("rules.yaml", []byte(b.String())); err == nil || err.Error() != "rules: the document has 10001 rules, must be at most 10000" {
		t.Errorf("one more: got the error %v", err)
	}
}

// Nothing makes Parse panic, and what is a good document in JSON is the same one in
// YAML, which has all of JSON.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		good(4), bad(1), "a: &a {<<: *a}\n", "? a\n: *b\n", "a: |\n  x\n", "{}", "- !!map {}\n",
		`{"*": {"mode": "observe"}, "/a/*": {"engine": "sre", "settings": {"k": 1.5, "window": "3s"}, "enabled": false}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		yaml, inYAML := circuitfile.Parse("rules.yaml", data)
		json, inJSON := circuitfile.Parse("rules.json", data)
		if inJSON != nil || inYAML != nil {
			return
		}
		for _, key := range []string{"a", "/a/b", "*"} {
			if a, b := yaml.For(key).String(), json.For(key).String(); a != b {
				t.Errorf("key %s of %q:\nYAML %s\nJSON %s", key, data, a, b)
			}
		}
	})
}
