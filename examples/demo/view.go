package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

func title(c config) string {
	return fmt.Sprintf("Fusebox demo: four servers, %d calls/s in each row, engine %s", c.rate, c.engine.title)
}

// says is what a phase means, in a line.
var says = [...]string{
	healthy:    "all is well",
	failing:    "SayHello fails on every server, SayGoodbye works",
	recovering: "SayHello works again",
}

// column is a part of every row; those of a higher rank give way first where the
// terminal is narrow.
type column struct {
	head  string
	width int
	rank  int
	left  bool
	cell  func(row) string
}

var columns = []column{
	{"client", 11, 0, true, func(r row) string { // once for its two rows
		if r.faulty {
			return r.client
		}
		return ""
	}},
	{"method", 10, 0, true, func(r row) string { return r.method }},
	{"offered", 7, 5, false, func(r row) string { return fmt.Sprint(r.total.offered) }},
	{"passed", 6, 3, false, func(r row) string { return fmt.Sprint(r.total.passed) }},
	{"refused", 7, 0, false, func(r row) string { return fmt.Sprint(r.total.refused) }},
	{"failed", 6, 1, false, func(r row) string { return fmt.Sprint(r.total.failed) }},
	{"state", 9, 0, true, func(r row) string { return r.state.String() }},
	{"drop", 5, 2, false, func(r row) string { return percent(r.drop) }},
	{"reached", 7, 4, false, func(r row) string {
		if r.reached.without <= 0 {
			return ""
		}
		return percent(float64(r.reached.with) / float64(r.reached.without))
	}},
}

const (
	gap      = 2  // between columns
	minSpark = 12 // ticks of the sparkline, below which columns give way to it
)

// fit chooses the columns for a width, and how many ticks the sparkline gets.
func fit(width, ticks int) (chosen []column, spark int) {
	chosen = columns
	used := func() int {
		n := 0
		for _, c := range chosen {
			n += c.width + gap
		}
		return n
	}
	for rank := 5; rank > 0 && used()+minSpark > width; rank-- {
		chosen = slices.DeleteFunc(slices.Clone(chosen), func(c column) bool { return c.rank == rank })
	}
	spark = min(width-used(), ticks)
	if spark < minSpark {
		spark = 0
	}
	return chosen, spark
}

// render draws f in lines of at most width characters.
func (f frame) render(width int, p palette) []string {
	chosen, spark := fit(width, ticks(f.end))
	lines := []string{clip(f.title, width)}
	if f.page != "" {
		lines = append(lines, clip("live page: "+f.page, width))
	}
	lines = append(lines,
		p.phase(f.phase, clip(fmt.Sprintf("%s, %s left: %s", strings.ToUpper(f.phase.String()), seconds(f.left), says[f.phase]), width)),
		"",
	)

	head, ruler := "", ""
	for _, c := range chosen {
		head += c.pad(c.head)
		ruler += strings.Repeat(" ", c.width+gap)
	}
	if spark > 0 {
		head += clip("refused share", spark)
		ruler = clip("fault"+ruler[5:], len(ruler)) + p.bad(marks(f.faulty, spark))
	}
	lines = append(lines, p.dim(clip(strings.TrimRight(head, " "), width)))
	if spark > 0 {
		lines = append(lines, ruler)
	}
	for _, r := range f.rows {
		line := ""
		for _, c := range chosen {
			text := c.pad(c.cell(r))
			if c.head == "state" {
				text = p.state(r.state, text)
			}
			line += text
		}
		if spark > 0 {
			line += sparkline(r.refused, spark)
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	lines = append(lines, "")
	if len(f.events) > 0 {
		lines = append(lines, p.dim(clip("last change: "+f.events[len(f.events)-1], width)))
	}
	if slices.ContainsFunc(chosen, func(c column) bool { return c.head == "reached" }) {
		lines = append(lines, p.dim(clip("reached: what got to the failing method, of what got there without a breaker", width)))
	}
	return lines
}

func (c column) pad(text string) string {
	fill := strings.Repeat(" ", max(0, c.width-utf8.RuneCountInString(text)))
	if c.left {
		return text + fill + strings.Repeat(" ", gap)
	}
	return fill + text + strings.Repeat(" ", gap)
}

// line is f in one plain line, with what came of both methods since the last one.
func (f frame) line(hello, goodbye tally) string {
	drop, n := 0.0, 0
	for _, r := range f.rows {
		if r.faulty {
			n++
			drop += r.drop
		}
	}
	return fmt.Sprintf("%5s %-8s %5s left | SayHello %s, drop ratio %s | SayGoodbye %s",
		seconds(f.at), f.phase, seconds(f.left), hello, percent(drop/float64(max(1, n))), goodbye)
}

func (t tally) String() string {
	return fmt.Sprintf("%d offered, %d passed, %d refused, %d failed", t.offered, t.passed, t.refused, t.failed)
}

func percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }

func seconds(d time.Duration) string { return fmt.Sprintf("%.1fs", d.Seconds()) }

// clip cuts text to width characters.
func clip(text string, width int) string {
	if utf8.RuneCountInString(text) <= width {
		return text
	}
	return string([]rune(text)[:max(0, width)])
}
