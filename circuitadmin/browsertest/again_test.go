package browsertest_test

import (
	"errors"
	"net"
	"net/http"
	"testing"

	"github.com/go-fusebox/fusebox/circuitadmin"
	"github.com/go-fusebox/fusebox/core/group"
)

// A server that restarts has other ids for its breakers, and forgot what was before. The
// page says that what it shows is old, comes back by itself, and keeps the reader's place.
func TestPageComesBackAfterRestart(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()

	before := group.New(firm)
	succeed(before.Get("gone"), 1)
	succeed(before.Get("stays"), 1)
	stop := serve(t, listener, before)
	p := open(t, "http://"+address+"/breakers/", look{})
	p.expectLoss = true
	p.live()
	p.clickRow("stays")
	p.wait("the details", `document.querySelector("#panel-key").textContent === "stays"`)
	p.click("#panel [data-mode=force-open]")
	p.wait("the question", `!document.querySelector(".confirm").hidden`)

	stop()
	p.wait("the loss to be told", `document.querySelector("#connection").innerText === "Reconnecting" && document.querySelector("#lost").checkVisibility()`)
	if !eval[bool](p, `return getComputedStyle(document.querySelector("#rows")).opacity < 1`) {
		t.Error("rows that are old look as if they were not")
	}

	if listener, err = net.Listen("tcp", address); err != nil {
		t.Fatal(err)
	}
	after := group.New(firm)
	fail(after.Get("new"), 10)
	succeed(after.Get("stays"), 3)
	t.Cleanup(serve(t, listener, after))
	p.live()
	p.wait("the rows of the new server", row("new")+" && "+row("stays")+" && !"+row("gone"))
	p.wait("no word of a loss", `!document.querySelector("#lost").checkVisibility() && !document.body.classList.contains("stale")`)
	p.wait("the details as they were", `document.querySelector("#panel-key").textContent === "stays"`)
	p.wait("the question, which waits for its answer", `!document.querySelector(".confirm").hidden && document.activeElement.id === "confirm-no"`)
	p.wait("the row still picked", "("+row("stays")+`).getAttribute("aria-selected") === "true"`)
}

// serve serves g until stop, which ends all connections.
func serve(t *testing.T, listener net.Listener, g *group.Group) (stop func()) {
	t.Helper()
	server := &http.Server{Handler: mount(t, map[string]*group.Group{"orders": g}, circuitadmin.WithAuthorizer(ann))}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	return func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	}
}
