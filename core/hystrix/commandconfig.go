package hystrix

import (
	"time"

	"github.com/go-fusebox/fusebox/core/internal/settings"
)

// CommandConfig tunes a [Command]. A zero field means that there is no such limit; in
// JSON and YAML it is read as [Config] is.
type CommandConfig struct {
	// Timeout is how long a call waits for run: 100µs to 24h, default 0, which is as long
	// as run takes. With a timeout, each run has a goroutine of its own.
	Timeout time.Duration `json:"timeout,omitempty,optional" yaml:"timeout,omitempty"`
	// MaxConcurrent is how many runs are in flight at most, those that outlived their
	// timeout included: up to 1e9, default 0, which is no limit.
	MaxConcurrent int `json:"maxConcurrent,omitempty,optional" yaml:"maxConcurrent,omitempty"`
	// MaxConcurrentFallbacks is how many fallbacks run at once at most: up to 1e9, default
	// 0, which is no limit.
	MaxConcurrentFallbacks int `json:"maxConcurrentFallbacks,omitempty,optional" yaml:"maxConcurrentFallbacks,omitempty"`
}

// Validate names each field that is out of bounds, as *circuit.FieldError.
func (c CommandConfig) Validate() error {
	check := settings.NewCheck("hystrix")
	if c.Timeout != 0 {
		settings.Between(check, "Timeout", c.Timeout, 100*time.Microsecond, 24*time.Hour)
	}
	settings.Between(check, "MaxConcurrent", c.MaxConcurrent, 0, 1e9)
	settings.Between(check, "MaxConcurrentFallbacks", c.MaxConcurrentFallbacks, 0, 1e9)
	return check.Err()
}

// UnmarshalJSON reads a CommandConfig over the fields that c has already.
func (c *CommandConfig) UnmarshalJSON(data []byte) error {
	return settings.Unmarshal("hystrix", data, c)
}

// MarshalJSON writes durations as text and leaves zero fields out.
func (c CommandConfig) MarshalJSON() ([]byte, error) { return settings.Marshal(c) }
