package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/go-fusebox/fusebox/bench/internal/lookups"
	"github.com/go-fusebox/fusebox/bench/internal/subjects"
	"github.com/go-fusebox/fusebox/bench/internal/targets"
)

// Text writes all tables and verdicts.
func (f Figures) Text(w io.Writer, h Header) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s\n\n", strings.Join(h.lines(), "\n"), reading)
	for _, t := range f.tables() {
		t.text(&b)
	}
	row := ""
	verdicts, met, measured := f.verdicts(h.Processors)
	fmt.Fprintf(&b, "Targets: %d met, %d NOT met, %d not measured\n", met, measured-met, len(verdicts)-measured)
	for _, v := range verdicts {
		if v.Row != row {
			row = v.Row
			fmt.Fprintf(&b, "\n  %s\n", row)
		}
		fmt.Fprintf(&b, "    %-8s  %s: %s\n", verdict(v), want(v), seen(v))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Markdown writes the same, and what the names mean.
func (f Figures) Markdown(w io.Writer, h Header) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Benchmarks\n\n")
	for _, line := range h.lines() {
		fmt.Fprintf(&b, "- %s\n", line)
	}
	fmt.Fprintf(&b, "\n%s\n\n", reading)
	f.markdownTargets(&b, h)
	for _, t := range f.tables() {
		t.markdown(&b)
	}
	b.WriteString("## What is measured\n\n")
	for _, s := range subjects.All() {
		fmt.Fprintf(&b, "- *%s*: %s.\n", s.Name, s.About)
	}
	for _, c := range lookups.Containers() {
		fmt.Fprintf(&b, "- *%s*: %s.\n", c.Name, c.About)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (f Figures) markdownTargets(b *strings.Builder, h Header) {
	verdicts, met, measured := f.verdicts(h.Processors)
	fmt.Fprintf(b, "## Targets\n\n%d met, %d NOT met, %d not measured.\n\n", met, measured-met, len(verdicts)-measured)
	b.WriteString("| | target | seen | |\n| --- | --- | --- | --- |\n")
	row := ""
	for _, v := range verdicts {
		title := ""
		if v.Row != row {
			row, title = v.Row, v.Row
		}
		said := verdict(v)
		if v.Measured && !v.Met {
			said = "**" + said + "**"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", title, want(v), seen(v), said)
	}
	b.WriteString("\n")
}

const reading = `Nanoseconds are wall time per call, medians of the rounds; with several goroutines, of all of them together. "×" is how many
times our time a peer takes. The spread is that of the middle half of the rounds, as a share of the median, the widest of a row.`

func (f Figures) verdicts(processors int) (all []targets.Verdict, met, measured int) {
	for _, t := range targets.All(processors) {
		v := t.Judge(f)
		if v.Measured {
			measured++
		}
		if v.Measured && v.Met {
			met++
		}
		all = append(all, v)
	}
	return all, met, measured
}

func verdict(v targets.Verdict) string {
	switch {
	case !v.Measured:
		return none
	case v.Met:
		return "met"
	}
	return "NOT met"
}

func want(v targets.Verdict) string {
	sign := "≤"
	if v.Least {
		sign = "≥"
	}
	return sign + " " + strconv.FormatFloat(v.Bound, 'f', -1, 64) + " " + v.Than
}

// seen has all values. Those that would look like the bound, and aren't, get more digits.
func seen(v targets.Verdict) string {
	if !v.Measured {
		return "not measured"
	}
	var all []string
	for _, value := range v.Values {
		all = append(all, value.Of+" "+apart(v.Bound, value.Ratio))
	}
	return strings.Join(all, ", ")
}

func apart(bound, v float64) string {
	s := Number(v)
	if s == Number(bound) && v != bound {
		s = strconv.FormatFloat(v, 'f', 4, 64)
	}
	return s
}
