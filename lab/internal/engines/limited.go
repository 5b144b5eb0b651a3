package engines

import (
	"encoding/json"
	"time"

	"github.com/go-fusebox/fusebox/circuitfailsafe"
	"github.com/go-fusebox/fusebox/core/bulkhead"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// limits are engines of ours with a limit on each client's calls in flight, and such
// limits alone. The settings are those of the limit; the engine behind it has its own
// defaults. All leaves them out, for a limit is another protection than a breaker.
var limits = []kind{
	alone("bulkhead", true, fixed),
	behind("credit", "bulkhead", fixed),
	behind("sre", "bulkhead", fixed),
	behind("hystrix", "bulkhead", fixed),
	alone("adaptive", false, adaptive),
	behind("credit", "adaptive", adaptive),
}

// Limited returns what has a limit on calls in flight, at its usual settings.
func Limited() []Engine { return made(limits) }

// LimitedNames returns the names of [Limited].
func LimitedNames() []string { return names(limits) }

// limit reads the settings of a limit, and makes those of single clients.
type limit func(settings json.RawMessage) (about string, each func() bulkhead.Limit, err error)

func fixed(settings json.RawMessage) (string, func() bulkhead.Limit, error) {
	c := bulkhead.Config{Max: 10}
	if len(settings) > 0 {
		if err := json.Unmarshal(settings, &c); err != nil {
			return "", nil, err
		}
	}
	sample, err := bulkhead.New(c)
	if err != nil {
		return "", nil, err
	}
	return "core/bulkhead: " + words(sample.Config()), func() bulkhead.Limit {
		b, _ := bulkhead.New(c) // no error: as for the sample
		return b
	}, nil
}

// adaptiveSettings are a circuitfailsafe.AdaptiveConfig.
type adaptiveSettings struct {
	Min        int      `json:"min"`
	Max        int      `json:"max"`
	Initial    int      `json:"initial"`
	Window     duration `json:"window"`
	MinSamples int      `json:"minSamples"`
}

// The library's own defaults.
var adaptiveDefaults = adaptiveSettings{Min: 1, Max: 200, Initial: 20, Window: duration(time.Second), MinSamples: 50}

func adaptive(settings json.RawMessage) (string, func() bulkhead.Limit, error) {
	s := adaptiveDefaults
	if err := decode("adaptive", settings, &s); err != nil {
		return "", nil, err
	}
	c := circuitfailsafe.AdaptiveConfig{
		Min: s.Min, Max: s.Max, Initial: s.Initial, Window: time.Duration(s.Window), MinSamples: s.MinSamples,
	}
	if err := c.Validate(); err != nil {
		return "", nil, err
	}
	return "failsafe-go/failsafe-go v0.9.8, adaptivelimiter by circuitfailsafe: " + words(s), func() bulkhead.Limit {
		l, _ := circuitfailsafe.NewAdaptiveLimit(c) // no error: c is valid
		return l
	}, nil
}

// alone is a limit without a breaker.
func alone(name string, ours bool, l limit) kind {
	return kind{name, func(settings json.RawMessage) (Engine, error) {
		about, each, err := l(settings)
		return Engine{
			Name: name, About: about, Ours: ours, Told: true,
			New: func() circuit.Breaker { return bulkhead.Guard(nil, each()) },
		}, err
	}}
}

// behind is an engine with a limit behind it.
func behind(engine, name string, l limit) kind {
	return kind{engine + "+" + name, func(settings json.RawMessage) (Engine, error) {
		about, each, err := l(settings)
		if err != nil {
			return Engine{}, err
		}
		e, err := newOf(kinds, engine, nil)
		if err != nil {
			return Engine{}, err
		}
		bare := e.New
		e.Name += "+" + name
		e.About += "; with " + about
		e.New = func() circuit.Breaker { return bulkhead.Guard(bare(), each()) }
		return e, nil
	}}
}
