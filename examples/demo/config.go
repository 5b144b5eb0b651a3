package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"
)

// config is what the flags say.
type config struct {
	rate                     int // calls per second, of each client to each method
	healthy, fault, recovery time.Duration
	window                   time.Duration // 0: the engine's
	engineName               string
	plain                    bool
	page                     string // address of the page's server; empty: none
	hold                     bool

	engine engine // by that name, with that window
}

// total is how long the calls go on.
func (c config) total() time.Duration { return c.healthy + c.fault + c.recovery }

const (
	maxRate  = 1000
	maxTotal = 2 * time.Minute

	// callTimeout bounds each call.
	callTimeout = time.Second
	// inFlight is how many calls of one client to one method are on their way
	// at most. When all are, the next one waits, and those after it catch up.
	inFlight = 8
	// busy is how late a call may be made before the machine is taken to be too
	// busy for a steady rate.
	busy = 200 * time.Millisecond
)

func newFlags(c *config) *flag.FlagSet {
	f := flag.NewFlagSet("demo", flag.ContinueOnError)
	f.SetOutput(io.Discard) // run prints errors
	f.IntVar(&c.rate, "rate", 100, "calls per second, of each client to each method")
	f.DurationVar(&c.healthy, "healthy", 4*time.Second, "how long all is well")
	f.DurationVar(&c.fault, "fault", 10*time.Second, "how long SayHello then fails")
	f.DurationVar(&c.recovery, "recovery", 5*time.Second, "how long to watch after that")
	f.StringVar(&c.engineName, "engine", "credit", "one of "+strings.Join(engineNames, ", "))
	f.DurationVar(&c.window, "window", 0, "the engine's window, where it has one, and hystrix' sleep window; 0 means the preset's")
	f.BoolVar(&c.plain, "plain", false, "a line each second, as where there is no terminal")
	f.StringVar(&c.page, "page", "127.0.0.1:0", "address of the live page, port 0 for any that is free; empty means none")
	f.BoolVar(&c.hold, "hold", false, "then repeat it all for the page, until Ctrl-C")
	return f
}

func usage() string {
	var out bytes.Buffer
	fmt.Fprint(&out, `Usage: demo [flags]        make demo DEMO='flags'

Four real servers, a client with our breakers for each, and beside it one without.
The method SayHello works, then fails on every server, then works again; SayGoodbye
works all the time. At the end a table compares what reached the failing servers. A page
shows the breakers live, and can force them; its address is printed at the start.

The exit code is 0 when every figure in the table keeps its bound, 1 when one does
not, 2 when a flag is wrong, 130 after Ctrl-C. On a terminal the view is redrawn in
place, in colour unless NO_COLOR is set.

Engines:
`)
	for _, name := range engineNames {
		fmt.Fprintf(&out, "  %-8s %s\n", name, engineAbout[name])
	}
	fmt.Fprint(&out, "\nFlags:\n")
	f := newFlags(&config{})
	f.SetOutput(&out)
	f.PrintDefaults()
	return out.String()
}

// parse reads the flags, and says what is wrong with which.
func parse(args []string) (config, error) {
	var c config
	f := newFlags(&c)
	if err := f.Parse(args); err != nil {
		return c, err
	}
	if f.NArg() > 0 {
		return c, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	if c.rate < 1 || c.rate > maxRate {
		return c, fmt.Errorf("-rate is %d, must be from 1 to %d", c.rate, maxRate)
	}
	for _, p := range []struct {
		name       string
		value, min time.Duration
	}{
		{"healthy", c.healthy, 500 * time.Millisecond},
		{"fault", c.fault, time.Second},
		{"recovery", c.recovery, time.Second},
	} {
		if p.value < p.min || p.value > maxTotal {
			return c, fmt.Errorf("-%s is %v, must be from %v to %v", p.name, p.value, p.min, maxTotal)
		}
	}
	if c.total() > maxTotal {
		return c, fmt.Errorf("-healthy, -fault and -recovery are %v together, must be at most %v", c.total(), maxTotal)
	}
	if c.hold && c.page == "" {
		return c, fmt.Errorf("-hold is set, but -page is empty: there is nothing to hold")
	}
	if c.window != 0 && (c.window < 200*time.Millisecond || c.window > time.Minute) {
		return c, fmt.Errorf("-window is %v, must be 0 or from 200ms to 1m", c.window)
	}
	var err error
	if c.engine, err = newEngine(c.engineName, c.window); err != nil {
		return c, err
	}
	return c, c.engine.fits(c)
}
