package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/go-fusebox/fusebox/lab/internal/chart"
	"github.com/go-fusebox/fusebox/lab/internal/engines"
	"github.com/go-fusebox/fusebox/lab/internal/runner"
	"github.com/go-fusebox/fusebox/lab/internal/trials"
)

// config is what the flags say.
type config struct {
	trials, engines string
	seeds           int
	first           uint64
	scenario        string
	charts          string
	csv             string
	markdown        bool
	list            bool

	about string // of the file's scenario
	plan  runner.Plan
}

const maxSeeds = 100

func newFlags(c *config) *flag.FlagSet {
	f := flag.NewFlagSet("lab", flag.ContinueOnError)
	f.SetOutput(io.Discard) // run prints errors
	f.StringVar(&c.trials, "trials", "", "only the `scenarios` with these in their names, as S1,S3 or brownout")
	f.StringVar(&c.engines, "engines", "", "only these `engines`, as sre,hystrix")
	f.IntVar(&c.seeds, "seeds", 3, "how many times to run each, with other dice each time")
	f.Uint64Var(&c.first, "seed", 1, "the first seed; the others follow")
	f.StringVar(&c.scenario, "scenario", "", "a YAML `file` with a scenario and engines of your own, in place of the catalogue")
	f.StringVar(&c.charts, "charts", "", "a `folder` for pictures of the first seed, an SVG and a PNG for each scenario")
	f.StringVar(&c.csv, "csv", "", "a `file` for the figures of each seed")
	f.BoolVar(&c.markdown, "markdown", false, "print the table as Markdown")
	f.BoolVar(&c.list, "list", false, "list the scenarios and the engines, and run none")
	return f
}

func usage() string {
	var out bytes.Buffer
	fmt.Fprint(&out, `Usage: lab [flags]        make lab LAB='flags'

Runs every engine through every scenario of the catalogue, in virtual time, and
prints how well each protects a backend and its callers: medians of some runs with
other dice. The same flags print the same table again, byte for byte.

With -scenario it answers a question of yours; lab/scenarios has examples.

The exit code is 0 when all has run, whatever the figures are, 1 when a file could
not be written, 2 when a flag or the scenario's file is wrong, 130 after Ctrl-C.

Flags:
`)
	f := newFlags(&config{})
	f.SetOutput(&out)
	f.PrintDefaults()
	return out.String()
}

// parse reads the flags, and says what is wrong with which.
func parse(args []string) (*config, error) {
	c := &config{}
	f := newFlags(c)
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	if c.list {
		return c, nil
	}
	if c.seeds < 1 || c.seeds > maxSeeds {
		return nil, fmt.Errorf("-seeds is %d, must be from 1 to %d", c.seeds, maxSeeds)
	}
	var err error
	if c.scenario != "" {
		f.Visit(func(f *flag.Flag) {
			switch f.Name {
			case "trials", "engines", "seeds", "seed":
				err = fmt.Errorf("-%s and -scenario don't go together: the file has it all", f.Name)
			}
		})
		if err == nil {
			err = c.load()
		}
	} else {
		err = c.choose()
	}
	if err == nil && c.charts != "" {
		c.plan.Keep = true
		if n := len(c.plan.Engines); n > chart.MaxPanels {
			err = fmt.Errorf("-charts has room for %d engines, not for %d: choose some", chart.MaxPanels, n)
		}
	}
	return c, err
}

// choose makes the plan of the catalogue.
func (c *config) choose() error {
	for i := range c.seeds {
		c.plan.Seeds = append(c.plan.Seeds, c.first+uint64(i))
	}
	var err, other error
	c.plan.Trials, err = pick("trials", c.trials, trials.All(), func(t trials.Trial) string { return t.Name }, named)
	all := engines.All()
	if c.engines != "" {
		all = append(all, engines.Limited()...)
	}
	c.plan.Engines, other = pick("engines", c.engines, all, func(e engines.Engine) string { return e.Name }, strings.EqualFold)
	return errors.Join(err, other)
}

// pick has those of all that any of the wanted words match, in the order of all.
func pick[T any](flag, wanted string, all []T, name func(T) string, matches func(name, word string) bool) ([]T, error) {
	if wanted == "" {
		return all, nil
	}
	chosen := make([]bool, len(all))
	for word := range strings.SplitSeq(wanted, ",") {
		word = strings.TrimSpace(word)
		found := false
		for i, v := range all {
			if matches(name(v), word) {
				chosen[i], found = true, true
			}
		}
		if !found {
			names := make([]string, len(all))
			for i, v := range all {
				names[i] = name(v)
			}
			return nil, fmt.Errorf("-%s: nothing is called %q; there are:\n  %s", flag, word, strings.Join(names, "\n  "))
		}
	}
	var picked []T
	for i, v := range all {
		if chosen[i] {
			picked = append(picked, v)
		}
	}
	return picked, nil
}

// named tells whether word is a part of the name. It must not end within a number:
// S1 is not a part of S12. An x stands for a ×, which few keyboards have.
func named(name, word string) bool {
	digit := func(s string, i int) bool { return i >= 0 && i < len(s) && '0' <= s[i] && s[i] <= '9' }
	name, word = strings.ToLower(name), strings.ToLower(word)
	name, word = strings.ReplaceAll(name, "×", "x"), strings.ReplaceAll(word, "×", "x")
	for from := 0; word != ""; from++ {
		i := strings.Index(name[from:], word)
		if i < 0 {
			return false
		}
		from += i
		end := from + len(word)
		if !digit(name, end) || !digit(name, end-1) {
			return true
		}
	}
	return false
}
