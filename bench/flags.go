package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/go-fusebox/fusebox/bench/internal/measure"
)

// config is what the flags say.
type config struct {
	quick    bool
	only     *regexp.Regexp
	rounds   int
	list     bool
	markdown bool
	svg      string

	args []string
	plan measure.Plan
}

const maxRounds = 100

func newFlags(c *config) *flag.FlagSet {
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(io.Discard) // run prints errors
	f.BoolVar(&c.quick, "quick", false, "fewer and shorter rounds: within a minute, and noisy")
	f.Func("only", "only the cases whose names this `regexp` matches, as 'healthy/serial|^floor'", func(s string) (err error) {
		c.only, err = regexp.Compile(s)
		return err
	})
	f.IntVar(&c.rounds, "rounds", 0, "how many rounds, `n` (default 15; 3 with -quick)")
	f.BoolVar(&c.list, "list", false, "list the names of all cases, and measure none")
	f.BoolVar(&c.markdown, "markdown", false, "print Markdown")
	f.StringVar(&c.svg, "svg", "", "a `file` for a picture of healthy calls")
	return f
}

func usage() string {
	var out bytes.Buffer
	fmt.Fprint(&out, `Usage: bench [flags]        make bench BENCH='flags'

Runs circuit breakers side by side, ours and those of other libraries, and prints
what a call through each costs, in nanoseconds and allocations, what a lookup costs,
what the breakers weigh, and for each target whether it is met. All cases take turns,
round after round. Run it on a machine that has nothing else to do.

The exit code is 0 when all has run, whatever the figures are, 1 when a file could
not be written, 2 when a flag is wrong, 130 after Ctrl-C.

Flags:
`)
	f := newFlags(&config{})
	f.SetOutput(&out)
	f.PrintDefaults()
	return out.String()
}

// parse reads the flags, and says what is wrong with which.
func parse(args []string) (*config, error) {
	c := &config{args: args}
	f := newFlags(c)
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	c.plan = measure.Full
	if c.quick {
		c.plan = measure.Quick
	}
	given := false
	f.Visit(func(f *flag.Flag) { given = given || f.Name == "rounds" })
	if given {
		if c.rounds < 1 || c.rounds > maxRounds {
			return nil, fmt.Errorf("-rounds is %d, must be from 1 to %d", c.rounds, maxRounds)
		}
		c.plan.Rounds = c.rounds
	}
	return c, nil
}

// wants tells whether -only lets the case of that name pass.
func (c *config) wants(name string) bool { return c.only == nil || c.only.MatchString(name) }

func (c *config) command() string { return strings.Join(append([]string{"bench"}, c.args...), " ") }
