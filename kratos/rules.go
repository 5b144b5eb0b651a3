package kratos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/go-kratos/kratos/v2/config"

	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/rules"
)

// WatchRules puts the rules that c, which is loaded, has under key in force in g, as
// [rules.Parse] and [rules.Rules.Apply] do, and from then on until ctx ends whenever
// they change. Under the key is a document, a map of patterns to rules, or text that is
// one in JSON. If it is missing or bad at first, that is an error, and g isn't changed.
//
// After each change onReload, which may be nil, is told what was done, or why the rules
// can't be taken; then the last good ones stay in force. Calls come one at a time, and
// panics in them are contained. What is under way when ctx ends is finished.
//
// Kratos' config sets limits. It has one observer for a key: a second call for the same
// one takes the first one's place. It merges what is new into what was there, so that a
// rule or setting that is deleted stays until the process starts anew; where that
// matters, give the document as text, which is replaced whole. It tells nobody of a
// value that turns from a map to text, or back, and an update that leaves the key
// without any value ends the process: write {}. Its file source must be given a
// directory, as it loses sight of a single file that is replaced, and doesn't see the
// updates of a volume that Kubernetes makes of a ConfigMap. For rules in a file there is
// package circuitfile, too, which has none of these limits.
func WatchRules(ctx context.Context, c config.Config, key string, g *group.Group, onReload func(rules.Changes, error)) error {
	source := rulesSource{c, key}
	if _, _, err := source.read(); err != nil { // or Kratos might panic
		return err
	}
	if err := ctx.Err(); err != nil { // or this would take the place of one that works
		return err
	}
	k := rules.NewKeeper(g, onReload)
	if err := c.Watch(key, func(string, config.Value) { k.Reload(ctx, source.read) }); err != nil {
		return fmt.Errorf("kratos: rules under %q: %w", key, err)
	}
	return k.Start(ctx, source.read)
}

// rulesSource is where one WatchRules finds its rules.
type rulesSource struct {
	config config.Config
	key    string
}

// read is the document in the config's newest state, which Kratos may not have told of
// yet. The text tells one from another, and one error from another.
func (s rulesSource) read() (text any, r *rules.Rules, err error) {
	document, err := s.find()
	if err == nil {
		r, err = parseRules(document)
	}
	if err != nil {
		err = fmt.Errorf("kratos: rules under %q: %w", s.key, err)
		return string(document) + err.Error(), nil, err
	}
	return string(document), r, nil
}

// find is what is under the key, in JSON. Config.Value would give away maps that Kratos
// may be writing to.
func (s rulesSource) find() (json.RawMessage, error) {
	var at json.RawMessage
	if err := s.config.Scan(&at); err != nil {
		return nil, err
	}
	for part := range strings.SplitSeq(s.key, ".") {
		var within map[string]json.RawMessage
		if json.Unmarshal(at, &within) != nil {
			return nil, config.ErrNotFound
		}
		at = within[part]
	}
	if len(at) == 0 || string(at) == "null" {
		return nil, config.ErrNotFound
	}
	return at, nil
}

// parseRules reads a document, or one that is JSON within JSON, which alone has lines.
func parseRules(document json.RawMessage) (*rules.Rules, error) {
	var text string
	if json.Unmarshal(document, &text) == nil {
		return rules.Parse([]byte(text))
	}
	r, err := rules.Parse(document)
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, err := range joined.Unwrap() {
			if e, ok := errors.AsType[*rules.Error](err); ok {
				e.Line = 0
			}
		}
	}
	return r, err
}
