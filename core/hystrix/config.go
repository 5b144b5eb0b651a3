package hystrix

import (
	"time"

	"github.com/go-fusebox/fusebox/core/internal/probes"
	"github.com/go-fusebox/fusebox/core/internal/settings"
)

// Config tunes a [Breaker]. A zero field means the default; in JSON, durations
// may be text such as "500ms", and unknown fields are errors. YAML, and the
// configuration of Kratos and of go-zero, read it too; there, unknown fields are
// theirs to judge.
type Config struct {
	// ErrorPercentThreshold is the share of failed calls in the window, in per
	// cent, from which the breaker opens: above 0, at most 100, default 50. A
	// negative one switches this rule off; then there must be another one.
	ErrorPercentThreshold float64 `json:"errorPercentThreshold,omitempty,optional" yaml:"errorPercentThreshold,omitempty"`
	// RequestVolumeThreshold is the number of calls in the window below which
	// the share of failed ones says nothing: 1 to 1e9, default 20.
	RequestVolumeThreshold int `json:"requestVolumeThreshold,omitempty,optional" yaml:"requestVolumeThreshold,omitempty"`
	// ConsecutiveFailures opens the breaker after that many failures in a row,
	// whatever the window holds: up to 1e9, default 0, which is no such rule.
	ConsecutiveFailures int `json:"consecutiveFailures,omitempty,optional" yaml:"consecutiveFailures,omitempty"`
	// SlowCallDuration is the time from which a call is slow, be it a success or a failure:
	// 1ms to 1h, default 0, which is no such rule. A slow probe is a failed one. Only calls
	// by permits are timed, to 10 µs, not those by Allow.
	SlowCallDuration time.Duration `json:"slowCallDuration,omitempty,optional" yaml:"slowCallDuration,omitempty"`
	// SlowCallPercentThreshold is the share of slow calls in the window, in per cent,
	// from which the breaker opens: above 0, at most 100, default 50. It holds where
	// SlowCallDuration is set, and with as many calls as RequestVolumeThreshold.
	SlowCallPercentThreshold float64 `json:"slowCallPercentThreshold,omitempty,optional" yaml:"slowCallPercentThreshold,omitempty"`
	// Window is the time that the share of failed calls is taken over: 10ms to
	// 1h, default 10s.
	Window time.Duration `json:"window,omitempty,optional" yaml:"window,omitempty"`
	// Buckets is the number of steps in which the window moves: 1 to 1000,
	// default 10.
	Buckets int `json:"buckets,omitempty,optional" yaml:"buckets,omitempty"`
	// SleepWindow is how long an open breaker refuses every call: 1ms to 24h,
	// default 5s.
	SleepWindow time.Duration `json:"sleepWindow,omitempty,optional" yaml:"sleepWindow,omitempty"`
	// SleepJitter stretches each sleep window by a random share of it, up to
	// this: 0 to 1, default 0.1. A negative one means none.
	SleepJitter float64 `json:"sleepJitter,omitempty,optional" yaml:"sleepJitter,omitempty"`
	// MaxSleepWindow lets the sleep window double with each probe that fails,
	// up to this, jitter not included: SleepWindow to 24h. Default 0, which is
	// no growth. Closing takes it back to SleepWindow.
	MaxSleepWindow time.Duration `json:"maxSleepWindow,omitempty,optional" yaml:"maxSleepWindow,omitempty"`
	// MaxRetryAfter lets an open breaker refuse calls for as long as the callee asked to be
	// left alone, by HTTP's Retry-After or gRPC's RetryInfo with the last failure that
	// carried one, up to this: 1ms to 24h, default 0, which is SleepWindow whatever the
	// callee asks. SleepJitter stretches this time, too; no growth applies to it. It is of
	// no account where a [HealthCheck] decides.
	MaxRetryAfter time.Duration `json:"maxRetryAfter,omitempty,optional" yaml:"maxRetryAfter,omitempty"`
	// ProbeRatio is the share of calls that a half-open breaker admits as probes, at
	// random, as long as fewer than Probes are in flight: above 0, at most 1, default 1.
	ProbeRatio float64 `json:"probeRatio,omitempty,optional" yaml:"probeRatio,omitempty"`
	// Probes is how many calls a half-open breaker has in flight at most: 1 to
	// 1000, default 1.
	Probes int `json:"probes,omitempty,optional" yaml:"probes,omitempty"`
	// SuccessesToClose is how many probes must succeed to close the breaker: 1
	// to 1e9, default 1.
	SuccessesToClose int `json:"successesToClose,omitempty,optional" yaml:"successesToClose,omitempty"`
	// ProbeLifetime is the time after which a probe that was not marked makes
	// room for another: 1ms to 24h, default 10s.
	ProbeLifetime time.Duration `json:"probeLifetime,omitempty,optional" yaml:"probeLifetime,omitempty"`
	// RampUp is the time after probes have closed the breaker in which the share of calls
	// that it admits grows from a tenth to all of them: 1ms to 1h, default 0, which is
	// all at once.
	RampUp time.Duration `json:"rampUp,omitempty,optional" yaml:"rampUp,omitempty"`
}

// Validate names each field that is out of bounds, as *circuit.FieldError.
func (c Config) Validate() error { return c.validate(false) }

// validate knows whether the breaker has open rules beside those of c.
func (c Config) validate(ruled bool) error {
	c = c.withDefaults()
	check := settings.NewCheck("hystrix")
	check.That(c.ErrorPercentThreshold <= 100, // which NaN is not
		"ErrorPercentThreshold", c.ErrorPercentThreshold, "must be above 0 and at most 100, or negative for no such rule")
	off := c.ErrorPercentThreshold < 0
	check.That(!off || c.ConsecutiveFailures != 0 || c.SlowCallDuration != 0 || ruled,
		"ConsecutiveFailures", c.ConsecutiveFailures, "must be above 0 when ErrorPercentThreshold and SlowCallDuration are off")
	settings.Between(check, "RequestVolumeThreshold", c.RequestVolumeThreshold, 1, 1e9)
	settings.Between(check, "ConsecutiveFailures", c.ConsecutiveFailures, 0, 1e9)
	settings.Between(check, "Window", c.Window, 10*time.Millisecond, time.Hour)
	settings.Between(check, "Buckets", c.Buckets, 1, 1000)
	settings.Between(check, "SleepWindow", c.SleepWindow, time.Millisecond, 24*time.Hour)
	check.That(c.SleepJitter <= 1, "SleepJitter", c.SleepJitter, "must be from 0 to 1, or negative for none")
	if c.SlowCallDuration != 0 {
		settings.Between(check, "SlowCallDuration", c.SlowCallDuration, time.Millisecond, time.Hour)
	}
	check.That(c.SlowCallPercentThreshold > 0 && c.SlowCallPercentThreshold <= 100,
		"SlowCallPercentThreshold", c.SlowCallPercentThreshold, "must be above 0 and at most 100")
	if c.MaxRetryAfter != 0 {
		settings.Between(check, "MaxRetryAfter", c.MaxRetryAfter, time.Millisecond, 24*time.Hour)
	}
	check.That(c.ProbeRatio > 0 && c.ProbeRatio <= 1, "ProbeRatio", c.ProbeRatio, "must be above 0 and at most 1")
	if c.RampUp != 0 {
		settings.Between(check, "RampUp", c.RampUp, time.Millisecond, time.Hour)
	}
	if c.MaxSleepWindow != 0 {
		settings.Between(check, "MaxSleepWindow", c.MaxSleepWindow, c.SleepWindow, 24*time.Hour)
	}
	settings.Between(check, "Probes", c.Probes, 1, 1000)
	settings.Between(check, "SuccessesToClose", c.SuccessesToClose, 1, 1e9)
	settings.Between(check, "ProbeLifetime", c.ProbeLifetime, time.Millisecond, 24*time.Hour)
	return check.Err()
}

func (c Config) withDefaults() Config {
	c.ErrorPercentThreshold = settings.Or(c.ErrorPercentThreshold, 50)
	c.RequestVolumeThreshold = settings.Or(c.RequestVolumeThreshold, 20)
	c.SlowCallPercentThreshold = settings.Or(c.SlowCallPercentThreshold, 50)
	c.ProbeRatio = settings.Or(c.ProbeRatio, 1)
	c.Window = settings.Or(c.Window, 10*time.Second)
	c.Buckets = settings.Or(c.Buckets, 10)
	c.SleepWindow = settings.Or(c.SleepWindow, 5*time.Second)
	c.SleepJitter = settings.Or(c.SleepJitter, 0.1)
	c.Probes = settings.Or(c.Probes, 1)
	c.SuccessesToClose = settings.Or(c.SuccessesToClose, 1)
	c.ProbeLifetime = settings.Or(c.ProbeLifetime, 10*time.Second)
	return c
}

func (c Config) probes() probes.Bounds {
	return probes.Bounds{Most: c.Probes, Lifetime: c.ProbeLifetime}
}

// UnmarshalJSON reads a Config over the fields that c has already.
func (c *Config) UnmarshalJSON(data []byte) error { return settings.Unmarshal("hystrix", data, c) }

// MarshalJSON writes durations as text and leaves zero fields out.
func (c Config) MarshalJSON() ([]byte, error) { return settings.Marshal(c) }
