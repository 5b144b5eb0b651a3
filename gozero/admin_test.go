package gozero_test

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zeromicro/go-zero/rest"

	"github.com/go-fusebox/fusebox/circuitadmin"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/guard"
	"github.com/go-fusebox/fusebox/gozero"
)

func TestAdminInARESTServer(t *testing.T) {
	g := group.New(guard.DefaultBreaker)
	g.Get("GET:///items").MarkSuccess()
	admin, err := circuitadmin.New(map[string]*group.Group{"items": g},
		circuitadmin.WithAuthorizer(func(*http.Request) (string, error) { return "ops", nil }))
	must(t, err)
	base := serveREST(t, func(s *rest.Server) { gozero.MountAdmin(s, "/breakers/", admin) })

	for path, want := range map[string]int{
		"/breakers": 200, "/breakers/": 200, "/breakers/app.js": 200, "/breakers/snapshot": 200,
		"/breakers/nothing": 404, "/breakers/snapshot/": 404, "/breakers/a/b": 404,
	} {
		resp, err := client.Get(base + path)
		must(t, err)
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("GET %s: %d, want %d", path, resp.StatusCode, want)
		}
		if path == "/breakers" && resp.Request.URL.Path != "/breakers/" {
			t.Errorf("the page stands at %s, where its relative addresses lead elsewhere", resp.Request.URL.Path)
		}
	}
	stay := &http.Client{Transport: client.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := stay.Get(base + "//elsewhere.example/../breakers")
	must(t, err)
	_ = resp.Body.Close()
	if to := resp.Header.Get("Location"); to != "/breakers/" {
		t.Errorf("a request for //elsewhere.example/../breakers is sent to %q", to)
	}
	resp, err = client.Post(base+"/breakers/mode", "application/json",
		strings.NewReader(`{"group": "items", "key": "GET:///items", "mode": "force-open", "for": "1h"}`))
	must(t, err)
	_ = resp.Body.Close()
	if s := g.Get("GET:///items").(circuit.Reporter).Snapshot(); resp.StatusCode != http.StatusOK || s.Mode != circuit.ForceOpen {
		t.Errorf("forced open: %d, the breaker is in mode %v", resp.StatusCode, s.Mode)
	}
}

// The timeout of the server, 50 ms here, ended streams, and the page came back every
// two seconds.
func TestAdminStreamsOutliveTheTimeout(t *testing.T) {
	g := group.New(guard.DefaultBreaker)
	g.Get("key")
	admin, err := circuitadmin.New(map[string]*group.Group{"items": g})
	must(t, err)
	base := serveREST(t, func(s *rest.Server) {
		gozero.MountAdmin(s, "/breakers", admin)
	}, func(c *rest.RestConf) { c.Timeout = 50 })
	for path, ticks := range map[string]string{"/breakers/stream": "event: tick", "/breakers/hystrix.stream": "data: {"} {
		resp, err := client.Get(base + path)
		must(t, err)
		lines := bufio.NewScanner(resp.Body)
		lines.Buffer(nil, 1<<20)
		for seen, start := 0, time.Now(); seen < 3; {
			if !lines.Scan() {
				t.Fatalf("%s ended after %v: %v", path, time.Since(start), lines.Err())
			}
			if strings.HasPrefix(lines.Text(), ticks) {
				seen++
			}
		}
		_ = resp.Body.Close()
	}
}
