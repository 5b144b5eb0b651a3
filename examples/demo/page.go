package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/go-fusebox/fusebox/circuitadmin"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/examples/internal/program"
)

// page is the live page of all breakers, on a server of its own.
type page struct {
	url    string
	server *http.Server
	served chan struct{} // closed when the server has ended
	blind  func()        // ends the sampling that goes on while nobody looks
}

// openPage serves it at address.
func (d *demo) openPage(ctx context.Context, address string) error {
	groups := map[string]*group.Group{}
	for _, l := range d.lanes {
		groups[l.name] = l.group
	}
	admin, err := circuitadmin.New(groups,
		circuitadmin.WithAuthorizer(program.Loopback),
		circuitadmin.WithAudit(func(c circuitadmin.Change) {
			d.tell(fmt.Sprintf("%s %s: mode %s -> %s, by %s", c.Group, c.Key, c.From, c.To, c.Who))
		}))
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/breakers/", http.StripPrefix("/breakers", admin))
	p := &page{
		url:    "http://" + listener.Addr().String() + "/breakers/",
		server: &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second},
		served: make(chan struct{}),
	}
	watching, stop := context.WithCancel(ctx)
	var watch sync.WaitGroup
	watch.Go(func() { admin.Watch(watching) }) // so that who opens it late sees the minute before
	p.blind = func() {
		stop()
		watch.Wait()
	}
	go func() {
		defer close(p.served)
		if err := p.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			d.tell("the page's server ended: " + err.Error())
		}
	}()
	d.page = p
	return nil
}

func (p *page) close() {
	_ = p.server.Close()
	<-p.served
	p.blind()
}
