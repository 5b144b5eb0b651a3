package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/go-fusebox/fusebox/lab/internal/chart"
	"github.com/go-fusebox/fusebox/lab/internal/report"
	"github.com/go-fusebox/fusebox/lab/internal/runner"
	"github.com/go-fusebox/fusebox/lab/internal/trials"
)

// folder makes the one for pictures.
func (c *config) folder() error {
	if c.charts == "" {
		return nil
	}
	return os.MkdirAll(c.charts, 0o755) //nolint:gosec // pictures are for everybody
}

// draw writes the pictures, and says where they are.
func (c *config) draw(ctx context.Context, w io.Writer, f *runner.Figures) error {
	for i, t := range c.plan.Trials {
		if ctx.Err() != nil {
			return errors.New("interrupted while drawing")
		}
		var panels []chart.Panel
		for k, e := range c.plan.Engines {
			panels = append(panels, chart.Panel{Title: e.Name, Note: note(t.Measures, f, i, k), Result: f.Result(i, k)})
		}
		picture, err := chart.Draw(t.Scenario, panels)
		if err != nil {
			return err
		}
		path := filepath.Join(c.charts, slug(t.Name))
		if err := errors.Join(save(path+".svg", picture.WriteSVG), save(path+".png", picture.WritePNG)); err != nil {
			return err
		}
	}
	what := "a picture is"
	if n := len(c.plan.Trials); n > 1 {
		what = fmt.Sprintf("%d pictures are", n)
	}
	fmt.Fprintf(w, "lab: %s in %s, as SVG and as PNG\n", what, c.charts)
	return nil
}

// note has the first figures of the run that is drawn.
func note(measures []trials.Measure, f *runner.Figures, trial, engine int) string {
	var parts []string
	for m, measure := range measures[:min(2, len(measures))] {
		parts = append(parts, report.Figure(measure, f.Values(trial, m, engine)[0]))
	}
	return strings.Join(parts, ", ")
}

func save(path string, write func(io.Writer) error) (err error) {
	f, err := os.Create(path) //nolint:gosec // where the user asks for it
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return write(f)
}

// slug is the name of a scenario as that of a file.
func slug(name string) string {
	name = strings.ReplaceAll(strings.ToLower(name), "×", "x")
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' })
	return strings.Trim(strings.Join(words, "-"), ".")
}
