package main

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/go-fusebox/fusebox/core/circuit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const shop, mail = "GET shop", "GET mail"

// log is what the service writes, by any of its goroutines.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// under is a service that is operated by the test.
type under struct {
	*testing.T
	*service
	file, url string
	log       *log
	reloaded  chan error
}

func begin(t *testing.T) *under {
	t.Helper()
	u := &under{T: t, file: filepath.Join(t.TempDir(), "breakers.yaml"), log: &log{}, reloaded: make(chan error, 10)}
	u.write(string(firstRules))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	u.url = "http://" + listener.Addr().String()
	if u.service, err = start(t.Context(), listener, u.file, slog.New(slog.NewTextHandler(u.log, nil)), func(err error) { u.reloaded <- err }); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(u.stop)
	return u
}

func (u *under) write(rules string) {
	u.Helper()
	if err := os.WriteFile(u.file, []byte(rules), 0o600); err != nil {
		u.Fatal(err)
	}
}

// calls makes n calls of a backend, and returns how many were refused.
func (u *under) calls(name string, n int) (refused int) {
	u.Helper()
	for range n {
		if err := u.call(u.Context(), name); errors.Is(err, circuit.ErrNotAllowed) {
			refused++
		} else if err != nil {
			u.Fatal(err)
		}
	}
	return refused
}

func (u *under) snapshot(key string) circuit.Snapshot {
	u.Helper()
	r, ok := circuit.As[circuit.Reporter](u.breakers.Get(key))
	if !ok {
		u.Fatalf("%s: %T doesn't report", key, u.breakers.Get(key))
	}
	return r.Snapshot()
}

// metrics are what Prometheus would scrape.
func (u *under) metrics() string {
	u.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(u.url + "/metrics")
	if err != nil {
		u.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		u.Fatal(err)
	}
	return string(text)
}

func (u *under) wants(text string, parts ...string) {
	u.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			u.Errorf("there is no %q in\n%s", part, text)
		}
	}
}

// The shop's breaker follows its rule, the mail's only watches; rules, metrics, log and
// page tell the same.
func TestRulesMetricsAndLog(t *testing.T) {
	u := begin(t)
	u.backends["shop"].failing.Store(true)
	u.backends["mail"].failing.Store(true)
	if refused := u.calls("shop", 30); refused != 10 { // it judges from the 20th call on
		t.Errorf("%d of 30 calls of the failing shop were refused, want 10", refused)
	}
	if refused := u.calls("mail", 30); refused != 0 {
		t.Errorf("%d of 30 calls of the mail were refused, which is only observed", refused)
	}
	if s := u.snapshot(shop); s.Engine != "hystrix" || s.State != circuit.Open {
		t.Errorf("the shop's breaker shows %+v", s)
	}
	mailed := u.snapshot(mail)
	if mailed.Engine != "credit" || mailed.Mode != circuit.Observe || mailed.Total.WouldRefuse == 0 || mailed.Total.Failures != 30 {
		t.Errorf("the mail's breaker shows %+v", mailed)
	}
	u.wants(u.metrics(),
		`circuit_breaker_call_refused_total{circuit_breaker_group_name="backends",circuit_breaker_key="GET shop"} 10`,
		`circuit_breaker_call_refused_total{circuit_breaker_group_name="backends",circuit_breaker_key="GET mail"} 0`,
		`circuit_breaker_call_finished_total{circuit_breaker_group_name="backends",circuit_breaker_key="GET shop",circuit_breaker_outcome="failure"} 20`,
		`circuit_breaker_state{circuit_breaker_group_name="backends",circuit_breaker_key="GET shop",circuit_breaker_state="open"} 1`,
	)
	u.wants(u.log.String(), `key="GET shop" from=closed to=open`, `key="GET mail" from=closed to=open`)
}

// The rules change under a running service: what did not change keeps its window, and a
// bad document changes nothing.
func TestReload(t *testing.T) {
	u := begin(t)
	if refused := u.calls("shop", 15) + u.calls("mail", 15); refused != 0 {
		t.Fatalf("%d calls of healthy backends were refused", refused)
	}
	before := u.breakers.Get(shop)

	u.write(strings.Replace(string(firstRules), "mode: observe", "mode: force-open", 1))
	if err := <-u.reloaded; err != nil {
		t.Fatal(err)
	}
	if refused := u.calls("mail", 5); refused != 5 {
		t.Errorf("%d of 5 calls of the mail were refused, want all", refused)
	}
	if u.breakers.Get(shop) != before || u.snapshot(shop).Window.Successes != 15 {
		t.Errorf("the shop's breaker, whose rule did not change, shows %+v", u.snapshot(shop))
	}

	u.write(strings.Replace(string(firstRules), "threshold: 0.5", "threshold: 1.5", 1))
	err := <-u.reloaded
	if err == nil {
		t.Fatal("a threshold of 1.5 was taken")
	}
	u.wants(err.Error(), "line 4", `rule "*"`, "settings.threshold is 1.5")
	if refused := u.calls("mail", 5); refused != 5 {
		t.Errorf("after a bad document %d of 5 calls of the mail were refused, want all still", refused)
	}
}

func TestPage(t *testing.T) {
	u := begin(t)
	u.calls("shop", 1)
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Post(u.url+"/breakers/mode", "application/json",
		strings.NewReader(`{"group": "backends", "key": "GET shop", "mode": "force-open", "for": "1h"}`))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if refused := u.calls("shop", 5); refused != 5 || resp.StatusCode != http.StatusOK {
		t.Errorf("forced open by the page: %d, then %d of 5 calls were refused, want all", resp.StatusCode, refused)
	}
	u.wants(u.log.String(), `msg="mode changed" by=operator key="GET shop" from=auto to=force-open`)
}
