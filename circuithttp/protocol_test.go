package circuithttp_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

func TestHTTP2(t *testing.T) {
	cut := make(chan struct{})
	srv := newHTTP2(t, true, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/echo":
			_, _ = io.Copy(w, r.Body)
		case "/cut":
			fmt.Fprint(w, "half")
			w.(http.Flusher).Flush()
			<-cut
			panic(http.ErrAbortHandler)
		case "/503":
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	b := newBreaker(t, calm)
	c := newClient(srv, by(b))

	resp, err := c.Post(srv.URL+"/echo", "text/plain", io.MultiReader(strings.NewReader("ping"))) // not in memory, for all one knows
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if string(text) != "ping" || err != nil || resp.ProtoMajor != 2 {
		t.Errorf("echo over %s: %q, %v", resp.Proto, text, err)
	}
	wantTotal(t, b, circuit.Counts{Successes: 1})

	if status, _, _ := fetch(t, c, srv.URL+"/503"); status != 503 {
		t.Errorf("status is %d", status)
	}
	wantTotal(t, b, circuit.Counts{Successes: 1, Failures: 1})

	resp, err = c.Get(srv.URL + "/cut")
	if err != nil {
		t.Fatal(err)
	}
	close(cut)
	if text, err = io.ReadAll(resp.Body); string(text) != "half" || err == nil {
		t.Errorf("cut stream: %q, %v", text, err)
	}
	resp.Body.Close()
	wantTotal(t, b, circuit.Counts{Successes: 1, Failures: 2})
}

// Over HTTP/2 such a response has a body all the same, which callers rightly leave
// alone: its call was never judged.
func TestHTTP2ResponsesWithoutABodyAreJudgedAtOnce(t *testing.T) {
	srv := newHTTP2(t, true, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/204":
			w.WriteHeader(http.StatusNoContent)
		case "/304":
			w.WriteHeader(http.StatusNotModified)
		case "/long":
			w.Header().Set("Content-Length", "100")
		}
	})
	for _, c := range []struct{ method, path string }{{"GET", "/"}, {"GET", "/204"}, {"GET", "/304"}, {"HEAD", "/"}, {"HEAD", "/long"}} {
		b := newBreaker(t, calm)
		resp, err := newClient(srv, by(b)).Do(newRequest(t.Context(), t, c.method, srv.URL+c.path, nil))
		if err != nil || resp.ProtoMajor != 2 {
			t.Fatalf("%s %s: %v, %v", c.method, c.path, resp, err)
		}
		if got := b.Snapshot().Total; got != (circuit.Counts{Successes: 1}) {
			t.Errorf("%s %s: total is %+v before Close", c.method, c.path, got)
		}
		resp.Body.Close()
		wantTotal(t, b, circuit.Counts{Successes: 1})
	}
}

// upgrading echoes lines after a switch of protocols.
func upgrading(w http.ResponseWriter, _ *http.Request) {
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	defer conn.Close()
	fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	_, _ = io.Copy(conn, rw)
}

func TestUpgradeKeepsTheConnectionWritable(t *testing.T) {
	ofServer, ofClient := newBreaker(t, calm), newBreaker(t, calm)
	srv := httptest.NewServer(circuithttp.Handler(http.HandlerFunc(upgrading), by(ofServer)))
	t.Cleanup(srv.Close)
	c := newClient(srv, by(ofClient))
	conn := upgrade(t, c, srv.URL)
	wantTotal(t, ofClient, circuit.Counts{Successes: 1})
	wantTotal(t, ofServer, circuit.Counts{})
	converse(t, conn)
	conn.Close()
	waitTotal(t, ofServer, circuit.Counts{Successes: 1})
	wantTotal(t, ofClient, circuit.Counts{Successes: 1})
}

func upgrade(t *testing.T, c *http.Client, url string) io.ReadWriteCloser {
	t.Helper()
	req := newRequest(t.Context(), t, "GET", url, nil)
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", "echo")
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	conn, ok := resp.Body.(io.ReadWriteCloser)
	if !ok || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("status is %d, body is a %T", resp.StatusCode, resp.Body)
	}
	if _, ok := conn.(interface{ CloseWrite() error }); !ok {
		t.Errorf("a %T can't be closed for writing alone", conn)
	}
	return conn
}

func converse(t *testing.T, conn io.ReadWriter) {
	t.Helper()
	lines := bufio.NewReader(conn)
	for _, said := range []string{"one\n", "two\n"} {
		fmt.Fprint(conn, said)
		if heard, err := lines.ReadString('\n'); heard != said || err != nil {
			t.Errorf("said %q, heard %q, %v", said, heard, err)
		}
	}
}

func TestEachHopOfARedirectHasItsOwnBreaker(t *testing.T) {
	there := newServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	here := newServer(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, there.URL, http.StatusFound) })
	g := group.New(func(string) circuit.Breaker { return newBreaker(t, fragile) })
	c := &http.Client{Transport: circuithttp.NewTransport(nil, circuithttp.WithGroup(g))}
	t.Cleanup(c.CloseIdleConnections)
	if status, _, _ := fetch(t, c, here.URL); status != 503 {
		t.Errorf("status is %d", status)
	}
	if _, err := c.Get(here.URL); !errors.Is(err, circuit.ErrNotAllowed) {
		t.Errorf("err is %v", err)
	}
	for srv, want := range map[*httptest.Server]circuit.Counts{here: {Successes: 2}, there: {Failures: 1, Refused: 1}} {
		b, _ := circuit.As[circuit.Reporter](g.Get("GET " + strings.TrimPrefix(srv.URL, "http://")))
		wantTotal(t, b, want)
	}
}

// A redirect with a body to send again asks GetBody for it.
func TestRedirectedUpload(t *testing.T) {
	srv := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/there" {
			http.Redirect(w, r, "/there", http.StatusTemporaryRedirect)
			return
		}
		text, _ := io.ReadAll(r.Body)
		fmt.Fprint(w, "got "+string(text))
	})
	b := newBreaker(t, calm)
	req := newRequest(t.Context(), t, "PUT", srv.URL, &trackedBody{Reader: strings.NewReader("file")})
	req.GetBody = func() (io.ReadCloser, error) { return &trackedBody{Reader: strings.NewReader("file")}, nil }
	resp, err := newClient(srv, by(b)).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if text, err := io.ReadAll(resp.Body); string(text) != "got file" || err != nil {
		t.Errorf("body is %q, %v", text, err)
	}
	wantTotal(t, b, circuit.Counts{Successes: 2})
}

func TestCloseIdleConnectionsReachesTheBase(t *testing.T) {
	base := &idler{}
	c := &http.Client{Transport: circuithttp.NewTransport(base)}
	c.CloseIdleConnections()
	if base.closed.Load() != 1 {
		t.Errorf("closed %d times, want 1", base.closed.Load())
	}
	(&http.Client{Transport: circuithttp.NewTransport(answering(200))}).CloseIdleConnections() // has none to close
}

type idler struct {
	http.Transport
	closed atomic.Int32
}

func (i *idler) CloseIdleConnections() { i.closed.Add(1) }

func TestObserverHearsOfTheKey(t *testing.T) {
	var events []circuit.Event
	rt := circuithttp.NewTransport(answering(500),
		circuithttp.WithBreaker(func(string) circuit.Breaker { return newBreaker(t, fragile) }),
		circuithttp.WithObserver(func(e circuit.Event) { events = append(events, e) }))
	if _, err := rt.RoundTrip(newRequest(t.Context(), t, "GET", "http://example.com", nil)); err != nil {
		t.Fatal(err)
	}
	if len(events) != 1 || events[0].Key != "GET example.com" || events[0].To != circuit.Open {
		t.Errorf("events are %+v", events)
	}
}
