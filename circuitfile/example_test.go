package circuitfile_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/go-fusebox/fusebox/circuitfile"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/rules"
)

func ExampleWatch() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "breakers.yaml")
	save := func(text string) {
		_ = os.WriteFile(path+".new", []byte(text), 0o600)
		_ = os.Rename(path+".new", path)
	}
	save(`"*": {mode: observe}`)

	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	breakers := group.New(nil) // which adapters take by WithGroup
	reloads := make(chan error)
	err = circuitfile.Watch(ctx, path, breakers, func(done rules.Changes, err error) {
		fmt.Println("reload:", done)
		reloads <- err
	})
	if err != nil {
		fmt.Println(err) // the service had better not start
		return
	}
	fmt.Println(breakers.Get("/users.v1.Users/Get").Allow())

	save(`/users.v1.Users/*: {mode: force-open}`)
	fmt.Println(<-reloads)
	fmt.Println(breakers.Get("/users.v1.Users/Get").Allow() != nil)
	// Output:
	// <nil>
	// reload: 0 kept, 1 updated, 0 replaced
	// <nil>
	// true
}

func ExampleParse() {
	_, err := circuitfile.Parse("breakers.yaml", []byte(`
"*":
  settings: &usual
    threshold: 0.4
    probes: 4
/orders.v1.Orders/*:
  mode: observe
  settings:
    <<: *usual
    threshold: 40
`))
	fmt.Println(err)
	// Output:
	// rules: line 10: rule "/orders.v1.Orders/*": settings.threshold is 40, must be from 0.05 to 0.95
}
