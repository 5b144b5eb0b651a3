package circuitfile

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"
)

// member is a key and value of a mapping.
type member struct {
	name  string
	value ast.Node
	line  int // of the key
}

// members are those of m, in order, those of merge keys included where m has none of
// the same name. Of two that are merged the first one counts.
func (j *jsonText) members(m *ast.MappingNode, depth int) (all []member) {
	own := map[string]int{} // lines
	var merged []ast.Node
	for _, v := range m.Values {
		j.nodes++
		if _, ok := v.Key.(*ast.MergeKeyNode); ok {
			merged = append(merged, v.Value)
			continue
		}
		one := member{name: j.key(v.Key), value: v.Value, line: v.Key.GetToken().Position.Line}
		if first, twice := own[one.name]; twice {
			j.fail(v, fmt.Sprintf("the key %q is given twice, first in line %d", one.name, first))
		}
		own[one.name] = one.line
		all = append(all, one)
	}
	for _, source := range merged {
		for _, from := range j.sources(source) {
			if j.nodes > maxNodes || depth > maxDepth {
				j.fail(m, "there is too much to merge")
			}
			if j.err != nil {
				return nil
			}
			for _, one := range j.members(from, depth+1) {
				if _, there := own[one.name]; !there {
					own[one.name] = one.line
					all = append(all, one)
				}
			}
		}
	}
	return all
}

// key is one's text.
func (j *jsonText) key(n ast.MapKeyNode) string {
	switch v := j.follow(n).(type) {
	case *ast.StringNode:
		return v.Value
	case *ast.MappingKeyNode:
		if text, ok := j.follow(v.Value).(*ast.StringNode); ok {
			return text.Value
		}
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return v.GetToken().Value
	}
	j.fail(n, "a key must be text")
	return ""
}

// sources are the mappings that a merge key's value stands for: one, or a list.
func (j *jsonText) sources(n ast.Node) (all []*ast.MappingNode) {
	at := n
	nodes := []ast.Node{n}
	if list, ok := j.follow(n).(*ast.SequenceNode); ok {
		nodes = list.Values
	}
	for _, n := range nodes {
		m, ok := j.follow(n).(*ast.MappingNode)
		if !ok {
			j.fail(at, "<< must have a mapping to merge, or a list of mappings")
			return nil
		}
		all = append(all, m)
	}
	return all
}
