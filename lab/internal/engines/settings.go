package engines

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// duration is a time.Duration that is text in JSON.
type duration time.Duration

func (d *duration) UnmarshalJSON(data []byte) error {
	if string(data) == "null" { // changes nothing, as for any other field
		return nil
	}
	var text string
	err := json.Unmarshal(data, &text)
	if err == nil {
		var parsed time.Duration
		if parsed, err = time.ParseDuration(text); err == nil {
			*d = duration(parsed)
			return nil
		}
	}
	return &json.UnmarshalTypeError{Value: string(data), Type: reflect.TypeFor[duration]()} // json adds the field
}

func (d duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

// String is the text of the JSON.
func (d duration) String() string { return time.Duration(d).String() }

// decode reads settings over what the flat struct c holds.
func decode[C any](engine string, settings json.RawMessage, c *C) error {
	if len(settings) == 0 {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(settings))
	dec.DisallowUnknownFields()
	err := dec.Decode(c)
	if err == nil {
		return nil
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		want := "must be of type " + wrong.Type.String()
		switch {
		case wrong.Type == reflect.TypeFor[duration]():
			want = `must be a duration such as "500ms"`
		case wrong.Field == "":
			wrong.Field, want = "settings", "must be an object"
		}
		return &circuit.FieldError{Package: engine, Field: wrong.Field, Value: wrong.Value, Want: want}
	}
	return fmt.Errorf("%s: %w; its settings are: %s", engine, err, fields[C]())
}

// fields are the names of the settings in C.
func fields[C any]() string {
	var names []string
	for f := range reflect.TypeFor[C]().Fields() {
		names = append(names, f.Tag.Get("json"))
	}
	if names == nil {
		return "none"
	}
	return strings.Join(names, ", ")
}

// words are all settings of a flat config in one line.
func words(config any) string {
	data, err := json.Marshal(config)
	if err != nil {
		return err.Error()
	}
	return strings.NewReplacer(`{`, "", `}`, "", `"`, "", `:`, " ", `,`, ", ").Replace(string(data))
}

// bounds gathers what is out of bounds.
type bounds struct {
	engine string
	errs   []error
}

func (b *bounds) err() error { return errors.Join(b.errs...) }

// that demands ok of a field, want being the bound in words.
func (b *bounds) that(ok bool, field string, value any, want string) {
	if !ok {
		b.errs = append(b.errs, &circuit.FieldError{Package: b.engine, Field: field, Value: value, Want: want})
	}
}

// share demands 0 < value ≤ 1.
func (b *bounds) share(field string, value float64) {
	b.that(value > 0 && value <= 1, field, value, "must be above 0 and at most 1")
}

// window demands a time over which calls are counted.
func (b *bounds) window(field string, value duration) {
	between(b, field, value, duration(10*time.Millisecond), duration(time.Hour))
}

// count demands a number of calls.
func count[T int | int64 | uint | uint32](b *bounds, field string, value, lo T) {
	between(b, field, value, lo, math.MaxInt32)
}

func between[T int | int64 | uint | uint32 | duration](b *bounds, field string, value, lo, hi T) {
	b.that(lo <= value && value <= hi, field, value, fmt.Sprintf("must be from %v to %v", lo, hi))
}
