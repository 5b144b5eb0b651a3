package circuitfile

import (
	"fmt"

	"github.com/goccy/go-yaml/token"

	"github.com/go-fusebox/fusebox/core/rules"
)

// shape is that of a YAML document, as far as the parser can be lost in it: it calls
// itself for each level, and for each further line of a block, and copies the rest of
// that each time. A file of 4 MB could take it hours, or more stack than Go allows.
type shape struct {
	blocks  []block // outermost first
	flow    int     // brackets and braces that are open
	dashes  int     // in this line
	anchors int     // in a row
	line    int     // of the token before
	about   int     // the line of a directive
	begun   bool    // there was something of the document
	ended   bool    // and then its end
}

// block is what stands side by side.
type block struct{ indent, lines int }

// maxLines is somewhat more than there may be rules, which are counted later.
const maxLines = rules.MaxRules + 100

// check finds the first thing that no document of rules has.
func check(tokens token.Tokens) error {
	var s shape
	for i, tk := range tokens {
		name := i > 0 && tokens[i-1].Type == token.AnchorType
		if wrong := s.next(tk, name); wrong != "" {
			return &rules.Error{Line: tk.Position.Line, Want: wrong}
		}
	}
	return nil
}

// next returns what is wrong with a token, which may be the name of an anchor.
func (s *shape) next(tk *token.Token, name bool) (wrong string) {
	switch {
	case tk.Type == token.CommentType || tk.Type == token.InvalidType: // of which the parser tells
		return ""
	case tk.Type == token.DocumentHeaderType || tk.Type == token.DocumentEndType:
		s.ended = s.begun
		return ""
	case tk.Type == token.DirectiveType:
		s.about = tk.Position.Line
		return ""
	case tk.Position.Line == s.about:
		return ""
	case s.ended:
		return "a second document begins, must be one"
	case tk.Type == token.TagType:
		return fmt.Sprintf("%.100q can't be read here, must be plain YAML", tk.Value)
	}
	s.begun = true
	if tk.Position.Line != s.line {
		s.line, s.dashes = tk.Position.Line, 0
		if s.flow == 0 {
			s.indented(tk.Position.Column)
		}
	}
	switch tk.Type {
	case token.SequenceEntryType:
		s.dashes++
	case token.SequenceStartType, token.MappingStartType:
		s.flow++
	case token.SequenceEndType, token.MappingEndType:
		s.flow--
	}
	switch {
	case tk.Type == token.AnchorType:
		s.anchors++
	case !name:
		s.anchors = 0
	}
	switch n := len(s.blocks); {
	case n+s.flow+s.dashes+s.anchors > maxDepth:
		return fmt.Sprintf("the document has more than %d levels", maxDepth)
	case n > 0 && s.blocks[n-1].lines > maxLines:
		return fmt.Sprintf("the document has more than %d rules", rules.MaxRules)
	}
	return ""
}

// indented takes in a line.
func (s *shape) indented(by int) {
	for len(s.blocks) > 0 && s.blocks[len(s.blocks)-1].indent > by {
		s.blocks = s.blocks[:len(s.blocks)-1]
	}
	if len(s.blocks) == 0 || s.blocks[len(s.blocks)-1].indent < by {
		s.blocks = append(s.blocks, block{indent: by})
	}
	s.blocks[len(s.blocks)-1].lines++
}

// brief is s, or the beginning of it, for an error.
func brief(s string) string { return fmt.Sprintf("%.300s", s) }
