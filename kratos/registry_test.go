package kratos_test

import (
	"context"

	"github.com/go-kratos/kratos/v2/registry"
)

// fixed is a registry whose services don't change.
type fixed []*registry.ServiceInstance

func register(over string, addresses ...string) fixed {
	var f fixed
	for _, a := range addresses {
		f = append(f, &registry.ServiceInstance{ID: a, Name: "greeter", Endpoints: []string{over + "://" + a + "?isSecure=false"}})
	}
	return f
}

func (f fixed) GetService(context.Context, string) ([]*registry.ServiceInstance, error) {
	return f, nil
}

func (f fixed) Watch(ctx context.Context, _ string) (registry.Watcher, error) {
	w := &watcher{first: make(chan []*registry.ServiceInstance, 1)}
	w.ctx, w.cancel = context.WithCancel(ctx)
	w.first <- f
	return w, nil
}

type watcher struct {
	ctx    context.Context
	cancel context.CancelFunc
	first  chan []*registry.ServiceInstance
}

func (w *watcher) Next() ([]*registry.ServiceInstance, error) {
	select {
	case nodes := <-w.first:
		return nodes, nil
	case <-w.ctx.Done():
		return nil, w.ctx.Err()
	}
}

func (w *watcher) Stop() error {
	w.cancel()
	return nil
}
