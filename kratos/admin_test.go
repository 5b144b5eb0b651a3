package kratos_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	khttp "github.com/go-kratos/kratos/v2/transport/http"

	"github.com/go-fusebox/fusebox/circuitadmin"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/guard"
)

// Kratos ends the context of every request after its timeout, 50 ms here: that must not
// end a stream.
func TestAdminInAKratosServer(t *testing.T) {
	g := group.New(guard.DefaultBreaker)
	g.Get(opHello)
	admin, err := circuitadmin.New(map[string]*group.Group{"greeter": g},
		circuitadmin.WithAuthorizer(func(*http.Request) (string, error) { return "ops", nil }))
	if err != nil {
		t.Fatal(err)
	}
	srv := khttp.NewServer(khttp.Address("127.0.0.1:0"), khttp.Timeout(50*time.Millisecond))
	srv.HandlePrefix("/breakers/", http.StripPrefix("/breakers", admin))
	at, err := srv.Endpoint()
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Start(t.Context()) }()
	defer func() {
		if err := srv.Stop(context.Background()); err != nil { // which streams don't hold up
			t.Error(err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

	for path, want := range map[string]int{"/breakers/": 200, "/breakers/app.js": 200, "/breakers/snapshot": 200, "/breakers/nothing": 404} {
		resp, err := client.Get(at.String() + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("GET %s: %d, want %d", path, resp.StatusCode, want)
		}
	}
	resp, err := client.Post(at.String()+"/breakers/mode", "application/json",
		strings.NewReader(`{"group": "greeter", "key": "`+opHello+`", "mode": "force-open"}`))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if s := g.Get(opHello).(circuit.Reporter).Snapshot(); resp.StatusCode != http.StatusOK || s.Mode != circuit.ForceOpen {
		t.Errorf("forced open: %d, the breaker is in mode %v", resp.StatusCode, s.Mode)
	}
	for path, ticks := range map[string]string{"/breakers/stream": "event: tick", "/breakers/hystrix.stream": "data: {"} {
		resp, err := client.Get(at.String() + path)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(resp.Body)
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
