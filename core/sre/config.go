package sre

import (
	"time"

	"github.com/go-fusebox/fusebox/core/internal/settings"
)

// Config tunes a [Breaker]. A zero field means the default; in JSON, durations
// may be text such as "500ms", and unknown fields are errors. YAML, and the
// configuration of Kratos and of go-zero, read it too; there, unknown fields are
// theirs to judge.
type Config struct {
	// K is how many times what the callee accepts it may be asked: above 1,
	// at most 1000, default 2. 1/K is the success rate below which calls are refused.
	K float64 `json:"k,omitempty,optional" yaml:"k,omitempty"`
	// Window is the time that the formula looks back: 10ms to 1h, default 3s.
	Window time.Duration `json:"window,omitempty,optional" yaml:"window,omitempty"`
	// Buckets is the number of steps in which the window moves: 1 to 1000,
	// default 10. A call leaves the window up to Window/Buckets early.
	Buckets int `json:"buckets,omitempty,optional" yaml:"buckets,omitempty"`
	// MinRequests is the number of calls in the window, refused ones included,
	// below which nothing is refused: 1 to 1e9, default 20.
	MinRequests int `json:"minRequests,omitempty,optional" yaml:"minRequests,omitempty"`
	// Protection is a number of requests that the formula forgives: 0 to 1e9,
	// default 0.
	Protection int `json:"protection,omitempty,optional" yaml:"protection,omitempty"`
	// MaxDropRatio caps the share of refused calls: above 0, default and at
	// most 1.
	MaxDropRatio float64 `json:"maxDropRatio,omitempty,optional" yaml:"maxDropRatio,omitempty"`
	// ProbeInterval is the floor of probes: after that long without an admitted
	// call, the next one is admitted whatever the ratio. 1ms to 1h, default 1s;
	// a negative one switches the floor off.
	ProbeInterval time.Duration `json:"probeInterval,omitempty,optional" yaml:"probeInterval,omitempty"`
	// CountRefusals counts the breaker's own refusals as requests, as the book
	// does: fewer calls reach a failing callee, and recovery takes several
	// times as long. Default false.
	CountRefusals bool `json:"countRefusals,omitempty,optional" yaml:"countRefusals,omitempty"`
}

// Aegis has the settings of aegis, Kratos' default breaker: K 1/0.6, at least
// 100 requests, 3 s in 10 buckets. Refusals count, since Kratos' middleware marks
// them as failed.
func Aegis() Config {
	return Config{
		K: 1 / 0.6, Window: 3 * time.Second, Buckets: 10, MinRequests: 100,
		ProbeInterval: -1, CountRefusals: true,
	}
}

// GoZero has the settings of go-zero's breaker: K 1.5, 5 requests forgiven, 10 s
// in 40 buckets, a forced pass after 1 s; refusals count. It leaves out go-zero's
// further weighing: there K falls towards 1.1 with each bucket at the window's
// end that saw only failures, and the ratio falls with each one that saw only
// successes. So go-zero is back sooner after an outage than this, some four times as
// soon after one of 10 s; Config{}, which doesn't count refusals, sooner than both.
func GoZero() Config {
	return Config{
		K: 1.5, Window: 10 * time.Second, Buckets: 40, MinRequests: 1, Protection: 5,
		ProbeInterval: time.Second, CountRefusals: true,
	}
}

// Book has the settings that the SRE book describes: K 2 over two minutes, from
// the first request on, without a floor of probes; refusals count.
func Book() Config {
	return Config{
		K: 2, Window: 2 * time.Minute, Buckets: 120, MinRequests: 1,
		ProbeInterval: -1, CountRefusals: true,
	}
}

// Validate names each field that is out of bounds, as *circuit.FieldError.
func (c Config) Validate() error {
	c = c.withDefaults()
	check := settings.NewCheck("sre")
	check.That(settings.Finite(c.K) && c.K > 1 && c.K <= 1000, "K", c.K, "must be above 1 and at most 1000")
	settings.Between(check, "Window", c.Window, 10*time.Millisecond, time.Hour)
	settings.Between(check, "Buckets", c.Buckets, 1, 1000)
	settings.Between(check, "MinRequests", c.MinRequests, 1, 1e9)
	settings.Between(check, "Protection", c.Protection, 0, 1e9)
	check.That(c.MaxDropRatio > 0 && c.MaxDropRatio <= 1, "MaxDropRatio", c.MaxDropRatio, "must be above 0 and at most 1")
	if c.ProbeInterval >= 0 {
		settings.Between(check, "ProbeInterval", c.ProbeInterval, time.Millisecond, time.Hour)
	}
	return check.Err()
}

func (c Config) withDefaults() Config {
	c.K = settings.Or(c.K, 2)
	c.Window = settings.Or(c.Window, 3*time.Second)
	c.Buckets = settings.Or(c.Buckets, 10)
	c.MinRequests = settings.Or(c.MinRequests, 20)
	c.MaxDropRatio = settings.Or(c.MaxDropRatio, 1)
	c.ProbeInterval = settings.Or(c.ProbeInterval, time.Second)
	return c
}

// UnmarshalJSON reads a Config over the fields that c has already.
func (c *Config) UnmarshalJSON(data []byte) error { return settings.Unmarshal("sre", data, c) }

// MarshalJSON writes durations as text and leaves zero fields out.
func (c Config) MarshalJSON() ([]byte, error) { return settings.Marshal(c) }
