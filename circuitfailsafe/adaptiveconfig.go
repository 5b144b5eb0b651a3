package circuitfailsafe

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/failsafe-go/failsafe-go/adaptivelimiter"

	"github.com/go-fusebox/fusebox/core/bulkhead"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// AdaptiveConfig tunes an adaptive limit. A zero field means the default, which is
// failsafe-go's, made for a server with a lot of traffic: for clients that make few calls
// each, a shorter Window and fewer MinSamples find the right limit sooner.
type AdaptiveConfig struct {
	// Min is the lowest limit: 1 to 1e6, default 1.
	Min int
	// Max is the highest limit: Min to 1e6, default 200, or Min where that is more.
	Max int
	// Initial is the limit to begin with: Min to Max, default 20, or what of the two is nearer.
	Initial int
	// Window is the least time from one change of the limit to the next: 1ms to 30s,
	// default 1s. A change is by one below a limit of 100, by two from there.
	Window time.Duration
	// MinSamples is the number of calls that a change needs at least: 1 to 1e6, default 50.
	MinSamples int
	// Lifetime is how long a call may hold its place: 1ms to 8760h, default 5m.
	Lifetime time.Duration
}

// NewAdaptiveLimit is [AdaptiveLimit] of a limiter that is made for it, by the settings of
// c and failsafe-go's defaults for all else. It returns what is wrong with c, where
// failsafe-go would panic.
func NewAdaptiveLimit(c AdaptiveConfig) (bulkhead.Limit, error) {
	c = c.withDefaults()
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return AdaptiveLimit(adaptivelimiter.NewBuilder[any]().
		WithLimits(uint(c.Min), uint(c.Max), uint(c.Initial)).
		WithRecentWindow(c.Window, longestWindow, uint(c.MinSamples)).
		Build(), c.Lifetime)
}

const longestWindow = 30 * time.Second

// Validate names each field that is out of bounds, as *circuit.FieldError.
func (c AdaptiveConfig) Validate() error {
	const most = 1_000_000
	c = c.withDefaults()
	limits := between("Min", c.Min, 1, most)
	if limits == nil {
		limits = between("Max", c.Max, c.Min, most)
	}
	if limits == nil {
		limits = between("Initial", c.Initial, c.Min, c.Max)
	}
	return errors.Join(
		limits,
		between("Window", c.Window, time.Millisecond, longestWindow),
		between("MinSamples", c.MinSamples, 1, most),
		between("Lifetime", c.Lifetime, time.Millisecond, 8760*time.Hour),
	)
}

func between[T int | time.Duration](field string, value, lo, hi T) error {
	if lo <= value && value <= hi {
		return nil
	}
	want := fmt.Sprintf("must be from %v to %v", lo, hi)
	return &circuit.FieldError{Package: "circuitfailsafe", Field: field, Value: value, Want: want}
}

func (c AdaptiveConfig) withDefaults() AdaptiveConfig {
	c.Min = cmp.Or(c.Min, 1)
	c.Max = cmp.Or(c.Max, max(200, c.Min))
	c.Initial = cmp.Or(c.Initial, min(max(20, c.Min), c.Max))
	c.Window = cmp.Or(c.Window, time.Second)
	c.MinSamples = cmp.Or(c.MinSamples, 50)
	c.Lifetime = cmp.Or(c.Lifetime, bulkhead.DefaultLifetime)
	return c
}
