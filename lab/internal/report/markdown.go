package report

import (
	"fmt"
	"io"
	"strings"
)

// Markdown writes all that [Table.Text] does, as GitHub shows it.
func (t *Table) Markdown(w io.Writer) error {
	var b strings.Builder
	t.markdown(&b)
	b.WriteString("\n")
	for _, n := range t.notes() {
		fmt.Fprintf(&b, "- *%s*: %s\n", n.label, n.about)
	}
	if s := t.summary(); s != nil {
		fmt.Fprintf(&b, "\n%s\n\n", s.head)
		for i, e := range t.Engines {
			fmt.Fprintf(&b, "- %s: %d\n", plain(e.Name), s.met[i])
		}
		if s.verdict != "" {
			fmt.Fprintf(&b, "\n%s\n", s.verdict)
		}
		for i, line := range s.misses {
			if i == 0 {
				b.WriteString("\n")
			}
			fmt.Fprintf(&b, "- %s\n", plain(line))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// markdown is the table alone.
func (t *Table) markdown(b *strings.Builder) {
	judged := t.judged()
	row := func(cells ...string) { fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | ")) }

	head, rule := []string{"scenario", "measure"}, []string{"---", "---"}
	if judged {
		head, rule = append(head, "target"), append(rule, "---")
	}
	for _, e := range t.Engines {
		head, rule = append(head, plain(e.Name)), append(rule, "--:")
	}
	row(head...)
	row(rule...)
	trial := ""
	for _, r := range t.Rows {
		line := []string{"", r.label()}
		if r.Trial != trial {
			trial = r.Trial
			line[0] = plain(trial)
		}
		if judged {
			line = append(line, bound(r.Target))
		}
		for _, c := range t.cells(&r) {
			text := c.text
			if c.best {
				text = "**" + text + "**"
			}
			line = append(line, strings.TrimRight(text+" "+c.verdict, " "))
		}
		row(line...)
	}
}

// plain is text that a cell of a table can hold.
func plain(text string) string {
	return strings.NewReplacer(`\`, `\\`, `|`, `\|`, "*", `\*`, "_", `\_`, "`", "\\`", "<", "&lt;", "[", `\[`).Replace(text)
}
