package circuithttp_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/core/circuit"
)

func TestRule5HandlersAreJudgedByTheOneTable(t *testing.T) {
	for status, want := range map[int]circuit.Outcome{
		0:   circuit.Success, // nothing written
		200: circuit.Success, 204: circuit.Success, 302: circuit.Success, 404: circuit.Success,
		429: circuit.Overload, 499: circuit.Ignored, 500: circuit.Failure, 501: circuit.Success, 503: circuit.Failure,
	} {
		b := newBreaker(t, calm)
		h := circuithttp.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if status != 0 {
				w.WriteHeader(status)
			}
		}), by(b))
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
		if got := b.Snapshot().Total; got != countOf(want) {
			t.Errorf("status %d: %+v, want a %v", status, got, want)
		}
	}
}

func TestFirstFinalStatusCounts(t *testing.T) {
	for _, c := range []struct {
		name  string
		write func(w http.ResponseWriter)
		want  circuit.Outcome
	}{
		{"after early hints", func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusServiceUnavailable)
		}, circuit.Failure},
		{"after processing, none", func(w http.ResponseWriter) { w.WriteHeader(http.StatusProcessing) }, circuit.Success},
		{"superfluous", func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusOK)
			w.WriteHeader(http.StatusServiceUnavailable)
		}, circuit.Success},
		{"after a write", func(w http.ResponseWriter) { _, _ = w.Write(nil); w.WriteHeader(http.StatusServiceUnavailable) }, circuit.Success},
		{"after a string", func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, "x")
			w.WriteHeader(http.StatusServiceUnavailable)
		}, circuit.Success},
		{"after a flush", func(w http.ResponseWriter) { w.(http.Flusher).Flush(); w.WriteHeader(http.StatusServiceUnavailable) }, circuit.Success},
		{"after a copy", func(w http.ResponseWriter) { copyTo(w, "x"); w.WriteHeader(http.StatusServiceUnavailable) }, circuit.Success},
		{"after a copy of nothing", func(w http.ResponseWriter) { copyTo(w, ""); w.WriteHeader(http.StatusServiceUnavailable) }, circuit.Failure},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBreaker(t, calm)
			srv := newHTTP2(t, false, circuithttp.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { c.write(w) }), by(b)).ServeHTTP)
			status, _, _ := fetch(t, srv.Client(), srv.URL)
			waitTotal(t, b, countOf(c.want))
			if circuit.OutcomeOfHTTP(status, false) != c.want {
				t.Errorf("the client saw %d, the breaker a %v", status, c.want)
			}
		})
	}
}

func TestSwitchedProtocolIsFinal(t *testing.T) {
	b := newBreaker(t, calm)
	circuithttp.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusSwitchingProtocols)
		w.WriteHeader(http.StatusInternalServerError) // too late
	}), by(b)).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	wantTotal(t, b, circuit.Counts{Successes: 1})
}

// copyTo uses ReadFrom.

func copyTo(w io.Writer, text string) {
	_, _ = io.Copy(w, struct{ io.Reader }{strings.NewReader(text)})
}

func TestRule4ClientThatLeftIsIgnored(t *testing.T) {
	for name, then := range map[string]func(http.ResponseWriter){
		"nothing": func(http.ResponseWriter) {},
		"500":     func(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) },
		"abort":   func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
		"stream":  func(w http.ResponseWriter) { w.WriteHeader(http.StatusOK) },
	} {
		for _, http2 := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, http2 %v", name, http2), func(t *testing.T) {
				b := newBreaker(t, calm)
				started := make(chan struct{})
				srv := newHTTP2(t, http2, circuithttp.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					close(started)
					<-r.Context().Done()
					then(w)
				}), by(b)).ServeHTTP)
				ctx, cancel := context.WithCancel(t.Context())
				go func() { <-started; cancel() }()
				_ = readAll(srv.Client(), newRequest(ctx, t, "GET", srv.URL, nil)) // an answer may win the race
				waitTotal(t, b, circuit.Counts{Ignored: 1})
			})
		}
	}
}

func TestRule4HandlerThatMissedItsDeadlineIsAFailure(t *testing.T) {
	for name, then := range map[string]func(http.ResponseWriter){
		"nothing": func(http.ResponseWriter) {},
		"504":     func(w http.ResponseWriter) { w.WriteHeader(http.StatusGatewayTimeout) },
		"404":     func(w http.ResponseWriter) { w.WriteHeader(http.StatusNotFound) }, // was a success, though no client gets it
	} {
		t.Run(name, func(t *testing.T) {
			b := newBreaker(t, calm)
			h := circuithttp.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				<-r.Context().Done()
				then(w)
			}), by(b))
			srv := httptest.NewServer(http.TimeoutHandler(h, 10*time.Millisecond, "late"))
			t.Cleanup(srv.Close)
			if status, text, _ := fetch(t, srv.Client(), srv.URL); status != 503 || text != "late" {
				t.Errorf("got %d %q", status, text)
			}
			waitTotal(t, b, circuit.Counts{Failures: 1})
		})
	}
}

func TestTimeoutHandlerInsideIsAFailure(t *testing.T) {
	b := newBreaker(t, calm)
	h := http.TimeoutHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), time.Millisecond, "late")
	w := httptest.NewRecorder()
	circuithttp.Handler(h, by(b)).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != 503 {
		t.Errorf("status is %d", w.Code)
	}
	wantTotal(t, b, circuit.Counts{Failures: 1})
}

func TestMiddlewareSharesBreakersAndHandlerDoesNot(t *testing.T) {
	failing := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	each := circuithttp.WithBreaker(func(string) circuit.Breaker { return newBreaker(t, fragile) })
	guard := circuithttp.Middleware(each)
	for _, c := range []struct {
		first, second http.Handler
		want          int
	}{
		{guard(failing), guard(failing), 503},
		{circuithttp.Handler(failing, each), circuithttp.Handler(failing, each), 500},
	} {
		c.first.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
		w := httptest.NewRecorder()
		c.second.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		if w.Code != c.want {
			t.Errorf("second handler answers %d, want %d", w.Code, c.want)
		}
	}
}
