package report

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Table is one table. Its first column is aligned on the left, all others on the right.
type Table struct {
	Title string
	About string
	Head  []string
	Rows  [][]string
}

// none stands for what was not measured, or makes no sense.
const none = "–"

// empty tells that no figure is in the row.
func empty(row []string) bool {
	return !slices.ContainsFunc(row[1:], func(cell string) bool { return cell != none })
}

func (t Table) text(b *strings.Builder) {
	widths := make([]int, len(t.Head))
	for _, row := range append([][]string{t.Head}, t.Rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	fmt.Fprintf(b, "%s\n", t.Title)
	if t.About != "" {
		fmt.Fprintf(b, "%s\n", t.About)
	}
	b.WriteString("\n")
	for _, row := range append([][]string{t.Head}, t.Rows...) {
		line := "  " + pad(row[0], -widths[0])
		for i, cell := range row[1:] {
			line += "  " + pad(cell, widths[i+1])
		}
		fmt.Fprintln(b, strings.TrimRight(line, " "))
	}
	b.WriteString("\n")
}

// pad fills up to a width, on the right where it is negative.
func pad(s string, width int) string {
	space := strings.Repeat(" ", max(0, max(width, -width)-utf8.RuneCountInString(s)))
	if width < 0 {
		return s + space
	}
	return space + s
}

func (t Table) markdown(b *strings.Builder) {
	fmt.Fprintf(b, "## %s\n\n", t.Title)
	if t.About != "" {
		fmt.Fprintf(b, "%s\n\n", t.About)
	}
	fmt.Fprintf(b, "| %s |\n| --- |%s\n", strings.Join(t.Head, " | "), strings.Repeat(" --: |", len(t.Head)-1))
	for _, row := range t.Rows {
		fmt.Fprintf(b, "| %s |\n", strings.Join(row, " | "))
	}
	b.WriteString("\n")
}
