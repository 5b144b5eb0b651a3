package browsertest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/go-fusebox/fusebox/circuitadmin"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

// behind serves handler, with what stands between it and the browser in between.
func behind(t *testing.T, between func(w http.ResponseWriter, r *http.Request, next http.Handler), handler http.Handler) (address string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { between(w, r, handler) }))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL + "/breakers/"
}

// A change was told to be done, when a proxy's page for logging in had answered.
func TestAnswerOfSomebodyElse(t *testing.T) {
	t.Parallel()
	g := group.New(firm)
	b := g.Get("Charge")
	p := open(t, behind(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPost {
			_, _ = w.Write([]byte("<!doctype html>Log in"))
			return
		}
		next.ServeHTTP(w, r)
	}, mount(t, map[string]*group.Group{"orders": g}, circuitadmin.WithAuthorizer(ann))), look{})
	p.live()
	p.clickRow("Charge")
	p.click("#panel [data-mode=force-close]")
	p.wait("no success", `document.querySelector(".result.bad")?.textContent.startsWith("Not changed")`)
	if mode := b.(circuit.Reporter).Snapshot().Mode; mode != circuit.Auto {
		t.Errorf("the mode is %v, want auto", mode)
	}
}

// A change was told not to be sent, when its answer alone was lost.
func TestAnswerThatIsLost(t *testing.T) {
	t.Parallel()
	g := group.New(firm)
	b := g.Get("Charge")
	p := open(t, behind(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPost {
			next.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(w, r)
	}, mount(t, map[string]*group.Group{"orders": g}, circuitadmin.WithAuthorizer(ann))), look{})
	p.expectLoss = true
	p.live()
	p.clickRow("Charge")
	p.click("#panel [data-mode=force-close]")
	p.wait("to be told to look", `document.querySelector(".result.bad")?.textContent.startsWith("No answer")`)
	if mode := b.(circuit.Reporter).Snapshot().Mode; mode != circuit.ForceClose {
		t.Errorf("the mode is %v, want force-close", mode)
	}
}

// gate holds up the first tick of each stream until it is opened, as a slow line does.
type gate struct {
	http.ResponseWriter
	open <-chan struct{}
	left <-chan struct{} // the client
}

func (g gate) Unwrap() http.ResponseWriter { return g.ResponseWriter }

func (g gate) Write(p []byte) (int, error) {
	if strings.HasPrefix(string(p), "event: tick") {
		select {
		case <-g.open:
		case <-g.left:
		}
	}
	return g.ResponseWriter.Write(p)
}

// The first message of thousands of breakers may take long on a slow line. The page gave
// up on it each time, and never came to show anything. And when it came back to a server,
// what it showed could not be used until that message was there.
func TestFirstMessageThatTakesLong(t *testing.T) {
	t.Parallel()
	g := group.New(firm)
	for _, key := range []string{"a", "b", "c"} {
		succeed(g.Get(key), 1)
	}
	var streams atomic.Int32
	gates := []chan struct{}{make(chan struct{}), make(chan struct{})}
	ctx, end := context.WithCancel(context.Background()) // of the first stream
	defer end()
	p := open(t, behind(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if !strings.HasSuffix(r.URL.Path, "/stream") {
			next.ServeHTTP(w, r)
			return
		}
		n, left := streams.Add(1), r.Context().Done()
		if n > 2 {
			t.Errorf("the page gave up %d times", n-2)
			return
		}
		if n == 1 {
			r = r.WithContext(ctx)
		}
		next.ServeHTTP(gate{w, gates[n-1], left}, r)
	}, mount(t, map[string]*group.Group{"orders": g})),
		look{script: `{ const after = window.setTimeout; window.setTimeout = (f, ms) => after(f, ms / 10); }`})
	p.expectLoss = true
	if is := eval[string](p, `await new Promise((done) => setTimeout(done, 12_000)); return document.querySelector("#connection").dataset.is`); is != "connecting" {
		t.Errorf("with the first message under way the page is %s", is)
	}
	close(gates[0])
	p.live()
	p.wait("the rows", row("a")+" && "+row("c"))

	end()
	p.wait("another stream", `document.querySelector("#connection").dataset.is === "lost"`)
	p.press("jj")
	p.wait("a row to be picked", `document.querySelector("[aria-selected=true]")`)
	eval[bool](p, `await new Promise((done) => setTimeout(done, 3000)); return true`) // the stream has begun
	p.press("k\r")
	p.wait("the details", `document.querySelector("#panel-key")?.textContent === "a"`)
	close(gates[1])
	p.live()
	p.wait("the rows as before", row("a")+` && document.querySelector("#panel-key").textContent === "a"`)
}

// Browsers refuse more than some hundred changes of the address within seconds: in some
// of them a key that was held down stopped the page.
func TestAddressChangesOnceThingsAreQuiet(t *testing.T) {
	t.Parallel()
	g := group.New(firm)
	for i := range 1000 {
		g.Get(manyKey(i))
	}
	p := open(t, site(t, map[string]*group.Group{"backends": g})+"#sort=key", look{})
	p.live()
	p.clickRow(p.keys()[0])
	p.wait("the details in the address", `location.hash.includes("open=")`)
	n := eval[int](p, `window.changes = 0; const replace = history.replaceState.bind(history);
		history.replaceState = (...all) => { changes++; replace(...all); };
		for (let i = 0; i < 300; i++) document.querySelector("#grid").dispatchEvent(new KeyboardEvent("keydown", { key: "j" }));
		await new Promise((done) => setTimeout(done, 1000)); return changes`)
	if n != 1 {
		t.Errorf("the address changed %d times while a key was held down, want once", n)
	}
	p.wait("the last row in the address", `new URLSearchParams(location.hash.slice(1)).get("open") === document.querySelector("[aria-selected=true] .key").title`)
}

// A key that is not guarded was said to have been closed for 739,000 days.
func TestUnguardedKey(t *testing.T) {
	t.Parallel()
	g := group.New(nil)
	g.Get("Health")
	p := open(t, site(t, map[string]*group.Group{"orders": g}), look{})
	p.live()
	p.wait("no time", cell("Health", "since")+` === "–"`)
	p.clickRow("Health")
	p.wait("none in the details", `document.querySelector("#panel .line") && !document.querySelector("#panel .line").textContent.includes("since")`)
}
