package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// The show is held, its page is looked at, and a breaker forced open by it, before Ctrl-C.
func TestPageShowsAndForcesBreakers(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, in := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, append(short, "-hold"), in, io.Discard)
		_ = in.Close()
	}()
	lines := bufio.NewScanner(out)
	await := func(prefix string) (rest string) {
		t.Helper()
		for lines.Scan() {
			if rest, ok := strings.CutPrefix(lines.Text(), prefix); ok {
				return rest
			}
		}
		t.Fatalf("no line begins with %q", prefix)
		return ""
	}
	url := await("live page: ")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	get := func(path string) (body []byte) {
		t.Helper()
		resp, err := client.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		if body, err = io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("GET %s: %d, %v", path, resp.StatusCode, err)
		}
		return body
	}
	if text := string(get("")); !strings.Contains(text, "<html") {
		t.Errorf("the page is %.100s", text)
	}
	if again := await("It goes on for the page until Ctrl-C: "); again != url {
		t.Errorf("the page moved from %s to %s", url, again)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()

	var shown struct {
		Groups   []struct{ Name string }
		Breakers []struct{ Group, Key, Mode string }
	}
	look := func() {
		t.Helper()
		if err := json.Unmarshal(get("snapshot"), &shown); err != nil {
			t.Fatal(err)
		}
	}
	if look(); len(shown.Groups) != len(clients) || len(shown.Breakers) != 2*len(clients) {
		t.Fatalf("the page shows %+v, want two breakers of each client", shown)
	}
	b := shown.Breakers[0]
	order, err := json.Marshal(map[string]string{"group": b.Group, "key": b.Key, "mode": "force-open"})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Post(url+"mode", "application/json", strings.NewReader(string(order)))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if look(); shown.Breakers[0].Mode != "force-open" {
		t.Errorf("forced open: %d, the breaker is %+v", resp.StatusCode, shown.Breakers[0])
	}
	cancel()
	if got := <-code; got != exitOK && got != exitFailed { // that is of the table, on a busy machine
		t.Errorf("the exit code is %d", got)
	}
}

func TestWithoutAPage(t *testing.T) {
	if code, _, stderr := play(t.Context(), "-hold", "-page", ""); code != exitUsage || !strings.Contains(stderr, "-page is empty") {
		t.Errorf("code %d, %q", code, stderr)
	}
	if code, _, stderr := play(t.Context(), "-page", "256.0.0.1:0"); code != exitFailed || !strings.Contains(stderr, "serving the page: ") {
		t.Errorf("code %d, %q", code, stderr)
	}
}
