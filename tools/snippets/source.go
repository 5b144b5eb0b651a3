package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"iter"
	"os"
	"strings"
)

// source is one Go file.
type source struct {
	text  string
	fset  *token.FileSet
	parse *ast.File
}

func parse(file string) (*source, error) {
	text, err := os.ReadFile(file) //nolint:gosec // the path stands in our own pages
	if err != nil {
		return nil, err
	}
	s := &source{text: string(text), fset: token.NewFileSet()}
	s.parse, err = parser.ParseFile(s.fset, file, text, parser.ParseComments)
	return s, err
}

// functions are the functions and methods, in order.
func (s *source) functions() iter.Seq[*ast.FuncDecl] {
	return func(yield func(*ast.FuncDecl) bool) {
		for _, d := range s.parse.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && !yield(f) {
				return
			}
		}
	}
}

// between is the text from one place in the file to another.
func (s *source) between(from, to token.Pos) string {
	return s.text[s.fset.Position(from).Offset:s.fset.Position(to).Offset]
}

// body is the source of a function's body, without indentation and without the
// comment that holds its expected output.
func (s *source) body(f *ast.FuncDecl) string {
	body := s.between(f.Body.Lbrace+1, f.Body.Rbrace)
	body, _, _ = strings.Cut(body, "\t// Output:")
	body, _, _ = strings.Cut(body, "\t// Unordered output:")
	lines := strings.Split(strings.Trim(body, "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimPrefix(lines[i], "\t")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n\t ")
}
