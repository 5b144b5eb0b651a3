package gozero

import (
	"context"
	"fmt"

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
	read := func() (any, *rules.Rules, error) {
		document, r, err := readRules(cc, pick)
		if err != nil {
			err = fmt.Errorf("gozero: %w", err)
			return found{document, err.Error()}, nil, err
		}
		return found{document: document}, r, nil
	}
	if err := ctx.Err(); err != nil { // a listener is one for good
		return err
	}
	k := rules.NewKeeper(g, onReload)
	cc.AddListener(func() { k.Reload(ctx, read) })
	return k.Start(ctx, read)
}

// found is a document, and what is wrong with it or keeps it from being had.
type found struct {
	document rules.Document
	trouble  string
}

func readRules[T any](cc Configurator[T], pick func(T) rules.Document) (rules.Document, *rules.Rules, error) {
	config, err := cc.GetConfig()
	if err != nil {
		return nil, nil, err
	}
	document := pick(config)
	r, err := document.Compile()
	return document, r, err
}
