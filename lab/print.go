package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"

	"github.com/go-fusebox/fusebox/lab/internal/report"
	"github.com/go-fusebox/fusebox/lab/internal/runner"
)

// print writes the table, what its rows mean, and the summary.
func (c *config) print(w io.Writer, f *runner.Figures) error {
	t := report.New(&c.plan, f)
	style := report.Style{Bold: bold(w)}
	if c.about != "" {
		fmt.Fprintf(w, "%s\n\n", c.about)
	}
	runs := "One run"
	if n := len(c.plan.Seeds); n > 1 {
		runs = fmt.Sprintf("Medians of %d runs", n)
	}
	fmt.Fprintf(w, "%s, %s.", runs, seeds(c.plan.Seeds))
	if style.Bold || c.markdown {
		fmt.Fprint(w, " Bold is the best of a row.")
	}
	if t.Verdicts() {
		fmt.Fprint(w, " ✓ and ✗: our engine keeps the target, or not.")
	}
	fmt.Fprint(w, "\n\n")
	write := func() error { return t.Text(w, style) }
	if c.markdown {
		write = func() error { return t.Markdown(w) }
	}
	err := write()
	if err == nil && c.csv != "" {
		err = c.values(f)
	}
	return err
}

func seeds(all []uint64) string {
	if n := len(all); n > 1 && all[n-1]-all[0] == uint64(n-1) {
		return fmt.Sprintf("seeds %d to %d", all[0], all[n-1])
	}
	text := make([]string, len(all))
	for i, s := range all {
		text[i] = strconv.FormatUint(s, 10)
	}
	if len(text) == 1 {
		return "seed " + text[0]
	}
	return "seeds " + strings.Join(text, ", ")
}

// bold tells whether w shows it: a terminal, unless NO_COLOR is set.
func bold(w io.Writer) bool { return terminal(w) && os.Getenv("NO_COLOR") == "" }

func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}

// values writes the figures of each run.
func (c *config) values(f *runner.Figures) error {
	rows := [][]string{{"scenario", "measure", "unit", "engine", "seed", "value"}}
	for i, t := range c.plan.Trials {
		for j, m := range t.Measures {
			for k, e := range c.plan.Engines {
				for s, v := range f.Values(i, j, k) {
					rows = append(rows, []string{t.Name, m.Name, m.Unit, e.Name,
						strconv.FormatUint(c.plan.Seeds[s], 10), strconv.FormatFloat(v, 'g', -1, 64)})
				}
			}
		}
	}
	return save(c.csv, func(w io.Writer) error { return csv.NewWriter(w).WriteAll(rows) })
}
