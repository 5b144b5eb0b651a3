package circuitfile

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/go-fusebox/fusebox/core/rules"
)

// Parse reads a document in JSON or YAML, as the extension of its file's name says:
// .json, .yaml or .yml. What is wrong is told as by [rules.Parse], by an
// [*rules.Error] for each thing, with the line in the text. A document that is empty
// is wrong, as it is most often one that is being written: {} is one without rules.
//
// In YAML, anchors, aliases and merge keys may be used, tags may not; there must be one
// document, no key twice, and no more than 20 levels. A number that begins with 0 is octal.
func Parse(name string, data []byte) (*rules.Rules, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	var parse func([]byte) (*rules.Rules, error)
	switch ext := strings.ToLower(filepath.Ext(name)); ext {
	case ".json":
		parse = rules.Parse
	case ".yaml", ".yml":
		parse = parseYAML
	default:
		return nil, fmt.Errorf("circuitfile: the extension of %q must be .json, .yaml or .yml", filepath.Base(name))
	}
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return nil, empty(1)
	case len(data) > rules.MaxBytes:
		return nil, tooLarge(int64(len(data)))
	}
	return parse(data)
}

func empty(line int) error {
	return &rules.Error{Line: line, Want: "the document is empty, must be {} if there are no rules"}
}

func tooLarge(size int64) error {
	return &rules.Error{Want: fmt.Sprintf("the document has %d bytes, must be at most %d", size, rules.MaxBytes)}
}
