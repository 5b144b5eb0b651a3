package file

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// value is a node of the file, and the path of the field whose value it is, such
// as phases[1].errors.
type value struct {
	*reader
	node ast.Node
	path string
}

// field is one that an object may have.
type field struct {
	name string
	read func(value)
}

// object reads the fields that v has, in the order given here.
func (v value) object(fields ...field) bool {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	m, ok := v.node.(*ast.MappingNode)
	if !ok {
		v.wrong("a mapping with " + strings.Join(names, ", "))
		return false
	}
	given := make(map[string]value, len(m.Values))
	for _, pair := range m.Values {
		name, child := v.child(pair)
		if !slices.Contains(names, name) {
			v.fail(child.path, "%s is unknown, must be one of %s", child.path, strings.Join(names, ", "))
			continue
		}
		given[name] = child
	}
	for _, f := range fields {
		if child, ok := given[f.name]; ok {
			f.read(child)
		}
	}
	return true
}

// child is the value of one field, with its place taken down.
func (v value) child(pair *ast.MappingValueNode) (name string, child value) {
	switch key := pair.Key.(type) {
	case *ast.StringNode:
		name = key.Value
	default:
		name = pair.Key.String()
	}
	path := plain(name)
	if v.path != "" {
		path = v.path + "." + path
	}
	v.places[path] = placeOf(pair)
	return name, value{v.reader, pair.Value, path}
}

// items are those of a list, with their places taken down.
func (v value) items() ([]value, bool) {
	list, ok := v.node.(*ast.SequenceNode)
	if !ok {
		return nil, false
	}
	items := make([]value, len(list.Values))
	for i, n := range list.Values {
		items[i] = value{v.reader, n, fmt.Sprintf("%s[%d]", v.path, i)}
		v.places[items[i].path] = placeOf(n)
	}
	return items, true
}

// wrong says what v must be in place of what it is.
func (v value) wrong(want string) {
	subject := v.path
	if subject == "" {
		subject = "the file"
	}
	v.fail(v.path, "%s %s, must be %s", subject, v.describe(), want)
}

func (v value) describe() string {
	switch n := v.node.(type) {
	case nil, *ast.NullNode, *ast.CommentGroupNode:
		return "has no value"
	case *ast.MappingNode:
		return "is a mapping"
	case *ast.SequenceNode:
		return "is a list"
	case *ast.AnchorNode, *ast.AliasNode:
		return "has an anchor or alias, which is not supported"
	case *ast.TagNode:
		return "has a tag, which is not supported"
	case *ast.StringNode:
		return "is " + plain(n.Value)
	case *ast.LiteralNode:
		return "is " + plain(n.Value.Value)
	}
	return "is " + plain(v.node.GetToken().Value)
}

// scalar is the text of a number or a plain word.
func (v value) scalar() string {
	switch n := v.node.(type) {
	case *ast.StringNode:
		return n.Value
	case *ast.IntegerNode:
		return fmt.Sprint(n.Value)
	case *ast.FloatNode:
		return strconv.FormatFloat(n.Value, 'g', -1, 64)
	}
	return ""
}

var word = regexp.MustCompile(`^[\w.%/+µ-]{1,40}$`)

// plain quotes what isn't a word, and cuts what is long.
func plain(s string) string {
	if word.MatchString(s) {
		return s
	}
	if r := []rune(s); len(r) > 40 {
		s = string(r[:40]) + "…"
	}
	return strconv.Quote(s)
}

func empty(n ast.Node) bool {
	switch n.(type) {
	case nil, *ast.NullNode, *ast.DirectiveNode, *ast.CommentGroupNode:
		return true
	}
	return false
}

// placeOf is where a node begins; mappings have the token of their first colon.
func placeOf(n ast.Node) place {
	for {
		switch m := n.(type) {
		case *ast.MappingNode:
			if !m.IsFlowStyle && len(m.Values) > 0 {
				n = m.Values[0]
				continue
			}
		case *ast.MappingValueNode:
			n = m.Key
			continue
		}
		break
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		return place{max(1, t.Position.Line), max(1, t.Position.Column)}
	}
	return place{1, 1}
}
