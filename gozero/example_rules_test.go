package gozero_test

import (
	"context"
	"fmt"

	configurator "github.com/zeromicro/go-zero/core/configcenter"

	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/rules"
	"github.com/go-fusebox/fusebox/gozero"
)

func ExampleWatchRules() {
	type Config struct {
		Name     string
		Breakers rules.Document
	}
	source := &subscriber{content: `
Name: users
Breakers:
  "*":
    settings: {threshold: 0.4}
  /orders.v1.Orders/*: {mode: observe}
`} // in a service: subscriber.MustNewEtcdSubscriber, for example
	cc := configurator.MustNewConfigCenter[Config](configurator.Config{Type: "yaml"}, source)

	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	breakers := group.New(nil) // for gozero.UnaryClientInterceptor(gozero.WithGroup(breakers))
	reloads := make(chan error)
	err := gozero.WatchRules(ctx, cc, func(c Config) rules.Document { return c.Breakers }, breakers,
		func(done rules.Changes, err error) {
			fmt.Println("reload:", done)
			reloads <- err
		})
	if err != nil {
		fmt.Println(err) // the service had better not start
		return
	}
	fmt.Println(breakers.Get("/orders.v1.Orders/Get").Allow())

	source.set("Name: users\nBreakers: {/orders.v1.Orders/*: {mode: force-open}}\n")
	fmt.Println(<-reloads)
	fmt.Println(breakers.Get("/orders.v1.Orders/Get").Allow() != nil)
	// Output:
	// <nil>
	// reload: 0 kept, 1 updated, 0 replaced
	// <nil>
	// true
}
