// Command snippets keeps the code in the READMEs equal to compiled code. Before
// each fenced block of Go it expects a comment
//
//	<!-- snippet: path/of/file_test.go ExampleName -->
//
// and puts the body of that function there. In docs, it fills what is between
//
//	<!-- pairs: migrate/x Name of x -->
//	<!-- /pairs -->
//
// with tables of the pairs and the settings that the files migrate/x_*_test.go have.
// With -check it changes nothing, and exits with 1 when something would change. It
// runs in tools/, and the paths are relative to the folder above.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// root of the repository, as seen from tools/.
const root = ".."

var block = regexp.MustCompile("(?s)<!-- snippet: (\\S+) (\\w+) -->\n```go\n.*?```")

func main() {
	check := flag.Bool("check", false, "exit with 1 if a README is out of date, and change nothing")
	flag.Parse()
	if err := run(*check); err != nil {
		fmt.Fprintln(os.Stderr, "snippets:", err)
		os.Exit(1)
	}
}

func run(check bool) error {
	if err := each("README*.md", filled, check); err != nil {
		return err
	}
	return each("docs/*.md", paired, check)
}

// each puts what fill makes of them in the place of all files of a pattern.
func each(pattern string, fill func(text string) (string, error), check bool) error {
	names, err := filepath.Glob(filepath.Join(root, pattern))
	if err != nil {
		return err
	}
	for _, name := range names {
		was, err := os.ReadFile(name) //nolint:gosec // our own README
		if err != nil {
			return err
		}
		now, err := fill(string(was))
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", name, err)
		case now == string(was):
			continue
		case check:
			return fmt.Errorf("%s is out of date, run: make generate", name)
		}
		if err := os.WriteFile(name, []byte(now), 0o644); err != nil { //nolint:gosec // a README is for everybody
			return err
		}
	}
	return nil
}

// filled is text with every marked block as its function has it now.
func filled(text string) (string, error) {
	marked := strings.Count(text, "<!-- snippet:")
	if n := strings.Count(text, "```go\n"); n != marked {
		return "", fmt.Errorf("%d blocks of Go, but %d are marked as snippets", n, marked)
	}
	var failed error
	text = block.ReplaceAllStringFunc(text, func(old string) string {
		m := block.FindStringSubmatch(old)
		body, err := bodyOf(filepath.Join(root, m[1]), m[2])
		if err != nil {
			failed = err
			return old
		}
		return fmt.Sprintf("<!-- snippet: %s %s -->\n```go\n%s\n```", m[1], m[2], body)
	})
	return text, failed
}

// bodyOf is the source of a function's body, as [source.body] has it.
func bodyOf(file, function string) (string, error) {
	s, err := parse(file)
	if err != nil {
		return "", err
	}
	for f := range s.functions() {
		if f.Name.Name == function {
			return s.body(f), nil
		}
	}
	return "", fmt.Errorf("%s has no function %s", file, function)
}
