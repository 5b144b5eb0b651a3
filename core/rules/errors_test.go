package rules_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/rules"
	"github.com/go-fusebox/fusebox/core/sre"
)

const (
	ofCredit = "which has threshold, depth, consecutiveFailures, gain, purse, probes, probeLifetime, probeInterval, trialInterval and maxTrialInterval"
	ofSRE    = "which has k, window, buckets, minRequests, protection, maxDropRatio, probeInterval and countRefusals"
)

func TestWrongDocuments(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"a bound", "{\n\n\n\n\n\"/pkg.Greeter/*\":\n{\"settings\": {\"threshold\": 2}}}",
			`rules: line 7: rule "/pkg.Greeter/*": settings.threshold is 2, must be from 0.05 to 0.95`},
		{"a bound of durations", `{"/a": {"settings": {"probeLifetime": "2us"}}}`,
			`rules: line 1: rule "/a": settings.probeLifetime is 2µs, must be from 1ms to 1h0m0s`},
		{"a whole number beyond all bounds", `{"/a": {"settings": {"depth": 1e30}}}`,
			`rules: line 1: rule "/a": settings.depth is 1e30, must be from 1 to 1000`},
		{"a bound that another rule moves", "{\"*\": {\"settings\": {\"maxTrialInterval\": \"4s\"}},\n\"/a\": {\n\"settings\": {\"trialInterval\": \"5s\"}}}",
			`rules: line 2: rule "/a": settings.maxTrialInterval is 4s, must be from 5s to 1h0m0s`},
		{"what the defaults have wrong is told once", "{\"/a\": {\"settings\": {\"depth\": 2}},\n\"*\": {\"settings\": {\"gain\": 3, \"purse\": \"x\"}},\"/b\":{}}",
			`rules: line 2: rule "*": settings.gain is 3, must be above 1 and at most 2` + "\n" +
				`rules: line 2: rule "*": settings.purse is "x", must be a whole number`},
		{"and by each that has it wrong itself", "{\"/a\": {\"settings\": {\"gain\": 4}},\n\"*\": {\"settings\": {\"gain\": 3}}}",
			`rules: line 1: rule "/a": settings.gain is 4, must be above 1 and at most 2` + "\n" +
				`rules: line 2: rule "*": settings.gain is 3, must be above 1 and at most 2`},

		{"an engine", `{"/a": {"engine": "gobreaker", "settings": {"what": 1}}}`, `rules: line 1: rule "/a": engine is "gobreaker", must be credit, hystrix or sre`},
		{"an engine by number", `{"/a": {"engine": 7}}`, `rules: line 1: rule "/a": engine is 7, must be credit, hystrix or sre`},
		{"an empty engine", `{"/a": {"engine": ""}}`, `rules: line 1: rule "/a": engine is "", must be credit, hystrix or sre`},
		{"an engine that others inherit", "{\"*\": {\"engine\": \"x\"},\n\"/a\": {\"settings\": {\"threshold\": 2}, \"mode\": \"y\"},\n\"/b\": {\"engine\": \"sre\", \"settings\": {\"k\": 1}}}",
			`rules: line 1: rule "*": engine is "x", must be credit, hystrix or sre` + "\n" +
				`rules: line 2: rule "/a": mode is "y", must be auto, observe, force-open or force-close` + "\n" +
				`rules: line 3: rule "/b": settings.k is 1, must be above 1 and at most 1000`},
		{"a mode", `{"/a": {"mode": "Observe"}}`, `rules: line 1: rule "/a": mode is "Observe", must be auto, observe, force-open or force-close`},
		{"a mode that is null", `{"/a": {"mode": null}}`, `rules: line 1: rule "/a": mode is null, must be auto, observe, force-open or force-close`},
		{"enabled", `{"/a": {"enabled": "no"}}`, `rules: line 1: rule "/a": enabled is "no", must be true or false`},
		{"settings", `{"/a": {"settings": [1, "two"]}}`, `rules: line 1: rule "/a": settings is [1,"two"], must be an object`},
		{"settings that are null", `{"/a": {"settings": null}}`, `rules: line 1: rule "/a": settings is null, must be an object`},
		{"a field", `{"/a": {"Mode": "auto"}}`, `rules: line 1: rule "/a": Mode is no field of a rule, which has engine, settings, mode and enabled`},
		{"a field without a name", `{"/a": {"": 1}}`, `rules: line 1: rule "/a": "" is no field of a rule, which has engine, settings, mode and enabled`},
		{"a field of several lines", `{"/a\n": {"x\ny": 1}}`,
			`rules: line 1: rule "/a\n": "x\ny" is no field of a rule, which has engine, settings, mode and enabled`},
		{"a setting", `{"/a": {"settings": {"Depth": 1}}}`, `rules: line 1: rule "/a": settings.Depth is no setting of credit, ` + ofCredit},
		{"a setting of another engine", `{"*": {"engine": "sre"}, "/a": {"settings": {"depth": 1}}}`,
			`rules: line 1: rule "/a": settings.depth is no setting of sre, ` + ofSRE},

		{"a duration by number", `{"/a": {"settings": {"probeInterval": 500}}}`, `rules: line 1: rule "/a": settings.probeInterval is 500, must be a duration such as "500ms"`},
		{"a duration with a space", `{"/a": {"settings": {"probeInterval": "5 s"}}}`, `rules: line 1: rule "/a": settings.probeInterval is "5 s", must be a duration such as "500ms"`},
		{"a number as text", `{"/a": {"settings": {"threshold": "0.5"}}}`, `rules: line 1: rule "/a": settings.threshold is "0.5", must be a number`},
		{"a number that none is", `{"/a": {"settings": {"threshold": 1e999}}}`, `rules: line 1: rule "/a": settings.threshold is 1e999, must be a number`},
		{"a part of a whole", `{"/a": {"settings": {"depth": 1.5}}}`, `rules: line 1: rule "/a": settings.depth is 1.5, must be a whole number`},
		{"a switch by number", `{"/a": {"engine": "sre", "settings": {"countRefusals": 1}}}`, `rules: line 1: rule "/a": settings.countRefusals is 1, must be true or false`},
		{"a setting that is null", `{"/a": {"settings": {"depth": null}}}`, `rules: line 1: rule "/a": settings.depth is null, must be a whole number`},

		{"a rule that is null", `{"/a": null}`, `rules: line 1: rule "/a" is null, must be an object`},
		{"a rule that is text", `{"/a": "off"}`, `rules: line 1: rule "/a" is "off", must be an object`},
		{"a rule twice", "{\"/a\": {},\n\"/b\": {},\n\"\\u002fa\": {}}", `rules: line 3: rule "/a" is given twice, first in line 1`},
		{"a field twice", "{\"/a\": {\"mode\": \"auto\",\n\n\"mode\": \"observe\"}}", `rules: line 3: rule "/a": mode is given twice, first in line 1`},
		{"a setting twice", "{\"/a\": {\"settings\":\n\n{\"depth\": 1,\n\"depth\": 2}}}", `rules: line 4: rule "/a": settings.depth is given twice, first in line 3`},
		{"a field that is called as a setting is in errors", "{\"/a\": {\"settings\": {\"depth\": 0.5},\n\"settings.depth\": 1}}",
			`rules: line 1: rule "/a": settings.depth is 0.5, must be a whole number` + "\n" +
				`rules: line 2: rule "/a": settings.depth is no field of a rule, which has engine, settings, mode and enabled`},
		{"no pattern", `{"": {"mode": "x"}}`, `rules: line 1: a pattern is empty, must have at least one character`},
		{"no pattern twice", "{\"\": {},\n\"\": {}}", `rules: line 1: a pattern is empty, must have at least one character` + "\n" +
			`rules: line 2: "" is given twice, first in line 1`},
		{"a long pattern", `{"` + strings.Repeat("a", 1025) + `": {}}`,
			`rules: line 1: rule "` + strings.Repeat("a", 100) + `…" has a pattern of 1025 bytes, must be at most 1024, as keys are`},
		{"a long value", `{"/a": {"mode": "` + strings.Repeat("é", 500) + `"}}`,
			`rules: line 1: rule "/a": mode is "` + strings.Repeat("é", 50) + `…", must be auto, observe, force-open or force-close`},
		{"a schema", `{"$schema": {}}`, `rules: line 1: $schema must be text`},

		{"nothing", ``, `rules: line 1, column 1: unexpected end of JSON input`},
		{"an end too soon", "{\"/a\":\n {", `rules: line 2, column 3: unexpected end of JSON input`},
		{"no JSON", "{\n  \"/a\": {},\n  /b: {}\n}", `rules: line 3, column 3: invalid character '/' looking for beginning of object key string`},
		{"a comma too many", "{\"/a\": {},\n}", `rules: line 2, column 1: invalid character '}' looking for beginning of object key string`},
		{"something after it", "{}\n{}", `rules: line 2, column 1: invalid character '{' after top-level value`},
		{"no UTF-8", "{\n\"/a\xff\": {}}", `rules: line 2, column 4: not valid UTF-8`},
		{"null", `null`, `rules: line 1: the document is null, must be an object`},
		{"a list", `[{}]`, `rules: line 1: the document is [{}], must be an object`},
		{"a long document", `{"/a":` + strings.Repeat(" ", rules.MaxBytes) + `{}}`,
			`rules: the document has 4194313 bytes, must be at most 4194304`},
		{"a long rule", "{\"/a\": {},\n\"/b\": {" + strings.Repeat(" ", rules.MaxRuleBytes) + "}}",
			`rules: line 2: rule "/b" has 16386 bytes, must be at most 16384`},
		{"many rules", `{"$schema": ""` + many(rules.MaxRules+1) + `}`, `rules: the document has 10001 rules, must be at most 10000`},
	} {
		r, err := rules.Parse([]byte(tt.text))
		if err == nil || r != nil {
			t.Errorf("%s: no error", tt.name)
		} else if got := err.Error(); got != tt.want {
			t.Errorf("%s: the error is\n%s\nwant\n%s", tt.name, got, tt.want)
		}
	}
	parse(t, `{"$schema": ""`+many(rules.MaxRules)+`}`)
	parse(t, `{"`+strings.Repeat("a", 1024)+`": {}}`)
	parse(t, `{"/b": {`+strings.Repeat(" ", rules.MaxRuleBytes-2)+`}}`)
}

func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ",\"/%d\": {}", i)
	}
	return b.String()
}

func TestErrorsTellAllAtOnce(t *testing.T) {
	_, err := rules.Parse([]byte(`{
		"*": {"engine": "hystrix", "settings": {"probes": 0.5, "buckets": 5000}},
		"/b": {"mode": "on", "settings": {"window": "1ns"}},
		"/a": {"enabled": 1, "engine": "none"},
		"/b": {}
	}`))
	var all []rules.Error
	for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		if told, ok := errors.AsType[*rules.Error](e); ok {
			all = append(all, *told)
		}
	}
	want := []rules.Error{
		{Line: 2, Rule: "*", Field: "settings.buckets", Value: json.Number("5000"), Want: "must be from 1 to 1000"},
		{Line: 2, Rule: "*", Field: "settings.probes", Value: json.Number("0.5"), Want: "must be a whole number"},
		{Line: 3, Rule: "/b", Field: "mode", Value: "on", Want: "must be auto, observe, force-open or force-close"},
		{Line: 3, Rule: "/b", Field: "settings.window", Value: time.Nanosecond, Want: "must be from 10ms to 1h0m0s"},
		{Line: 4, Rule: "/a", Field: "enabled", Value: json.Number("1"), Want: "must be true or false"},
		{Line: 4, Rule: "/a", Field: "engine", Value: "none", Want: "must be credit, hystrix or sre"},
		{Line: 5, Rule: "/b", Want: "is given twice, first in line 3"},
	}
	if fmt.Sprintf("%+v", all) != fmt.Sprintf("%+v", want) {
		t.Errorf("the errors are\n%+v, want\n%+v", all, want)
	}
}

func TestErrorsAreBounded(t *testing.T) {
	for _, n := range []int{100, 101, 1000, 1001, 9999} {
		d := rules.Document{}
		for i := range n {
			d[fmt.Sprint("/", i)] = rules.Rule{Mode: "x"}
		}
		_, err := d.Compile()
		lines := strings.Split(err.Error(), "\n")
		last := fmt.Sprintf("rules: and %d more", n-100)
		if n == 100 {
			last = `rules: rule "/99": mode is "x", must be auto, observe, force-open or force-close`
		}
		if want := min(n, 101); len(lines) != want || lines[want-1] != last {
			t.Errorf("%d errors are told in %d lines, the last of which is %s", n, len(lines), lines[len(lines)-1])
		}
	}
}

// What a document is decoded to by libraries for YAML and others.
func TestDecodedElsewhere(t *testing.T) {
	type text string
	for _, tt := range []struct {
		rule rules.Rule
		want any // the Config, or the error's text
	}{
		{rules.Rule{Settings: map[string]any{"depth": uint8(3), "threshold": float32(0.25), "probeInterval": time.Minute}},
			credit.Config{Depth: 3, Threshold: 0.25, ProbeInterval: time.Minute}},
		{rules.Rule{Settings: map[string]any{"depth": int64(3), "threshold": json.Number("0.25"), "probeInterval": "1m"}},
			credit.Config{Depth: 3, Threshold: 0.25, ProbeInterval: time.Minute}},
		{rules.Rule{Engine: "sre", Settings: map[string]any{"k": 3, "minRequests": 1e2, "countRefusals": true}},
			sre.Config{K: 3, MinRequests: 100, CountRefusals: true}},
		{rules.Rule{Engine: "hystrix", Settings: map[string]any{"errorPercentThreshold": -1, "consecutiveFailures": json.Number("3.0")}},
			hystrix.Config{ErrorPercentThreshold: -1, ConsecutiveFailures: 3}},
		{rules.Rule{Engine: "hystrix", Settings: map[string]any{"errorPercentThreshold": math.Inf(-1), "consecutiveFailures": 3}},
			`rules: rule "/a": settings.errorPercentThreshold is -Inf, must be a number`},
		{rules.Rule{Settings: map[string]any{"threshold": math.NaN()}}, `rules: rule "/a": settings.threshold is NaN, must be a number`},
		{rules.Rule{Settings: map[string]any{"threshold": json.Number("NaN")}}, `rules: rule "/a": settings.threshold is NaN, must be a number`},
		{rules.Rule{Settings: map[string]any{"depth": math.NaN()}}, `rules: rule "/a": settings.depth is NaN, must be a whole number`},
		{rules.Rule{Settings: map[string]any{"depth": time.Second}}, `rules: rule "/a": settings.depth is 1s, must be a whole number`},
		{rules.Rule{Settings: map[string]any{"depth": nil}}, `rules: rule "/a": settings.depth is null, must be a whole number`},
		{rules.Rule{Settings: map[string]any{"depth": uint64(math.MaxUint64)}}, `rules: rule "/a": settings.depth is 18446744073709551615, must be from 1 to 1000`},
		{rules.Rule{Settings: map[string]any{"probeInterval": text("5s")}}, `rules: rule "/a": settings.probeInterval is 5s, must be a duration such as "500ms"`},
		{rules.Rule{Settings: map[string]any{"probeInterval": map[any]any{1: 2}}}, `rules: rule "/a": settings.probeInterval is map[1:2], must be a duration such as "500ms"`},
		{rules.Rule{Settings: map[string]any{"": 1}}, `rules: rule "/a": settings. is no setting of credit, ` + ofCredit},
	} {
		r, err := rules.Document{"/a": tt.rule}.Compile()
		if want, wrong := tt.want.(string); wrong {
			if err == nil || r != nil || err.Error() != want {
				t.Errorf("%+v: the error is\n%v, want\n%s", tt.rule, err, want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%+v: %v", tt.rule, err)
		} else if got, want := configOf(r.Breaker("/a")), completeOf(t, tt.want); got != want {
			t.Errorf("%+v: the settings are\n%+v, want\n%+v", tt.rule, got, want)
		}
	}
}

func TestWrongPatterns(t *testing.T) {
	for pattern, want := range map[string]string{
		"":                         `rules: a pattern is empty, must have at least one character`,
		"$schema":                  `rules: rule "$schema" can't be: that is where editors look for the schema`,
		"/\xff":                    `rules: rule "/\xff" has a pattern that is not valid UTF-8`,
		strings.Repeat("é*", 1000): `rules: rule "` + strings.Repeat("é*", 33) + `…" has a pattern of 3000 bytes, must be at most 1024, as keys are`,
	} {
		_, err := rules.Document{pattern: {}}.Compile()
		if err == nil || err.Error() != want {
			t.Errorf("%.10q: the error is\n%v, want\n%s", pattern, err, want)
		}
		if _, ok := errors.AsType[*rules.Error](err); !ok {
			t.Errorf("%.10q: the error is a %T", pattern, err)
		}
	}
	d := rules.Document{}
	for i := range rules.MaxRules + 1 {
		d[fmt.Sprint(i)] = rules.Rule{}
	}
	if _, err := d.Compile(); err == nil || err.Error() != "rules: the document has 10001 rules, must be at most 10000" {
		t.Errorf("many rules: %v", err)
	}
}
