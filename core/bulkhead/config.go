package bulkhead

import (
	"time"

	"github.com/go-fusebox/fusebox/core/internal/settings"
)

// DefaultLifetime is that of places where nothing else is set.
const DefaultLifetime = 5 * time.Minute

// Config tunes a [Bulkhead]. In JSON, durations may be text such as "500ms", and unknown
// fields are errors. YAML, and the configuration of Kratos and of go-zero, read it too;
// there, unknown fields are theirs to judge.
type Config struct {
	// Max is the most calls in flight: 1 to 1e6. It has no default.
	Max int `json:"max" yaml:"max"`
	// Lifetime is how long a call may hold its place: 1ms to 8760h, which is a year,
	// default 5m. It should be more than the longest call takes, streams included; a call
	// that is lost takes up a place for as long.
	Lifetime time.Duration `json:"lifetime,omitempty,optional" yaml:"lifetime,omitempty"`
	// Observe counts the calls that find no place, and lets them through: to try a Max
	// without risk. They are in flight beyond Max then.
	Observe bool `json:"observe,omitempty,optional" yaml:"observe,omitempty"`
}

// Validate names each field that is out of bounds, as *circuit.FieldError.
func (c Config) Validate() error {
	c = c.withDefaults()
	check := settings.NewCheck("bulkhead")
	settings.Between(check, "Max", c.Max, 1, 1e6)
	checkLifetime(check, c.Lifetime)
	return check.Err()
}

func checkLifetime(check *settings.Check, d time.Duration) {
	settings.Between(check, "Lifetime", d, time.Millisecond, 8760*time.Hour)
}

func (c Config) withDefaults() Config {
	c.Lifetime = settings.Or(c.Lifetime, DefaultLifetime)
	return c
}

// UnmarshalJSON reads a Config over the fields that c has already.
func (c *Config) UnmarshalJSON(data []byte) error { return settings.Unmarshal("bulkhead", data, c) }

// MarshalJSON writes durations as text and leaves zero fields but Max out.
func (c Config) MarshalJSON() ([]byte, error) { return settings.Marshal(c) }
