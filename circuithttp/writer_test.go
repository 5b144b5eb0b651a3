package circuithttp_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// methodsOf names the optional methods that handlers ask for.
func methodsOf(w http.ResponseWriter) string {
	var all []string
	add := func(name string, there bool) {
		if there {
			all = append(all, name)
		}
	}
	_, flushes := w.(http.Flusher)
	_, hijacks := w.(http.Hijacker)
	_, pushes := w.(http.Pusher)
	_, readsFrom := w.(io.ReaderFrom)
	add("flush", flushes)
	add("hijack", hijacks)
	add("push", pushes)
	add("readfrom", readsFrom)
	return strings.Join(all, " ")
}

func TestWriterHasTheMethodsOfTheOneUnderneath(t *testing.T) {
	show := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, methodsOf(w)) }
	for http2, want := range map[bool]string{false: "flush hijack readfrom", true: "flush push"} {
		bare := newHTTP2(t, http2, show)
		guarded := newHTTP2(t, http2, circuithttp.Handler(http.HandlerFunc(show)).ServeHTTP)
		_, without, _ := fetch(t, bare.Client(), bare.URL)
		_, with, _ := fetch(t, guarded.Client(), guarded.URL)
		if without != want || with != want {
			t.Errorf("http2 %v: %q bare, %q guarded, want %q", http2, without, with, want)
		}
	}
	for _, c := range []struct {
		w    http.ResponseWriter
		want string
	}{
		{struct{ http.ResponseWriter }{httptest.NewRecorder()}, ""},
		{httptest.NewRecorder(), "flush"},
	} {
		circuithttp.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if got := methodsOf(w); got != c.want {
				t.Errorf("over a %T: %q, want %q", c.w, got, c.want)
			}
		})).ServeHTTP(c.w, httptest.NewRequest(http.MethodGet, "/", nil))
	}
}

func TestServerSentEvents(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		for _, controller := range []bool{false, true} {
			b := newBreaker(t, calm)
			next := make(chan int)
			srv := newHTTP2(t, http2, circuithttp.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/event-stream")
				for n := range next {
					fmt.Fprintf(w, "data: %d\n\n", n)
					if controller {
						if err := http.NewResponseController(w).Flush(); err != nil {
							t.Error(err)
						}
					} else {
						w.(http.Flusher).Flush()
					}
				}
			}), by(b)).ServeHTTP)
			go func() { next <- 0 }()
			resp, err := srv.Client().Get(srv.URL)
			if err != nil {
				t.Fatal(err)
			}
			events := bufio.NewScanner(resp.Body)
			for n := range 3 {
				if n > 0 {
					next <- n
				}
				if events.Scan(); events.Text() != fmt.Sprintf("data: %d", n) {
					t.Errorf("event %d is %q", n, events.Text())
				}
				events.Scan()
			}
			wantTotal(t, b, circuit.Counts{})
			close(next)
			waitTotal(t, b, circuit.Counts{Successes: 1})
			resp.Body.Close()
		}
	}
}

func TestResponseControllerSetsDeadlines(t *testing.T) {
	b := newBreaker(t, calm)
	srv := httptest.NewServer(circuithttp.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		if err := errors.Join(control.EnableFullDuplex(), control.SetWriteDeadline(time.Now().Add(time.Hour)),
			control.SetReadDeadline(time.Now().Add(-time.Second))); err != nil {
			t.Error(err)
		}
		if _, err := io.ReadAll(r.Body); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("reading after the deadline: %v", err)
		}
		w.WriteHeader(http.StatusRequestTimeout)
	}), by(b)))
	t.Cleanup(srv.Close)
	pr, pw := io.Pipe()
	defer pw.Close()
	resp, err := srv.Client().Post(srv.URL, "text/plain", pr)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusRequestTimeout {
		t.Errorf("status is %d", resp.StatusCode)
	}
}

// Only the controller reaches what the wrappers in between don't show.
func TestResponseControllerFlushesThroughOtherWrappers(t *testing.T) {
	rec := httptest.NewRecorder()
	b := newBreaker(t, calm)
	circuithttp.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusInternalServerError) // too late
	}), by(b)).ServeHTTP(unwrapping{rec}, httptest.NewRequest(http.MethodGet, "/", nil))
	if !rec.Flushed || rec.Code != 200 {
		t.Errorf("flushed %v, status %d", rec.Flushed, rec.Code)
	}
	wantTotal(t, b, circuit.Counts{Successes: 1})

	circuithttp.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err := http.NewResponseController(w).Flush(); !errors.Is(err, http.ErrNotSupported) {
			t.Errorf("err is %v", err)
		}
	})).ServeHTTP(struct{ http.ResponseWriter }{rec}, httptest.NewRequest(http.MethodGet, "/", nil))
}

type unwrapping struct{ rec *httptest.ResponseRecorder }

func (u unwrapping) Header() http.Header         { return u.rec.Header() }
func (u unwrapping) Write(p []byte) (int, error) { return u.rec.Write(p) }
func (u unwrapping) WriteHeader(status int)      { u.rec.WriteHeader(status) }
func (u unwrapping) Unwrap() http.ResponseWriter { return u.rec }

func TestHijackedConnectionIsJudgedByItsHandlersEnd(t *testing.T) {
	for name, want := range map[string]circuit.Outcome{"return": circuit.Success, "panic": circuit.Failure} {
		b := newBreaker(t, calm)
		srv := newHTTP2(t, false, circuithttp.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			conn, rw, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nmine")
			if name == "panic" {
				panic("boom")
			}
			_, _ = rw.ReadByte()
		}), by(b)).ServeHTTP)
		resp, err := srv.Client().Get(srv.URL)
		if err != nil {
			t.Fatal(err)
		}
		text := make([]byte, 4)
		if _, err := io.ReadFull(resp.Body, text); string(text) != "mine" || err != nil {
			t.Errorf("%s: %q, %v", name, text, err)
		}
		resp.Body.Close()
		waitTotal(t, b, countOf(want))
	}
}

func TestFilesAreServed(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/big", []byte(strings.Repeat("fusebox ", 1<<15)), 0o600); err != nil {
		t.Fatal(err)
	}
	b := newBreaker(t, calm)
	srv := httptest.NewServer(circuithttp.Handler(http.FileServer(http.Dir(dir)), by(b)))
	t.Cleanup(srv.Close)
	if status, text, _ := fetch(t, srv.Client(), srv.URL+"/big"); status != 200 || len(text) != 1<<18 {
		t.Errorf("got %d, %d bytes", status, len(text))
	}
	waitTotal(t, b, circuit.Counts{Successes: 1})
}

func TestPushIsPassedOn(t *testing.T) {
	w := &pusher{ResponseRecorder: httptest.NewRecorder()}
	circuithttp.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err := w.(http.Pusher).Push("/style.css", nil); !errors.Is(err, errDisk) {
			t.Errorf("err is %v", err)
		}
	})).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.target != "/style.css" {
		t.Errorf("pushed %q", w.target)
	}
}

type pusher struct {
	*httptest.ResponseRecorder
	target string
}

func (p *pusher) Push(target string, _ *http.PushOptions) error { p.target = target; return errDisk }

// Some frameworks panic where the writer has no CloseNotify.
func TestCloseNotify(t *testing.T) {
	told := make(chan struct{})
	started := make(chan struct{})
	srv := newServer(t, circuithttp.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		gone := w.(http.CloseNotifier).CloseNotify() //nolint:staticcheck // see above
		close(started)
		<-gone
		close(told)
	})).ServeHTTP)
	conn := dial(t, srv)
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	wait(t, "the handler", started)
	conn.Close()
	wait(t, "the notification", told)
}
