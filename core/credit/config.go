package credit

import (
	"time"

	"github.com/go-fusebox/fusebox/core/internal/probes"
	"github.com/go-fusebox/fusebox/core/internal/settings"
)

// Config tunes a [Breaker]. A zero field means the default, which suits most
// services; in JSON, durations may be text such as "500ms", and unknown fields are
// errors. YAML, and the configuration of Kratos and of go-zero, read it too; there,
// unknown fields are theirs to judge.
type Config struct {
	// Threshold is the share of failures that a callee may have for good without
	// any call refused: 0.05 to 0.95, default 0.5.
	Threshold float64 `json:"threshold,omitempty,optional" yaml:"threshold,omitempty"`
	// Depth is the number of failures beyond what Threshold allows that opens the
	// breaker: 1 to 1000, default 8. Where errors are normal, up to 2.5 times as many.
	Depth int `json:"depth,omitempty,optional" yaml:"depth,omitempty"`
	// ConsecutiveFailures opens it too, once they are spread over 2 s, so that few
	// calls suffice where calls are few: 1 to 1e6, default 5; a negative number
	// switches this off.
	ConsecutiveFailures int `json:"consecutiveFailures,omitempty,optional" yaml:"consecutiveFailures,omitempty"`
	// Gain is the number of calls that a success pays for while open: above 1, at
	// most 2, default 1.05.
	Gain float64 `json:"gain,omitempty,optional" yaml:"gain,omitempty"`
	// Purse is the credit with which every call is admitted; with less, as large a
	// share as is there: 2 to 1e6, default 16.
	Purse int `json:"purse,omitempty,optional" yaml:"purse,omitempty"`
	// Probes is the number of unpaid calls that may be in flight at once: 1 to
	// 1000, default 16.
	Probes int `json:"probes,omitempty,optional" yaml:"probes,omitempty"`
	// ProbeLifetime is the time after which a probe without a result no longer
	// takes a place: 1ms to 1h, default 10s.
	ProbeLifetime time.Duration `json:"probeLifetime,omitempty,optional" yaml:"probeLifetime,omitempty"`
	// ProbeInterval is the longest time without a probe, as long as there are calls:
	// 1ms to 1h, default 5s.
	ProbeInterval time.Duration `json:"probeInterval,omitempty,optional" yaml:"probeInterval,omitempty"`
	// TrialInterval is the time from opening to the second trial. It doubles from
	// trial to trial: 1ms to 1h, default 2s.
	TrialInterval time.Duration `json:"trialInterval,omitempty,optional" yaml:"trialInterval,omitempty"`
	// MaxTrialInterval is where the doubling ends: TrialInterval to 1h, default 16s,
	// or TrialInterval where that is more.
	MaxTrialInterval time.Duration `json:"maxTrialInterval,omitempty,optional" yaml:"maxTrialInterval,omitempty"`
}

// Validate names each field that is out of bounds, as *circuit.FieldError.
func (c Config) Validate() error {
	c = c.withDefaults()
	check := settings.NewCheck("credit")
	check.That(c.Threshold >= 0.05 && c.Threshold <= 0.95, "Threshold", c.Threshold, "must be from 0.05 to 0.95")
	settings.Between(check, "Depth", c.Depth, 1, 1000)
	if c.ConsecutiveFailures >= 0 {
		settings.Between(check, "ConsecutiveFailures", c.ConsecutiveFailures, 1, 1e6)
	}
	check.That(c.Gain > 1 && c.Gain <= 2, "Gain", c.Gain, "must be above 1 and at most 2")
	settings.Between(check, "Purse", c.Purse, 2, 1e6)
	settings.Between(check, "Probes", c.Probes, 1, 1000)
	settings.Between(check, "ProbeLifetime", c.ProbeLifetime, time.Millisecond, time.Hour)
	settings.Between(check, "ProbeInterval", c.ProbeInterval, time.Millisecond, time.Hour)
	settings.Between(check, "TrialInterval", c.TrialInterval, time.Millisecond, time.Hour)
	if c.TrialInterval >= time.Millisecond && c.TrialInterval <= time.Hour {
		settings.Between(check, "MaxTrialInterval", c.MaxTrialInterval, c.TrialInterval, time.Hour)
	}
	return check.Err()
}

func (c Config) withDefaults() Config {
	c.Threshold = settings.Or(c.Threshold, 0.5)
	c.Depth = settings.Or(c.Depth, 8)
	c.ConsecutiveFailures = settings.Or(c.ConsecutiveFailures, 5)
	c.Gain = settings.Or(c.Gain, 1.05)
	c.Purse = settings.Or(c.Purse, 16)
	c.Probes = settings.Or(c.Probes, 16)
	c.ProbeLifetime = settings.Or(c.ProbeLifetime, 10*time.Second)
	c.ProbeInterval = settings.Or(c.ProbeInterval, 5*time.Second)
	c.TrialInterval = settings.Or(c.TrialInterval, 2*time.Second)
	c.MaxTrialInterval = settings.Or(c.MaxTrialInterval, max(16*time.Second, c.TrialInterval))
	return c
}

func (c Config) probes() probes.Bounds {
	return probes.Bounds{Most: c.Probes, Lifetime: c.ProbeLifetime}
}

// UnmarshalJSON reads a Config over the fields that c has already.
func (c *Config) UnmarshalJSON(data []byte) error { return settings.Unmarshal("credit", data, c) }

// MarshalJSON writes durations as text and leaves zero fields out.
func (c Config) MarshalJSON() ([]byte, error) { return settings.Marshal(c) }
