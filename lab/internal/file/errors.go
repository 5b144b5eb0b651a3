package file

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// Error is one thing that is wrong in a file.
type Error struct {
	File         string
	Line, Column int // from 1
	Text         string
}

// Error is what editors and terminals make a link of: file:line:column: text.
func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Text)
}

// reader gathers what is wrong in a file.
type reader struct {
	name   string
	places map[string]place // of the fields, by their path
	errs   []*Error
}

// place is where something stands in the file, from 1.
type place struct{ line, column int }

// given tells whether the file has the field at path.
func (r *reader) given(path string) bool {
	_, ok := r.places[path]
	return ok
}

// fail adds an error about the field at path, or about the nearest one around it
// that the file has.
func (r *reader) fail(path, format string, args ...any) {
	at, ok := r.places[path]
	for !ok {
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
		at, ok = r.places[path]
	}
	r.errs = append(r.errs, &Error{r.name, at.line, at.column, fmt.Sprintf(format, args...)})
}

// syntax adds the error of the YAML parser.
func (r *reader) syntax(err error) {
	text := err.Error()
	if wrong, ok := errors.AsType[yaml.Error](err); ok {
		text = wrong.GetMessage()
		if t := wrong.GetToken(); t != nil && t.Position != nil {
			r.places[""] = place{max(1, t.Position.Line), max(1, t.Position.Column)}
		}
	}
	r.fail("", "%s", text)
}

// err joins the errors in the order of their lines.
func (r *reader) err() error {
	const most = 20
	slices.SortStableFunc(r.errs, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	var joined []error
	for i, e := range r.errs {
		if i == most {
			joined = append(joined, fmt.Errorf("%s: %d more errors", r.name, len(r.errs)-most))
			break
		}
		joined = append(joined, e)
	}
	return errors.Join(joined...)
}
