package circuithttp_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"

	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// All in one: a proxy whose transport and handler are guarded, before a guarded
// server.
func TestUpgradeThroughAProxy(t *testing.T) {
	srv := httptest.NewServer(circuithttp.Handler(http.HandlerFunc(upgrading)))
	t.Cleanup(srv.Close)
	target, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	b := newBreaker(t, calm)
	front := httptest.NewServer(circuithttp.Handler(&httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport: newClient(srv).Transport,
	}, by(b)))
	t.Cleanup(front.Close)
	conn := upgrade(t, front.Client(), front.URL)
	converse(t, conn)
	conn.Close()
	waitTotal(t, b, circuit.Counts{Successes: 1})
}

// A proxy's client that goes away in the middle of an upload looks to the proxy
// like a call that failed; it must count neither against the backend nor
// against the proxy.
func TestProxysClientThatLeavesIsIgnored(t *testing.T) {
	reached := make(chan struct{}, 1)
	backend := newServer(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadFull(r.Body, make([]byte, 4))
		reached <- struct{}{}
		_, _ = io.Copy(io.Discard, r.Body)
	})
	target, err := url.Parse(backend.URL)
	if err != nil {
		t.Fatal(err)
	}
	toBackend, ofProxy := newBreaker(t, calm), newBreaker(t, calm)
	proxy := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport: circuithttp.NewTransport(backend.Client().Transport, by(toBackend)),
		ErrorLog:  log.New(io.Discard, "", 0),
	}
	front := httptest.NewServer(circuithttp.Handler(proxy, by(ofProxy)))
	t.Cleanup(front.Close)

	conn := dial(t, front)
	fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: front\r\nContent-Length: 1000\r\n\r\nhalf")
	wait(t, "the backend", reached)
	conn.Close()
	waitTotal(t, toBackend, circuit.Counts{Ignored: 1})
	waitTotal(t, ofProxy, circuit.Counts{Ignored: 1})
}
