package rules_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/rules"
)

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{}`, `null`, `[`, `{"$schema": "x", "*": {}}`, `{"a": {}, "a": {}}`,
		`{"*": {"engine": "sre", "settings": {"k": 1.5, "window": "500ms"}, "mode": "observe"}, "/a/*": {"settings": {"k": 0}}, "/a/b": {"enabled": false}}`,
		`{"*": {"engine": "hystrix", "settings": {"errorPercentThreshold": -1, "consecutiveFailures": 3e0, "sleepJitter": -0.0}}, "*b": {"engine": "credit"}}`,
		`{"/a": {"settings": {"maxTrialInterval": "1s", "trialInterval": "1s", "threshold": 0.30000000000000004}}}`,
		`{"/a": {"settings": {"depth": 1e9999}}, "": null, "\ud800": {"mode": ""}}`,
		"{\"/\xff\": {}}", `{"/a\n": {"\n": [{"\n": null}]}}`, `{"**": {"engine": "sre", "settings": {"probeInterval": "-1ns"}}, "(overflow)": {"mode": "force-open"}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := rules.Parse(data)
		if err != nil {
			rejected(t, r, err, data)
			return
		}
		var document rules.Document
		patterns := map[string]json.RawMessage{}
		decode(t, data, &patterns)
		delete(patterns, "$schema")
		text, err := json.Marshal(patterns)
		if err != nil {
			t.Fatal(err)
		}
		decode(t, text, &document)
		other := compile(t, document)
		g := group.New(r.Breaker)
		keys := []string{"", "*", "/a", group.OverflowKey}
		for pattern := range document {
			keys = append(keys, pattern, strings.ReplaceAll(pattern, "*", ""), strings.ReplaceAll(pattern, "*", "/x"))
		}
		for _, key := range keys {
			if got, want := other.For(key).String(), r.For(key).String(); got != want {
				t.Errorf("the decoded document says\n%s, the text\n%s", got, want)
			}
			same(t, key, r, key)
			g.Get(key)
		}
		want := rules.Changes{Kept: g.Len()}
		if g.Stats().Overflowed > 0 {
			want.Kept++
		}
		if got := other.Apply(g); got != want {
			t.Errorf("the decoded document changes breakers that are the text's: %v", got)
		}
	})
}

// rejected demands errors that say where and what.
func rejected(t *testing.T, r *rules.Rules, err error, data []byte) {
	t.Helper()
	if r != nil {
		t.Error("there are Rules with an error")
	}
	line := 0
	for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		told, ok := errors.AsType[*rules.Error](e)
		if !ok {
			if !strings.HasPrefix(e.Error(), "rules: and ") {
				t.Errorf("an error is a %T: %v", e, e)
			}
			continue
		}
		if told.Line < line || told.Line > 1+strings.Count(string(data), "\n") || told.Want == "" {
			t.Errorf("after line %d: %#v", line, told)
		}
		if text := told.Error(); len(text) > 1000 || strings.Contains(text, "\n") {
			t.Errorf("an error of %d bytes, or several lines: %q", len(text), text)
		}
		line = told.Line
	}
}
