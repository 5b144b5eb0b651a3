package kratos_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/go-kratos/kratos/v2/config"
	"github.com/go-kratos/kratos/v2/config/file"

	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/rules"
	"github.com/go-fusebox/fusebox/kratos"
)

func ExampleWatchRules() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	save := func(text string) { _ = os.WriteFile(filepath.Join(dir, "breakers.yaml"), []byte(text), 0o600) }
	save(`
breakers:
  "*":
    settings: {threshold: 0.4}
  /orders.v1.Orders/*: {mode: observe}
`)
	c := config.New(config.WithSource(file.NewSource(dir)))
	defer c.Close()
	if err := c.Load(); err != nil {
		fmt.Println(err)
		return
	}

	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	breakers := group.New(nil) // for kratos.Client(kratos.WithGroup(breakers))
	reloads := make(chan error)
	err = kratos.WatchRules(ctx, c, "breakers", breakers, func(done rules.Changes, err error) {
		fmt.Println("reload:", done)
		reloads <- err
	})
	if err != nil {
		fmt.Println(err) // the service had better not start
		return
	}
	fmt.Println(breakers.Get("/orders.v1.Orders/Get").Allow())

	save("breakers: {/orders.v1.Orders/*: {mode: force-open}}\n")
	fmt.Println(<-reloads)
	fmt.Println(breakers.Get("/orders.v1.Orders/Get").Allow() != nil)
	// Output:
	// <nil>
	// reload: 0 kept, 1 updated, 0 replaced
	// <nil>
	// true
}
