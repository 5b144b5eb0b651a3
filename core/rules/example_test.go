package rules_test

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/rules"
)

func ExampleParse() {
	r, err := rules.Parse([]byte(`{
		"*":                   {"settings": {"threshold": 0.4}},
		"/shop.Cart/*":        {"mode": "observe"},
		"/shop.Cart/Checkout": {"engine": "hystrix", "settings": {"sleepWindow": "500ms"}},
		"/grpc.health.v1.*":   {"enabled": false}
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	g := group.New(r.Breaker)
	for _, key := range []string{"/shop.Cart/Add", "/shop.Cart/Checkout", "/grpc.health.v1.Health/Check"} {
		fmt.Printf("%T, %s\n", g.Get(key), r.For(key).Pattern)
	}
	// Output:
	// *credit.Breaker, /shop.Cart/*
	// *hystrix.Breaker, /shop.Cart/Checkout
	// circuit.Disabled, /grpc.health.v1.*
}

// Everything that is wrong is told at once, and nothing of the document is in force.
func ExampleError() {
	_, err := rules.Parse([]byte(`{
		"*":            {"settings": {"threshold": 2}},
		"/shop.Cart/*": {"mode": "on", "settings": {"probeInterval": 500}}
	}`))
	fmt.Println(err)
	if first, ok := errors.AsType[*rules.Error](err); ok {
		fmt.Println(first.Line, first.Rule, first.Field)
	}
	// Output:
	// rules: line 2: rule "*": settings.threshold is 2, must be from 0.05 to 0.95
	// rules: line 3: rule "/shop.Cart/*": mode is "on", must be auto, observe, force-open or force-close
	// rules: line 3: rule "/shop.Cart/*": settings.probeInterval is 500, must be a duration such as "500ms"
	// 2 * settings.threshold
}

func ExampleDocument_Compile() {
	r, err := rules.Document{
		"*":            {Engine: "sre", Settings: map[string]any{"window": 5 * time.Second}},
		"/shop.Cart/*": {Settings: map[string]any{"k": 1.5}},
	}.Compile()
	if err != nil {
		fmt.Println(err)
		return
	}
	rule := r.For("/shop.Cart/Add").Rule
	fmt.Println(rule.Engine, rule.Settings["k"], rule.Settings["window"])
	// Output: sre 1.5 5s
}

func ExampleRules_Apply() {
	must := func(r *rules.Rules, err error) *rules.Rules {
		if err != nil {
			panic(err)
		}
		return r
	}
	g := group.New(must(rules.Parse([]byte(`{"/a": {"engine": "hystrix"}}`))).Breaker)
	for range 20 {
		g.Get("/a").MarkFailed()
	}
	g.Get("/b")
	g.Get("/c")

	r := must(rules.Parse([]byte(`{
		"/a": {"engine": "hystrix"},
		"/b": {"settings": {"depth": 20}},
		"/c": {"engine": "sre"}
	}`)))
	fmt.Println(r.Apply(g))
	fmt.Println("/a allows a call:", g.Get("/a").Allow() == nil)
	fmt.Println(r.Apply(g))
	// Output:
	// 1 kept, 1 updated, 1 replaced
	// /a allows a call: false
	// 2 kept, 0 updated, 0 replaced
}

func ExampleRules_Breaker() {
	r, err := rules.Parse([]byte(`{"/maintenance/*": {"mode": "force-open"}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	g := group.New(r.Breaker)
	fmt.Println(errors.Is(g.Get("/maintenance/now").Allow(), circuit.ErrNotAllowed))
	// Output: true
}

func ExampleRules_For() {
	r, err := rules.Parse([]byte(`{"*": {"mode": "observe"}, "/shop.*": {"engine": "sre", "settings": {"k": 3}}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.For("/shop.Cart/Add"))
	// Output:
	// {"key":"/shop.Cart/Add","pattern":"/shop.*","rule":{"engine":"sre","settings":{"buckets":10,"k":3,"maxDropRatio":1,"minRequests":20,"probeInterval":"1s","window":"3s"},"mode":"observe","enabled":true}}
}

// Editors read the schema from a file, which a document names by "$schema".
func ExampleSchema() {
	fmt.Println(strings.Contains(string(rules.Schema()), "https://json-schema.org/draft/2020-12/schema"))
	// Output: true
}
