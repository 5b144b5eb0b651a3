package circuitfile

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/go-fusebox/fusebox/core/rules"
)

// parseYAML writes the document anew in JSON, each member in a line of its own, so that
// rules.Parse says which member is wrong, and puts the YAML's lines into what it says.
func parseYAML(data []byte) (*rules.Rules, error) {
	j, err := inJSON(data)
	if err != nil {
		return nil, err
	}
	r, err := rules.Parse(j.out.Bytes())
	j.inYAML(err)
	return r, err
}

func inJSON(data []byte) (j *jsonText, err error) {
	defer func() { // a file that is too strange for the parser must not stop the service
		if v := recover(); v != nil {
			err = &rules.Error{Line: 1, Want: fmt.Sprint("the document can't be read as YAML: ", v)}
		}
	}()
	body, err := root(data)
	if err != nil {
		return nil, err
	}
	j = &jsonText{lines: []int{line(body)}, anchors: map[string]*ast.AnchorNode{}}
	j.collect(body)
	j.value(body, 0)
	if j.out.Len() > rules.MaxBytes {
		j.fail(body, tooMuch)
	}
	return j, j.err
}

// root is the content of the only document.
func root(data []byte) (ast.Node, error) {
	if !utf8.Valid(data) {
		valid := bytes.ToValidUTF8(data, nil)
		at := 0
		for at < len(valid) && data[at] == valid[at] {
			at++
		}
		return nil, &rules.Error{Line: 1 + bytes.Count(data[:at], []byte("\n")), Want: "the document is not valid UTF-8"}
	}
	tokens := lexer.Tokenize(string(data))
	if err := check(tokens); err != nil {
		return nil, err
	}
	file, err := parser.Parse(tokens, 0)
	if err != nil {
		return nil, syntax(data, err)
	}
	for _, doc := range file.Docs {
		if _, directive := doc.Body.(*ast.DirectiveNode); doc.Body != nil && !directive {
			return doc.Body, nil
		}
	}
	return nil, empty(1)
}

// syntax is the parser's error in our form.
func syntax(data []byte, err error) error {
	of, ok := errors.AsType[yaml.Error](err)
	if !ok || of.GetToken() == nil {
		return &rules.Error{Line: 1, Want: err.Error()}
	}
	at := of.GetToken().Position
	want := brief(of.GetMessage())
	if lines := strings.Split(string(data), "\n"); at.Line <= len(lines) && strings.HasPrefix(strings.TrimSpace(lines[at.Line-1]), "*") {
		want += "; a pattern that begins with * must be in quotes"
	}
	return &rules.Error{Line: at.Line, Column: at.Column, Want: want}
}

func line(n ast.Node) int {
	if tk := tokenOf(n); tk != nil {
		return tk.Position.Line
	}
	return 1
}

// tokenOf is where n begins, which for a mapping is its first key.
func tokenOf(n ast.Node) *token.Token {
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return tokenOf(n.Values[0])
		}
	case *ast.MappingValueNode:
		return n.Key.GetToken()
	}
	return n.GetToken()
}
