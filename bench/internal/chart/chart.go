package chart

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-fusebox/fusebox/bench/internal/measure"
	"github.com/go-fusebox/fusebox/bench/internal/report"
	"github.com/go-fusebox/fusebox/bench/internal/subjects"
)

// Chart is what is drawn.
type Chart struct {
	Title, About string
	Bars         []Bar
}

// Bar is one breaker, in nanoseconds per call, 0 where that was not measured.
type Bar struct {
	Name             string
	Ours             bool
	Serial, Parallel float64
}

// Of takes the healthy calls out of figures, the cheapest first. Of lines that
// differ in settings alone, all are shown; of ours, those by permits.
func Of(figures report.Figures, machine string) Chart {
	c := Chart{
		Title: "One healthy call through a circuit breaker",
		About: "Nanoseconds of wall time, logarithmic, shorter is better. Medians of one run; " + machine + ".",
	}
	for _, s := range subjects.All() {
		if s.Only != "" || s.Bare {
			continue
		}
		serial, ok := figures[subjects.Name("call", "healthy", "serial", s.Name)]
		parallel, too := figures[subjects.Name("call", "healthy", "32", s.Name)]
		if ok || too {
			c.Bars = append(c.Bars, bar(s, serial, parallel))
		}
	}
	slices.SortStableFunc(c.Bars, func(a, b Bar) int {
		if a.Ours != b.Ours {
			if a.Ours {
				return -1
			}
			return 1
		}
		return int(a.Serial - b.Serial)
	})
	return c
}

func bar(s subjects.Subject, serial, parallel measure.Figure) Bar {
	name := s.Name
	if s.Ours {
		name = "fusebox " + strings.TrimSuffix(name, ", bare")
	}
	return Bar{Name: name, Ours: s.Ours, Serial: serial.Median, Parallel: parallel.Median}
}

// describe says in words what is drawn.
func (c Chart) describe() string {
	parts := []string{c.About}
	for _, b := range c.Bars {
		parts = append(parts, fmt.Sprintf("%s: %s ns, with 32 goroutines %s ns", b.Name, report.Number(b.Serial), report.Number(b.Parallel)))
	}
	return strings.Join(parts, "; ")
}
