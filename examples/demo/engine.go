package main

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/sre"
)

// engineNames are the values of -engine.
var engineNames = []string{"credit", "sre", "hystrix", "aegis", "gozero", "none"}

var engineAbout = map[string]string{
	"credit":  "calls paid for by successes, at its defaults; what the adapters have with no option",
	"sre":     "adaptive throttling at its defaults, K 2, window 3s",
	"hystrix": "closed, open, half-open, 50 %; window and sleep window 1s (10s and 5s in the package)",
	"aegis":   "sre with the settings of Kratos' default breaker; window 3s",
	"gozero":  "sre with the settings of go-zero's breaker; window 10s",
	"none":    "no breaker, held to the bounds of credit: fails, to show what happens without",
}

// engine is a kind of breaker, with what can be said of it beforehand.
type engine struct {
	title   string
	breaker func(key string) circuit.Breaker

	window  time.Duration // 0: none
	buckets int
	volume  int // calls in the window below which nothing is refused

	// passes is how many calls of the fault phase are expected to reach the
	// failing method.
	passes func(rate int, healthy, fault time.Duration) float64
	// recovers is the bound of the engine's package: all calls are admitted no
	// later than this after the last failure came in. nil means that there is none.
	recovers func(rate int, fault time.Duration) time.Duration
}

func (e engine) bucket() time.Duration { return e.window / time.Duration(max(1, e.buckets)) }

// always is a bound that is the same at any rate and after any fault.
func always(d time.Duration) func(int, time.Duration) time.Duration {
	return func(int, time.Duration) time.Duration { return d }
}

// newEngine makes the engine of that name; a window of 0 is the preset's.
func newEngine(name string, window time.Duration) (engine, error) {
	switch name {
	case "credit":
		return newCredit(window)
	case "sre":
		return newSRE(name, sre.Config{}, window)
	case "aegis":
		return newSRE(name, sre.Aegis(), window)
	case "gozero":
		return newSRE(name, sre.GoZero(), window)
	case "hystrix":
		return newHystrix(window)
	case "none":
		e, err := newCredit(window)
		e.title = "none"
		e.breaker = func(string) circuit.Breaker { return circuit.Disabled{} }
		return e, err
	}
	return engine{}, fmt.Errorf("-engine is %q, must be one of %s", name, strings.Join(engineNames, ", "))
}

// newCredit is what the adapters have with no option.
func newCredit(window time.Duration) (engine, error) {
	if window > 0 {
		return engine{}, fmt.Errorf("-window is %v, must be 0 for engine credit, which has none", window)
	}
	c := must(credit.New(credit.Config{})).Config() // with the defaults filled in
	return engine{
		title:   fmt.Sprintf("credit, depth %d", c.Depth),
		breaker: func(string) circuit.Breaker { return must(credit.New(c)) },
		passes:  func(rate int, _, fault time.Duration) float64 { return paid(c, rate, fault) },
		recovers: func(rate int, fault time.Duration) time.Duration {
			return repaid(c, rate, fault)
		},
	}, nil
}

func newSRE(name string, c sre.Config, window time.Duration) (engine, error) {
	if window > 0 {
		c.Window = window
	}
	b, err := sre.New(c)
	if err != nil {
		return engine{}, err
	}
	c = b.Config() // with the defaults filled in
	e := engine{
		title:  fmt.Sprintf("%s, K %.3g, window %v", name, c.K, c.Window),
		window: c.Window, buckets: c.Buckets, volume: c.MinRequests,
		breaker: func(string) circuit.Breaker { return must(sre.New(c)) },
		passes: func(rate int, healthy, fault time.Duration) float64 {
			return expected(c, rate, healthy, fault)
		},
	}
	if !c.CountRefusals {
		e.recovers = always(c.Window + e.bucket())
	}
	return e, nil
}

func newHystrix(window time.Duration) (engine, error) {
	if window == 0 {
		window = time.Second
	}
	c := hystrix.Config{
		ErrorPercentThreshold: 50, RequestVolumeThreshold: 20, Window: window, Buckets: 10,
		SleepWindow: window, SleepJitter: 0.1,
	}
	return engine{
		title:  fmt.Sprintf("hystrix, %.0f %%, window %v, sleep window %v", c.ErrorPercentThreshold, c.Window, c.SleepWindow),
		window: c.Window, buckets: c.Buckets, volume: c.RequestVolumeThreshold,
		breaker: func(string) circuit.Breaker { return must(hystrix.New(c)) },
		passes: func(rate int, healthy, fault time.Duration) float64 {
			// Failures must come to the share p of a window, and so to p/(1-p)
			// of the healthy calls in it; then there is a probe each sleep window.
			p := c.ErrorPercentThreshold / 100
			opens := min(p*c.Window.Seconds(), p/(1-p)*healthy.Seconds())
			opens = max(opens, float64(c.RequestVolumeThreshold)/float64(rate)-healthy.Seconds())
			return opens*float64(rate) + fault.Seconds()/c.SleepWindow.Seconds() + 1
		},
		recovers: always(c.SleepWindow + time.Duration(c.SleepJitter*float64(c.SleepWindow))),
	}, c.Validate()
}

func must[B circuit.Breaker](b B, err error) B {
	if err != nil {
		panic(err) // the settings are valid
	}
	return b
}

// fits says why c can't show what the engine does.
func (e engine) fits(c config) error {
	if e.window > 0 {
		inWindow := (e.window - e.bucket()).Seconds()
		if least := int(math.Ceil(float64(e.volume) / inWindow)); c.rate < least {
			return fmt.Errorf("-rate is %d, must be at least %d for engine %s, which needs %d calls in its window",
				c.rate, least, e.title, e.volume)
		}
	}
	if share := reachBound(c); share > 0.9 {
		return fmt.Errorf("-fault is %v, must be longer at engine %s and -rate %d: up to %.0f %% of its calls would pass",
			c.fault, e.title, c.rate, 100*share)
	}
	if least := recoveryBound(c) + steadyFor + time.Duration(float64(steadyCalls)/float64(c.rate)*float64(time.Second)); c.recovery < least {
		return fmt.Errorf("-recovery is %v, must be at least %v for engine %s", c.recovery, least, e.title)
	}
	return nil
}
