// Package settings checks and decodes the Config types of the engines.
package settings

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// Check gathers what is wrong with a Config, field by field.
type Check struct {
	pkg  string
	errs []error
}

// NewCheck starts the check of pkg's Config.
func NewCheck(pkg string) *Check { return &Check{pkg: pkg} }

// Err is all that was found wrong, nil if nothing was.
func (c *Check) Err() error { return errors.Join(c.errs...) }

// That demands ok of a field, want being the bound in words.
func (c *Check) That(ok bool, field string, value any, want string) {
	if !ok {
		c.errs = append(c.errs, &circuit.FieldError{Package: c.pkg, Field: field, Value: value, Want: want})
	}
}

// Between demands lo ≤ value ≤ hi.
func Between[T int | time.Duration](c *Check, field string, value, lo, hi T) {
	if value < lo || value > hi { // or each new breaker would pay for texts that nobody reads
		c.That(false, field, value, fmt.Sprintf("must be from %v to %v", lo, hi))
	}
}

// Finite reports whether v is a number.
func Finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// Or is v, or def where v is zero.
func Or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// span is a time.Duration that JSON may also give as text, such as "500ms".
type span time.Duration

func (s *span) UnmarshalJSON(data []byte) error {
	var text *string
	if json.Unmarshal(data, &text) != nil {
		return json.Unmarshal(data, (*int64)(s))
	}
	if text == nil { // null changes nothing, as for any other field
		return nil
	}
	d, err := time.ParseDuration(*text)
	if err != nil { // in the type to which json adds the field's name
		return &json.UnmarshalTypeError{Value: fmt.Sprintf("%q", *text), Type: reflect.TypeFor[time.Duration]()}
	}
	*s = span(d)
	return nil
}

func (s span) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(s).String()) }

// twin copies the struct config into one that has a span for each time.Duration.
func twin(config reflect.Value) reflect.Value {
	fields := make([]reflect.StructField, config.NumField())
	for i := range fields {
		fields[i] = config.Type().Field(i)
		if fields[i].Type == reflect.TypeFor[time.Duration]() {
			fields[i].Type = reflect.TypeFor[span]()
		}
	}
	t := reflect.New(reflect.StructOf(fields)).Elem()
	assign(t, config)
	return t
}

func assign(to, from reflect.Value) {
	for i := range to.NumField() {
		to.Field(i).Set(from.Field(i).Convert(to.Field(i).Type()))
	}
}

// Unmarshal decodes JSON into the flat struct that config points to: durations
// may be text, and a field that the struct doesn't have is an error. On an error
// the struct is as it was.
func Unmarshal[T any](pkg string, data []byte, config *T) error {
	target := reflect.ValueOf(config).Elem()
	t := twin(target)
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(t.Addr().Interface()); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Type == t.Type() {
			wrong.Type = target.Type() // the one that the user knows
		}
		return fmt.Errorf("%s: %w", pkg, err)
	}
	assign(target, t)
	return nil
}

// Marshal encodes the flat struct config, durations as text.
func Marshal(config any) ([]byte, error) {
	return json.Marshal(twin(reflect.ValueOf(config)).Interface())
}
