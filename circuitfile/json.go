package circuitfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/go-fusebox/fusebox/core/rules"
)

// Bounds that no honest document comes near: aliases can make a small one explode.
const (
	maxDepth = 20
	maxNodes = 1 << 20
)

const tooMuch = "the document is too large or too deep once its aliases are filled in"

// jsonText is a YAML document on its way to JSON.
type jsonText struct {
	out     bytes.Buffer
	lines   []int // of the YAML, by line of out
	anchors map[string]*ast.AnchorNode
	nodes   int
	err     error // the first one; nothing is written after it
}

func (j *jsonText) fail(n ast.Node, want string) {
	if j.err == nil {
		j.err = &rules.Error{Line: line(n), Want: brief(want)}
	}
}

// inYAML changes the lines in err, which rules.Parse made.
func (j *jsonText) inYAML(err error) {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return
	}
	for _, err := range joined.Unwrap() {
		if e, ok := errors.AsType[*rules.Error](err); ok && e.Line > 0 && e.Line <= len(j.lines) {
			e.Line = j.lines[e.Line-1]
		}
	}
}

// collect finds the anchors.
func (j *jsonText) collect(root ast.Node) { ast.Walk(j, root) }

// Visit is collect's, for one node.
func (j *jsonText) Visit(n ast.Node) ast.Visitor {
	if a, ok := n.(*ast.AnchorNode); ok {
		name := a.Name.GetToken().Value
		if j.anchors[name] != nil {
			j.fail(a, fmt.Sprintf("the anchor &%s is given twice", name))
		}
		j.anchors[name] = a
	}
	return j
}

// follow goes through anchors and aliases to what they stand for.
func (j *jsonText) follow(n ast.Node) ast.Node {
	for range maxDepth {
		switch v := n.(type) {
		case *ast.AnchorNode:
			n = v.Value
		case *ast.AliasNode:
			name := v.Value.GetToken().Value
			a := j.anchors[name]
			if a == nil {
				j.fail(v, fmt.Sprintf("there is no anchor &%s", name))
				return nil
			}
			n = a.Value
		default:
			return n
		}
	}
	j.fail(n, "aliases lead nowhere")
	return nil
}

// value writes n.
func (j *jsonText) value(n ast.Node, depth int) {
	at := n
	j.nodes++
	if depth > maxDepth || j.nodes > maxNodes || j.out.Len() > rules.MaxBytes {
		j.fail(at, tooMuch)
	}
	if n = j.follow(n); j.err != nil {
		return
	}
	switch v := n.(type) {
	case *ast.MappingNode:
		j.object(v, depth)
	case *ast.SequenceNode:
		j.out.WriteByte('[')
		for i, element := range v.Values {
			if i > 0 {
				j.out.WriteByte(',')
			}
			j.value(element, depth+1)
		}
		j.out.WriteByte(']')
	case *ast.StringNode:
		j.text(v)
	case *ast.LiteralNode:
		j.scalar(v.Value.Value)
	case *ast.IntegerNode:
		j.scalar(v.Value)
	case *ast.FloatNode:
		j.scalar(v.Value)
	case *ast.BoolNode:
		j.scalar(v.Value)
	case *ast.NullNode, nil:
		j.scalar(nil)
	case *ast.InfinityNode, *ast.NanNode: // JSON has none, and no rule takes one
		j.scalar(v.GetToken().Value)
	default:
		j.fail(at, fmt.Sprintf("%q can't be read here, must be plain YAML", v.GetToken().Value))
	}
}

// text writes a string, or one of the numbers that the parser takes for one, as 1e3.
func (j *jsonText) text(n *ast.StringNode) {
	if n.Token.Type == token.StringType {
		if f, err := strconv.ParseFloat(n.Value, 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
			j.scalar(f)
			return
		}
	}
	j.scalar(n.Value)
}

func (j *jsonText) scalar(v any) {
	text, err := json.Marshal(v)
	if err != nil { // which can't be
		j.err = err
	}
	j.out.Write(text)
}

// object writes a mapping, each member in a line of its own.
func (j *jsonText) object(m *ast.MappingNode, depth int) {
	j.out.WriteByte('{')
	for i, member := range j.members(m, depth) {
		if i > 0 {
			j.out.WriteByte(',')
		}
		j.out.WriteByte('\n')
		j.lines = append(j.lines, member.line)
		j.scalar(member.name)
		j.out.WriteByte(':')
		j.value(member.value, depth+1)
	}
	j.out.WriteByte('}')
}
