package rules

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"time"
)

// field is one of a Config.
type field struct {
	name string // in a document
	path string // in an error
	goes string // in Go
	at   int
	kind reflect.Type
}

func fieldsOf(config reflect.Type) []field {
	fields := make([]field, config.NumField())
	for i := range fields {
		f := config.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		fields[i] = field{name: name, path: "settings." + name, goes: f.Name, at: i, kind: f.Type}
	}
	return fields
}

var duration = reflect.TypeFor[time.Duration]()

// set gives the field of config a value that a document has for it, or returns what it
// must be. Bounds are the engine's to check.
func (f *field) set(config reflect.Value, value any) (want string) {
	to := config.Field(f.at)
	switch {
	case f.kind == duration:
		d, ok := asDuration(value)
		if !ok {
			return `must be a duration such as "500ms"`
		}
		to.SetInt(int64(d))
	case f.kind.Kind() == reflect.Bool:
		b, ok := value.(bool)
		if !ok {
			return "must be true or false"
		}
		to.SetBool(b)
	case f.kind.Kind() == reflect.Int:
		n, ok := asNumber(value)
		if !ok || n != math.Trunc(n) {
			return "must be a whole number"
		}
		to.SetInt(int64(max(math.MinInt32, min(n, math.MaxInt32)))) // whose bounds are well within
	default:
		n, ok := asNumber(value)
		if !ok {
			return "must be a number"
		}
		to.SetFloat(n)
	}
	return ""
}

func asDuration(value any) (time.Duration, bool) {
	switch v := value.(type) {
	case time.Duration:
		return v, true
	case string:
		d, err := time.ParseDuration(v)
		return d, err == nil
	default:
		return 0, false
	}
}

// asNumber takes finite numbers of every type.
func asNumber(value any) (n float64, ok bool) {
	if text, is := value.(json.Number); is {
		n, err := text.Float64()
		return n, err == nil && !math.IsInf(n, 0) && !math.IsNaN(n)
	}
	switch v := reflect.ValueOf(value); {
	case !v.IsValid() || v.Type() == duration:
		return 0, false
	case v.CanInt():
		return float64(v.Int()), true
	case v.CanUint():
		return float64(v.Uint()), true
	case v.CanFloat():
		return v.Float(), !math.IsInf(v.Float(), 0) && !math.IsNaN(v.Float())
	default:
		return 0, false
	}
}

// show is what set understands, without zero fields.
func (e *engine) show(config any) map[string]any {
	settings := map[string]any{}
	for _, f := range e.fields {
		switch v := reflect.ValueOf(config).Field(f.at); {
		case v.IsZero():
		case f.kind == duration:
			settings[f.name] = time.Duration(v.Int()).String()
		default:
			settings[f.name] = v.Interface()
		}
	}
	return settings
}
