package engines

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/sre"
)

// Engine is a kind of breaker with its settings. It is a value, and may be used
// in several bubbles at once.
type Engine struct {
	Name  string
	About string // the package, its version where it is a peer's, and all settings
	Ours  bool   // made in this project, and so judged by the targets
	Told  bool   // hears of [circuit.Overload]; others are to be told of a failure
	// New makes a breaker for one client, inside the bubble in which it is used
	// and by one goroutine at a time. Where it is an [io.Closer], it is to be
	// closed before the bubble ends: see [Close].
	New func() circuit.Breaker
}

// kind is an engine whose settings are yet to come.
type kind struct {
	name string
	with func(settings json.RawMessage) (Engine, error)
}

var kinds = []kind{
	own("credit", credit.New),
	bare("credit-bare", "credit", credit.New),
	own("sre", sre.New),
	own("hystrix", func(c hystrix.Config) (*hystrix.Breaker, error) { return hystrix.New(c) }),
	peer("aegis", "github.com/go-kratos/aegis v0.2.0", aegisDefaults),
	peer("go-zero", "github.com/zeromicro/go-zero v1.10.3", goZero{}),
	peer("gobreaker", "github.com/sony/gobreaker/v2 v2.4.0", gobreakerDefaults),
	peer("failsafe-breaker", "github.com/failsafe-go/failsafe-go v0.9.8", failsafeBreakerDefaults),
	peer("failsafe-throttler", "github.com/failsafe-go/failsafe-go v0.9.8", failsafeThrottlerDefaults),
	peer("hystrix-go", "github.com/afex/hystrix-go v0.0.0-20180502004556-fa1af6a1f4f5", hystrixGoDefaults),
}

// All returns every engine at its usual settings, ours first.
func All() []Engine { return made(kinds) }

func made(kinds []kind) []Engine {
	var all []Engine
	for _, k := range kinds {
		e, err := k.with(nil)
		if err != nil {
			panic(err) // of defaults, so at the first test
		}
		all = append(all, e)
	}
	return all
}

// Names returns the names of All.
func Names() []string { return names(kinds) }

func names(kinds []kind) []string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return names
}

// New returns the engine of that name, of All or of Limited. Settings are a JSON object of the
// library's own names in lower camel case, durations as text such as "500ms";
// those left out are as usual, and so are all when it is empty. An error
// tells of the engine, the field, its value and the bound.
func New(name string, settings json.RawMessage) (Engine, error) {
	return newOf(slices.Concat(kinds, limits), name, settings)
}

func newOf(kinds []kind, name string, settings json.RawMessage) (Engine, error) {
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.name == name })
	switch {
	case i < 0:
		return Engine{}, fmt.Errorf("engine is %q, must be one of %s", name, strings.Join(names(kinds), ", "))
	case len(settings) > 0 && !json.Valid(settings):
		return Engine{}, fmt.Errorf("%s: settings are not JSON", name)
	}
	return kinds[i].with(settings)
}

// own is an engine of ours, with its own Config and New.
func own[C any, B interface {
	circuit.Breaker
	Config() C
}](name string, build func(C) (B, error)) kind {
	return kind{name, func(settings json.RawMessage) (Engine, error) {
		var config C
		if len(settings) > 0 {
			if err := json.Unmarshal(settings, &config); err != nil {
				return Engine{}, err
			}
		}
		sample, err := build(config)
		if err != nil {
			return Engine{}, err
		}
		return Engine{
			Name:  name,
			About: "core/" + name + ": " + words(sample.Config()),
			Ours:  true,
			Told:  true,
			New: func() circuit.Breaker {
				b, _ := build(config) // no error: as for the sample
				return b
			},
		}, nil
	}}
}

// bare is an engine of ours for callers that know of successes and failures alone.
func bare[C any, B interface {
	circuit.Breaker
	Config() C
}](name, pkg string, build func(C) (B, error)) kind {
	return kind{name, func(settings json.RawMessage) (Engine, error) {
		e, err := own(pkg, build).with(settings)
		if err == nil {
			e.Name, e.Told = name, false
			e.About += "; overloads are marked as failures"
		}
		return e, err
	}}
}
