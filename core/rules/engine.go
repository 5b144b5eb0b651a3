package rules

import (
	"errors"
	"reflect"
	"strings"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/sre"
)

// engine is what rules have to know of one: a config is always of its Config type.
type engine struct {
	name   string
	fields []field

	// complete returns a config with the defaults filled in, or what is wrong with it.
	complete func(config reflect.Value) (any, []*circuit.FieldError)
	// make makes a breaker of a complete config.
	make func(config any, mode circuit.Mode) circuit.Breaker
	// tune gives a breaker what is new to it.
	tune func(b circuit.Breaker, config any, mode circuit.Mode) fate
	zero reflect.Type
}

// engines are those that a rule can name; the first one is the default.
var engines = []*engine{
	engineOf("credit", credit.New),
	engineOf("hystrix", func(c hystrix.Config) (*hystrix.Breaker, error) { return hystrix.New(c) }),
	engineOf("sre", sre.New),
}

// What the texts of errors call for.
const (
	engineNames = "credit, hystrix or sre"
	modeNames   = "auto, observe, force-open or force-close"
)

func engineNamed(name string) *engine {
	for _, e := range engines {
		if e.name == name {
			return e
		}
	}
	return nil
}

// live is what the Breaker of each engine can do.
type live[C any] interface {
	circuit.Breaker
	circuit.Reporter
	circuit.ModeSetter
	Config() C
	Update(C) error
}

func engineOf[C comparable, B live[C]](name string, create func(C) (B, error)) *engine {
	return &engine{
		name:   name,
		fields: fieldsOf(reflect.TypeFor[C]()),
		zero:   reflect.TypeFor[C](),
		complete: func(config reflect.Value) (any, []*circuit.FieldError) {
			b, err := create(config.Interface().(C))
			if err != nil {
				return nil, fieldErrors(err)
			}
			return b.Config(), nil
		},
		make: func(config any, mode circuit.Mode) circuit.Breaker {
			b, err := create(config.(C))
			if err == nil {
				err = b.SetMode(mode)
			}
			if err != nil {
				panic("rules: what was found valid is not: " + err.Error())
			}
			return b
		},
		tune: func(b circuit.Breaker, config any, mode circuit.Mode) fate {
			own, ok := circuit.As[B](b)
			if !ok {
				return replaced
			}
			return tune(own, config.(C), mode)
		},
	}
}

// tune touches nothing that is right already. Between its two steps the breaker must
// not refuse what neither the old rule nor the new one would: so new settings decide
// by themselves only where the mode lets them from before, or at last.
func tune[C comparable, B live[C]](b B, config C, mode circuit.Mode) fate {
	settings := b.Config() != config
	modes := b.Snapshot().BaseMode != mode
	var err error
	switch {
	case !settings && !modes:
		return kept
	case !modes:
		err = b.Update(config)
	case !settings:
		err = b.SetMode(mode)
	case mode == circuit.Auto:
		err = errors.Join(b.Update(config), b.SetMode(mode))
	default:
		err = errors.Join(b.SetMode(mode), b.Update(config))
	}
	if err != nil { // which can't be: it was found valid
		return replaced
	}
	return updated
}

// fieldErrors takes apart what Validate joined.
func fieldErrors(err error) (all []*circuit.FieldError) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			all = append(all, fieldErrors(e)...)
		}
		return all
	}
	if e, ok := errors.AsType[*circuit.FieldError](err); ok {
		return []*circuit.FieldError{e}
	}
	return []*circuit.FieldError{{Want: err.Error()}}
}

// names lists what the settings of e are called.
func (e *engine) names() string {
	names := make([]string, len(e.fields))
	for i, f := range e.fields {
		names[i] = f.name
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// field is nil if e has none of that name.
func (e *engine) field(is func(field) bool) *field {
	for i := range e.fields {
		if is(e.fields[i]) {
			return &e.fields[i]
		}
	}
	return nil
}
