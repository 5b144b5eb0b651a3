// Package report sets the figures of a plan as a table for people: one row for
// each measure of each scenario, one column for each engine.
//
// A [Table] writes itself as text for a terminal or as Markdown. The best figures
// of a row are bold; those that print alike are alike. Engines of ours are judged
// by the row's target. The [Summary] counts the targets met, and lists what the
// best engine of ours misses. All of it is made of medians over the seeds. Trials
// of one family stand measure by measure, so that one reads how a figure changes.
package report

import (
	"cmp"
	"math"
	"slices"

	"github.com/go-fusebox/fusebox/lab/internal/runner"
	"github.com/go-fusebox/fusebox/lab/internal/trials"
)

// Table is a table to be written.
type Table struct {
	Engines []Engine
	Rows    []Row
}

// Engine is a column.
type Engine struct {
	Name string
	Ours bool // judged by the targets
}

// Row is one measure of one scenario.
type Row struct {
	Trial  string
	Name   string // of the measure
	Unit   string
	About  string
	Better trials.Better
	Target trials.Target
	Values []float64 // by engine
}

// New is the table of what a plan has shown.
func New(p *runner.Plan, f *runner.Figures) *Table {
	t := &Table{}
	for _, e := range p.Engines {
		t.Engines = append(t.Engines, Engine{Name: e.Name, Ours: e.Ours})
	}
	for i := 0; i < len(p.Trials); {
		family := i
		for i++; i < len(p.Trials) && p.Trials[i].Family != "" && p.Trials[i].Family == p.Trials[family].Family; i++ {
		}
		t.Rows = append(t.Rows, rows(p, f, family, i)...)
	}
	return t
}

// rows are those of a family of trials, measure by measure.
func rows(p *runner.Plan, f *runner.Figures, from, to int) []Row {
	var rows []Row
	order := map[string]int{}
	for i := from; i < to; i++ {
		for j, m := range p.Trials[i].Measures {
			r := Row{Trial: p.Trials[i].Name, Name: m.Name, Unit: m.Unit, About: m.About, Better: m.Better, Target: m.Target}
			for k := range p.Engines {
				r.Values = append(r.Values, f.Median(i, j, k))
			}
			rows = append(rows, r)
			if _, known := order[r.label()]; !known {
				order[r.label()] = len(order)
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b Row) int { return cmp.Compare(order[a.label()], order[b.label()]) })
	return rows
}

// cell is a figure as it is printed.
type cell struct {
	text    string
	best    bool
	verdict string // empty, [met] or [missed]
}

// What stands behind a figure that has been judged.
const (
	met    = "✓"
	missed = "✗"
)

// cells are the row's figures.
func (t *Table) cells(r *Row) []cell {
	best := math.NaN()
	for _, v := range r.Values {
		if !math.IsNaN(v) && (math.IsNaN(best) || r.better(v, best)) {
			best = v
		}
	}
	cells := make([]cell, len(r.Values))
	for i, v := range r.Values {
		c := &cells[i]
		c.text = r.number(v)
		c.best = r.Better != trials.Neither && !math.IsNaN(best) && !math.IsInf(best, 0) && c.text == r.number(best)
		if t.Engines[i].Ours && r.Target.Set() {
			c.verdict = missed
			if keeps(r.Target, v) {
				c.verdict = met
			}
		}
	}
	return cells
}

func (r *Row) better(a, b float64) bool {
	if r.Better == trials.Higher {
		return a > b
	}
	return a < b
}

// label is the measure with its unit.
func (r *Row) label() string {
	if r.Unit == "" {
		return r.Name
	}
	return r.Name + ", " + r.Unit
}
