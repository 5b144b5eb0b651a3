package gozero

import (
	"context"
	"fmt"
	"reflect"
	"sync"

	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/rules"
)

// Configurator is what [WatchRules] needs of go-zero's configcenter: its Configurator is
// one. It is named here so that the adapter doesn't bring in etcd's client.
type Configurator[T any] interface {
	GetConfig() (T, error)
	AddListener(listener func())
}

// WatchRules puts the rules that pick finds in the config of cc in force in g, as
// [rules.Document.Compile] and [rules.Rules.Apply] do, and from then on until ctx ends
// whenever they change. If they can't be had or are bad at first, that is an error, and
// g isn't changed. In the config a document is a field like any other:
//
//	type Config struct {
//		rest.RestConf
//		Breakers rules.Document
//	}
//
// After each change onReload, which may be nil, is told what was done, or why the rules
// or the whole config can't be taken; then the last good rules stay in force. Calls come
// one at a time, and panics in them are contained. What is under way when ctx ends is
// finished.
//
// go-zero passes over fields that a rule doesn't have, so that one that is misspelt is
// not found; settings that are misspelt are. No rules at all, where the field is
// optional, are an empty document.
func WatchRules[T any](ctx context.Context, cc Configurator[T], pick func(T) rules.Document, g *group.Group, onReload func(rules.Changes, error)) error {
	w := &rulesWatch{ctx: ctx, group: g, tell: onReload, document: func() (rules.Document, error) {
		config, err := cc.GetConfig()
		if err != nil {
			return nil, err
		}
		return pick(config), nil
	}}
	if err := ctx.Err(); err != nil { // a listener is one for good
		return err
	}
	cc.AddListener(w.reload)
	return w.start()
}

// rulesWatch is one WatchRules.
type rulesWatch struct {
	ctx      context.Context
	document func() (rules.Document, error)
	group    *group.Group
	tell     func(rules.Changes, error)

	mu      sync.Mutex // go-zero calls in a goroutine of its own for each change
	started bool
	known   found // what was dealt with last
}

// found is a document, or why there is none.
type found struct {
	document rules.Document
	trouble  string
}

// start applies what is there now, after the listener is in its place: no change is missed.
func (w *rulesWatch) start() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	now, r, err := w.read()
	if err == nil {
		err = w.ctx.Err()
	}
	if err != nil {
		return err
	}
	r.Apply(w.group)
	w.known, w.started = now, true
	return nil
}

func (w *rulesWatch) reload() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.started || w.ctx.Err() != nil {
		return
	}
	now, r, err := w.read()
	if reflect.DeepEqual(now, w.known) {
		return
	}
	w.known = now
	var done rules.Changes
	if err == nil {
		done = r.Apply(w.group)
	}
	if w.tell == nil {
		return
	}
	defer func() { _ = recover() }()
	w.tell(done, err)
}

func (w *rulesWatch) read() (now found, r *rules.Rules, err error) {
	if now.document, err = w.document(); err == nil {
		r, err = now.document.Compile()
	}
	if err != nil {
		err = fmt.Errorf("gozero: %w", err)
		now.trouble = err.Error()
	}
	return now, r, err
}
