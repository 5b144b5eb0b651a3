package chart

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/go-fusebox/fusebox/lab/internal/sim"
)

// Width is that of every chart, in CSS pixels: a README's.
const Width = 900

// MaxPanels is the number of engines that one chart can show.
const MaxPanels = 10

// Panel is one engine's run. The title is its name, the note a short line of
// figures; both are cut if they are too long for the panel.
type Panel struct {
	Title, Note string
	Result      *sim.Result
}

// Chart is a picture ready to be written, any number of times and concurrently.
type Chart struct {
	scenario sim.Scenario
	panels   []Panel
	runs     []series
	spans    []span
	time     axis
	rate     axis
	look     look
	layout   layout
}

// Draw lays out the runs of one scenario in the order of the panels, 1 to
// [MaxPanels] of them.
func Draw(s sim.Scenario, panels []Panel) (*Chart, error) {
	if err := check(s, panels); err != nil {
		return nil, err
	}
	c := &Chart{scenario: s, panels: slices.Clone(panels), spans: spansOf(s), look: newLook()}
	for _, p := range panels {
		c.runs = append(c.runs, seriesOf(p.Result.Bins, c.spans))
	}
	c.rate = newAxis(ceiling(c.runs, c.spans), 4)
	c.layout = c.plan()
	c.time = newAxis(s.Duration.Seconds(), c.layout.timeTicks())
	return c, nil
}

// Size is that of the SVG, in CSS pixels. The PNG has twice as many each way.
func (c *Chart) Size() (width, height int) {
	return Width, int(c.layout.height)
}

func check(s sim.Scenario, panels []Panel) error {
	switch {
	case s.Name == "":
		return errors.New("chart: the scenario has no name")
	case s.Duration < sim.Step:
		return fmt.Errorf("chart: scenario %q lasts %v, less than one step of %v", s.Name, s.Duration, sim.Step)
	case len(s.Phases) == 0 || s.Phases[0].At != 0:
		return fmt.Errorf("chart: scenario %q has no phase that begins at 0", s.Name)
	case !slices.IsSortedFunc(s.Phases, func(a, b sim.Phase) int { return cmp.Compare(a.At, b.At) }):
		return fmt.Errorf("chart: the phases of scenario %q are not in the order of time", s.Name)
	case len(panels) == 0:
		return fmt.Errorf("chart: no panels for scenario %q", s.Name)
	case len(panels) > MaxPanels:
		return fmt.Errorf("chart: %d panels for scenario %q, at most %d fit", len(panels), s.Name, MaxPanels)
	}
	steps := int(s.Duration / sim.Step)
	for i, p := range panels {
		switch {
		case p.Title == "":
			return fmt.Errorf("chart: panel %d of scenario %q has no title", i+1, s.Name)
		case p.Result == nil:
			return fmt.Errorf("chart: panel %q of scenario %q has no result", p.Title, s.Name)
		case len(p.Result.Bins) != steps:
			return fmt.Errorf("chart: panel %q has %d steps of %v, scenario %q has %d",
				p.Title, len(p.Result.Bins), sim.Step, s.Name, steps)
		}
	}
	return nil
}
