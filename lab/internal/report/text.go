package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rivo/uniseg"
)

// Style is how a text looks.
type Style struct {
	Bold bool // by ANSI sequences, as terminals understand them
}

func (s Style) bold(text string) string {
	if !s.Bold {
		return text
	}
	return "\x1b[1m" + text + "\x1b[0m"
}

// gap stands between columns.
const gap = "  "

// Text writes the table with its columns aligned, what its rows mean, and the
// summary.
func (t *Table) Text(w io.Writer, style Style) error {
	var b strings.Builder
	t.text(&b, style)
	b.WriteString("\n")
	for _, n := range t.notes() {
		write(&b, []string{pad(n.label, n.wide, false), n.about})
	}
	if s := t.summary(); s != nil {
		fmt.Fprintf(&b, "\n%s\n", s.head)
		for i, e := range t.Engines {
			fmt.Fprintf(&b, "  %s  %*d\n", pad(e.Name, s.wide, false), s.digits, s.met[i])
		}
		if s.verdict != "" {
			fmt.Fprintf(&b, "\n%s\n", s.verdict)
		}
		for _, line := range s.misses {
			fmt.Fprintf(&b, "  %s\n", line)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// text is the table alone.
func (t *Table) text(b *strings.Builder, style Style) {
	heads := [][]string{{"scenario"}, {"measure"}, {"target"}}
	widths := []int{8, 7, 6}
	for _, r := range t.Rows {
		widths[0] = max(widths[0], width(r.Trial))
		widths[1] = max(widths[1], width(r.label()))
		widths[2] = max(widths[2], width(bound(r.Target)))
	}
	judged := t.judged()
	if !judged {
		heads, widths = heads[:2], widths[:2]
	}
	first := len(heads)
	for i, e := range t.Engines {
		head := wrap(e.Name)
		wide := 0
		for _, line := range head {
			wide = max(wide, width(line))
		}
		for _, r := range t.Rows {
			wide = max(wide, width(t.cells(&r)[i].text)+t.room(i, judged))
		}
		heads, widths = append(heads, head), append(widths, wide)
	}
	lines := 0
	for _, h := range heads {
		lines = max(lines, len(h))
	}
	for line := range lines {
		var row []string
		for i, h := range heads {
			text := ""
			if at := line - (lines - len(h)); at >= 0 { // at the bottom
				text = h[at]
			}
			row = append(row, pad(text, widths[i], i >= first))
		}
		write(b, row)
	}
	trial := ""
	for _, r := range t.Rows {
		row := []string{pad("", widths[0], false), pad(r.label(), widths[1], false)}
		if r.Trial != trial {
			trial = r.Trial
			row[0] = pad(trial, widths[0], false)
		}
		if judged {
			row = append(row, pad(bound(r.Target), widths[2], false))
		}
		for i, c := range t.cells(&r) {
			room := t.room(i, judged)
			space := strings.Repeat(" ", widths[first+i]-room-width(c.text))
			text := c.text
			if c.best {
				text = style.bold(text)
			}
			row = append(row, space+text+pad(" "+c.verdict, room, false))
		}
		write(b, row)
	}
}

// Verdicts tells whether any figure is marked as keeping its target or not.
func (t *Table) Verdicts() bool {
	return t.judged() && slices.ContainsFunc(t.Engines, func(e Engine) bool { return e.Ours })
}

// judged tells whether any row has a target.
func (t *Table) judged() bool {
	return slices.ContainsFunc(t.Rows, func(r Row) bool { return r.Target.Set() })
}

// room is that of a verdict.
func (t *Table) room(engine int, judged bool) int {
	if judged && t.Engines[engine].Ours {
		return 2
	}
	return 0
}

func write(b *strings.Builder, row []string) {
	fmt.Fprintln(b, strings.TrimRight(strings.Join(row, gap), " "))
}

func width(text string) int { return uniseg.StringWidth(text) }

// pad fills text up with spaces, on the left if it is to stand on the right. Text
// that is too long stays as it is.
func pad(text string, to int, right bool) string {
	space := strings.Repeat(" ", max(0, to-width(text)))
	if right {
		return space + text
	}
	return text + space
}

// wrap breaks a heading at spaces and behind hyphens, so that columns are narrow.
// A sign such as % stays with its number.
func wrap(head string) []string {
	const most = 11
	var words []string
	for _, word := range strings.Fields(strings.ReplaceAll(head, "-", "- ")) {
		if n := len(words); n > 0 && word == "%" {
			words[n-1] += " %"
		} else {
			words = append(words, word)
		}
	}
	var lines []string
	for _, word := range words {
		last := len(lines) - 1
		if last < 0 {
			lines = append(lines, word)
			continue
		}
		joined := lines[last] + " " + word
		if strings.HasSuffix(lines[last], "-") {
			joined = lines[last] + word
		}
		if width(joined) > most {
			lines = append(lines, word)
		} else {
			lines[last] = joined
		}
	}
	return lines
}
