package rules_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/rules"
	"github.com/go-fusebox/fusebox/core/sre"
)

// property is what the schema says about one setting.
type property struct {
	Description      string
	Type             string
	Ref              string `json:"$ref"`
	Default          any
	Minimum, Maximum *float64
	ExclusiveMinimum *float64
}

type part struct {
	Properties           map[string]property
	AdditionalProperties bool
	Pattern              string
}

func schemaParts(t *testing.T) map[string]part {
	t.Helper()
	var schema struct {
		Defs map[string]json.RawMessage `json:"$defs"`
	}
	decode(t, rules.Schema(), &schema)
	parts := map[string]part{}
	for name, text := range schema.Defs {
		if name != "rule" {
			p := part{AdditionalProperties: true}
			decode(t, text, &p)
			parts[name] = p
		}
	}
	return parts
}

func decode(t *testing.T, text []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(err)
	}
}

var configs = map[string]any{"credit": credit.Config{}, "hystrix": hystrix.Config{}, "sre": sre.Config{}}

func TestSchemaHasTheFieldsOfTheConfigs(t *testing.T) {
	for engine, config := range configs {
		part := schemaParts(t)[engine]
		if part.AdditionalProperties {
			t.Errorf("%s: the schema takes settings that there are not", engine)
		}
		complete := reflect.ValueOf(completeOf(t, config))
		fields := map[string]bool{}
		for i := range complete.NumField() {
			name, _, _ := strings.Cut(complete.Type().Field(i).Tag.Get("json"), ",")
			fields[name] = true
			var want property
			value := complete.Field(i).Interface()
			switch v := value.(type) {
			case time.Duration:
				want = property{Ref: "#/$defs/duration", Default: strings.TrimSuffix(v.String(), "m0s")}
			case int:
				want = property{Type: "integer", Default: float64(v)}
			case float64:
				want = property{Type: "number", Default: v}
			case bool:
				want = property{Type: "boolean", Default: v}
			}
			got := part.Properties[name]
			if got.Type != want.Type || got.Ref != want.Ref || got.Default != want.Default {
				t.Errorf("%s.%s: the schema has %+v, want %+v", engine, name, got, want)
			}
			if len(got.Description) < 20 {
				t.Errorf("%s.%s: the schema says too little: %q", engine, name, got.Description)
			}
		}
		for name := range part.Properties {
			if !fields[name] {
				t.Errorf("%s.%s is in the schema alone", engine, name)
			}
		}
	}
}

// accepted reports whether a document with this setting is, next to the setting that
// hystrix asks for where its main rule is off.
func accepted(engine, name string, value any, more ...any) bool {
	settings := map[string]any{name: value}
	if name == "errorPercentThreshold" {
		settings["consecutiveFailures"] = 1
	}
	for i := 0; i < len(more); i += 2 {
		settings[more[i].(string)] = more[i+1]
	}
	text, err := json.Marshal(rules.Document{"/a": {Engine: engine, Settings: settings}})
	if err != nil {
		panic(err)
	}
	_, err = rules.Parse(text)
	return err == nil
}

func TestSchemaHasTheBoundsOfValidate(t *testing.T) {
	for engine, part := range schemaParts(t) {
		for name, p := range part.Properties {
			check := func(value float64, want bool) {
				t.Helper()
				if got := accepted(engine, name, value); got != want {
					t.Errorf("%s.%s %v: accepted %v, but %v in the schema", engine, name, value, got, want)
				}
			}
			next := func(value, towards float64) float64 {
				if p.Type == "integer" {
					return value + math.Copysign(1, towards)
				}
				return math.Nextafter(value, towards)
			}
			below, above := math.Inf(-1), math.Inf(1)
			if p.Type != "integer" && p.Type != "number" {
				continue
			}
			switch {
			case p.Minimum != nil:
				check(*p.Minimum, true)
				check(next(*p.Minimum, below), *p.Minimum == 1 && p.Type == "integer") // 0 is the default
			case p.ExclusiveMinimum != nil:
				check(*p.ExclusiveMinimum, *p.ExclusiveMinimum == 0)
				check(next(*p.ExclusiveMinimum, below), false)
				check(next(*p.ExclusiveMinimum, above), true)
			default:
				check(-1e9, true)
			}
			if p.Maximum == nil {
				t.Errorf("%s.%s has no maximum", engine, name)
				continue
			}
			check(*p.Maximum, true)
			check(next(*p.Maximum, above), false)
			check(0, true)
		}
	}
}

var inWords = regexp.MustCompile(`From (\w+) to (\w+)(, or 0s|; the default is|; a negative one|\.$)`)

// JSON Schema can't bound a duration, so the descriptions do.
func TestSchemaTellsTheBoundsOfDurations(t *testing.T) {
	for engine, part := range schemaParts(t) {
		for name, p := range part.Properties {
			if p.Ref == "" {
				continue
			}
			words := inWords.FindStringSubmatch(p.Description)
			if words == nil {
				t.Errorf("%s.%s: %q has no bounds", engine, name, p.Description)
				continue
			}
			var more []any
			if _, ok := part.Properties[words[1]]; ok { // another setting
				more = []any{words[1], "7s"}
				words[1] = "7s"
			}
			lo, err := time.ParseDuration(words[1])
			hi, err2 := time.ParseDuration(words[2])
			if err != nil || err2 != nil {
				t.Errorf("%s.%s: %q", engine, name, p.Description)
			}
			for value, want := range map[time.Duration]bool{
				lo: true, hi: true, 0: true, lo - 1: false, hi + 1: false,
				-1: strings.Contains(words[3], "negative"), -time.Hour: strings.Contains(words[3], "negative"),
			} {
				if got := accepted(engine, name, value.String(), more...); got != want {
					t.Errorf("%s.%s %v %v: accepted %v, but %v in the schema", engine, name, value, more, got, want)
				}
			}
		}
	}
}

func TestSchemaHasTheTextsOfDurations(t *testing.T) {
	pattern := regexp.MustCompile(schemaParts(t)["duration"].Pattern)
	for _, text := range []string{
		"500ms", "5s", "1m30s", "1.5h", ".5s", "5.s", "+5s", "-1s", "1us", "1µs", "1μs", "1ns", "0", "-0", "0s", // good ones
		"", "5", "5 s", " 5s", "5s ", "5S", "s", ".s", "1d", "1e3s", "--5s", "00", "5s5", "five seconds", "5.5.5s",
	} {
		_, err := time.ParseDuration(text)
		if got, want := pattern.MatchString(text), err == nil; got != want {
			t.Errorf("%q is %v by the schema, %v by time.ParseDuration", text, got, want)
		}
	}
}

func TestSchemaHasTheFieldsOfARule(t *testing.T) {
	var schema struct {
		MaxProperties int
		PropertyNames struct{ MinLength, MaxLength int }
		Defs          struct {
			Rule struct {
				Properties map[string]struct {
					Enum    []string
					Default any
				}
				AdditionalProperties bool
			}
		} `json:"$defs"`
	}
	schema.Defs.Rule.AdditionalProperties = true
	decode(t, rules.Schema(), &schema)
	if schema.MaxProperties != rules.MaxRules+1 || schema.PropertyNames.MinLength != 1 || schema.PropertyNames.MaxLength != 1024 {
		t.Errorf("the schema's bounds of a document are %+v", schema)
	}
	rule := schema.Defs.Rule
	var want []string
	for f := range reflect.TypeFor[rules.Rule]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		want = append(want, name)
	}
	slices.Sort(want)
	if got := slices.Sorted(maps.Keys(rule.Properties)); !slices.Equal(got, want) || rule.AdditionalProperties {
		t.Errorf("the schema's rule has %v, want %v, and no others", got, want)
	}
	explained := compile(t, nil).For("").Rule
	for name, value := range map[string]any{"engine": explained.Engine, "mode": explained.Mode, "enabled": *explained.Enabled} {
		if got := rule.Properties[name].Default; got != value {
			t.Errorf("the schema's default of %s is %v, want %v", name, got, value)
		}
	}
	for _, name := range []string{"engine", "mode"} {
		for _, value := range rule.Properties[name].Enum {
			parse(t, fmt.Sprintf(`{"/a": {%q: %q}}`, name, value))
		}
		_, err := rules.Parse(fmt.Appendf(nil, `{"/a": {%q: "x"}}`, name))
		values := rule.Properties[name].Enum
		last := len(values) - 1
		if list := strings.Join(values[:last], ", ") + " or " + values[last]; !strings.HasSuffix(err.Error(), "must be "+list) {
			t.Errorf("the schema's values of %s are %s, but: %v", name, list, err)
		}
	}
}

func TestSchemaIsACopy(t *testing.T) {
	clear(rules.Schema())
	if !json.Valid(rules.Schema()) {
		t.Error("who changes what Schema returns changes the schema")
	}
}
