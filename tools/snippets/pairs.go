package main

import (
	"errors"
	"fmt"
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var pairs = regexp.MustCompile(`(?s)(<!-- pairs: (\S+) ([^\n]+) -->\n).*?(<!-- /pairs -->)`)

// widest is the number of columns that a line of code may have, so that two fit side by side.
const widest = 64

// paired is text with the tables that its markers ask for.
func paired(text string) (string, error) {
	if a, b := strings.Count(text, "<!-- pairs:"), len(pairs.FindAllString(text, -1)); a != b {
		return "", fmt.Errorf("%d places for pairs, of which %d have an end", a, b)
	}
	var failed error
	text = pairs.ReplaceAllStringFunc(text, func(old string) string {
		m := pairs.FindStringSubmatch(old)
		table, err := tables(filepath.Join(root, m[2]), m[3])
		if err != nil {
			failed = errors.Join(failed, err)
			return old
		}
		return m[1] + table + m[4]
	})
	return text, failed
}

// tables are those of one library: its calls beside ours, and its settings, if there are any.
func tables(path, library string) (string, error) {
	theirs, err := parse(path + "_theirs_test.go")
	if err != nil {
		return "", err
	}
	ours, err := parse(path + "_ours_test.go")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if err := calls(&b, library, theirs, ours); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	settings, err := parse(path + "_settings_test.go")
	if errors.Is(err, os.ErrNotExist) {
		return b.String(), nil
	}
	if err != nil {
		return "", err
	}
	if err := rows(&b, library, settings); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	b.WriteString("\n") // ends the table
	return b.String(), nil
}

// calls writes a row for each method of theirs, with the method of that name of ours. The
// comments of both stand above the code.
func calls(b *strings.Builder, library string, theirs, ours *source) error {
	var bad error
	fmt.Fprintf(b, "<table>\n<tr><th>%s%s</th><th>Fusebox%s</th></tr>\n", library, imports(theirs), imports(ours))
	for f := range theirs.functions() {
		name := f.Name.Name
		var g *ast.FuncDecl
		for o := range ours.functions() {
			if o.Name.Name == name {
				g = o
			}
		}
		if g == nil {
			return fmt.Errorf("%s is not among ours", name)
		}
		a, err := cell(theirs, f)
		c, err2 := cell(ours, g)
		bad = errors.Join(bad, err, err2)
		text := strings.TrimSpace("**" + comment(f) + "** " + comment(g))
		fmt.Fprintf(b, "<tr><td colspan=\"2\">\n\n%s\n\n</td></tr>\n", text)
		fmt.Fprintf(b, "<tr valign=\"top\"><td>\n\n%s\n\n</td><td>\n\n%s\n\n</td></tr>\n", a, c)
	}
	b.WriteString("</table>\n")
	return bad
}

// imports are the packages of a side, but for those of the standard library.
func imports(s *source) string {
	var b strings.Builder
	for _, i := range s.parse.Imports {
		path, _ := strconv.Unquote(i.Path.Value)
		if host, _, _ := strings.Cut(path, "/"); !strings.Contains(host, ".") {
			continue
		}
		b.WriteString("<br><code>")
		if i.Name != nil {
			b.WriteString(i.Name.Name + " ")
		}
		b.WriteString(path + "</code>")
	}
	return b.String()
}

// comment is a function's comment in one line.
func comment(f *ast.FuncDecl) string {
	return strings.Join(strings.Fields(f.Doc.Text()), " ")
}

// cell is the code of a function's body. Where that is a single value that it returns, it
// is the value.
func cell(s *source, f *ast.FuncDecl) (string, error) {
	code := s.body(f)
	if len(f.Body.List) == 1 {
		if r, ok := f.Body.List[0].(*ast.ReturnStmt); ok && len(r.Results) == 1 {
			code = strings.TrimPrefix(strings.TrimSpace(code), "return ")
		}
	}
	code = strings.ReplaceAll(code, "\t", "    ")
	var wide error
	for line := range strings.SplitSeq(code, "\n") {
		if len(line) > widest {
			wide = errors.Join(wide, fmt.Errorf("%s has a line of more than %d columns: %s", f.Name.Name, widest, line))
		}
	}
	return "```go\n" + code + "\n```", wide
}

// rows writes the table that a slice of settings is: their setting, its default, ours, its
// default, and what to mind.
func rows(b *strings.Builder, library string, s *source) error {
	fmt.Fprintf(b, "\n| %s | default | Fusebox | default | |\n|---|---|---|---|---|\n", library)
	n := 0
	var bad error
	ast.Inspect(s.parse, func(node ast.Node) bool {
		list, ok := node.(*ast.CompositeLit)
		if !ok {
			return true
		}
		if array, ok := list.Type.(*ast.ArrayType); !ok || s.between(array.Elt.Pos(), array.Elt.End()) != "setting" {
			return true
		}
		for _, element := range list.Elts {
			n++
			texts, err := literals(element)
			bad = errors.Join(bad, err)
			for _, i := range []int{0, 2} {
				if i < len(texts) && texts[i] != "" {
					texts[i] = "`" + texts[i] + "`"
				}
			}
			fmt.Fprintf(b, "| %s |\n", strings.Join(texts, " | "))
		}
		return false
	})
	if n == 0 {
		bad = errors.Join(bad, errors.New("no settings"))
	}
	return bad
}

// literals are the strings of a composite literal without names.
func literals(e ast.Expr) (texts []string, err error) {
	c, ok := e.(*ast.CompositeLit)
	if !ok || len(c.Elts) != 5 {
		return nil, errors.New("a setting is not five strings")
	}
	for _, e := range c.Elts {
		l, ok := e.(*ast.BasicLit)
		if !ok {
			return nil, errors.New("a setting is not five strings")
		}
		text, err := strconv.Unquote(l.Value)
		if err != nil || strings.ContainsAny(text, "|\n") {
			return nil, fmt.Errorf("%s is no text for a table", l.Value)
		}
		texts = append(texts, text)
	}
	return slices.Clip(texts), nil
}
