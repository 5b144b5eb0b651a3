package circuithttp_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"

	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/core/circuit"
)

func TestRule2PanicOfTheBaseCountsAndUnwinds(t *testing.T) {
	b := newBreaker(t, calm)
	rt := circuithttp.NewTransport(roundTrip(func(*http.Request) (*http.Response, error) { panic("boom") }), by(b))
	func() {
		defer func() {
			if v := recover(); v != "boom" {
				t.Errorf("panic is %v", v)
			}
		}()
		_, _ = rt.RoundTrip(newRequest(t.Context(), t, "GET", "http://example.com", nil))
	}()
	wantTotal(t, b, circuit.Counts{Failures: 1})
}

func TestRule2GoexitOfTheBaseCounts(t *testing.T) {
	b := newBreaker(t, calm)
	rt := circuithttp.NewTransport(roundTrip(func(*http.Request) (*http.Response, error) { runtime.Goexit(); return nil, nil }), by(b))
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = rt.RoundTrip(newRequest(t.Context(), t, "GET", "http://example.com", nil))
	}()
	wait(t, "the Goexit", done)
	wantTotal(t, b, circuit.Counts{Failures: 1})
}

func TestRule2PanicOfAHandlerCountsAndUnwinds(t *testing.T) {
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name  string
		ctx   context.Context
		value any
		want  circuit.Outcome
	}{
		{"plain", t.Context(), "boom", circuit.Failure},
		{"abort", t.Context(), http.ErrAbortHandler, circuit.Failure},
		{"plain, client gone", gone, "boom", circuit.Failure},
		{"not comparable, client gone", gone, []string{"boom"}, circuit.Failure},
		{"abort, client gone", gone, http.ErrAbortHandler, circuit.Ignored},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBreaker(t, calm)
			h := circuithttp.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(c.value) }), by(b))
			defer func() {
				if got := recover(); fmt.Sprint(got) != fmt.Sprint(c.value) {
					t.Errorf("panic is %v, want %v", got, c.value)
				}
				wantTotal(t, b, countOf(c.want))
			}()
			h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil).WithContext(c.ctx))
			t.Error("the panic did not unwind")
		})
	}
}

func TestRule2GoexitOfAHandlerCounts(t *testing.T) {
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, ctx := range []context.Context{t.Context(), gone} {
		b := newBreaker(t, calm)
		h := circuithttp.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { runtime.Goexit() }), by(b))
		done := make(chan struct{})
		go func() {
			defer close(done)
			h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx))
		}()
		wait(t, "the Goexit", done)
		wantTotal(t, b, circuit.Counts{Failures: 1})
	}
}

func TestServerSurvivesPanics(t *testing.T) {
	b := newBreaker(t, calm)
	srv := newHTTP2(t, false, circuithttp.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/panic" {
			panic("boom")
		}
	}), by(b)).ServeHTTP)
	if err := readAll(srv.Client(), newRequest(t.Context(), t, "GET", srv.URL+"/panic", nil)); err == nil {
		t.Error("no error")
	}
	if err := readAll(srv.Client(), newRequest(t.Context(), t, "GET", srv.URL, nil)); err != nil {
		t.Error(err)
	}
	waitTotal(t, b, circuit.Counts{Successes: 1, Failures: 1})
}

// It was taken for settled before the classifier had returned, and so never was.
func TestRule2ClassifierPanicAtABodysEndCounts(t *testing.T) {
	srv := newHTTP2(t, false, func(w http.ResponseWriter, _ *http.Request) {
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	b := newBreaker(t, calm)
	resp, err := newClient(srv, by(b), circuithttp.WithClassifier(func(_ context.Context, err error) circuit.Outcome {
		if err != nil {
			panic("classifier")
		}
		return circuit.Success
	})).Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	defer func() {
		if v := recover(); v != "classifier" {
			t.Errorf("panic is %v", v)
		}
		wantTotal(t, b, circuit.Counts{Failures: 1})
	}()
	_, _ = io.ReadAll(resp.Body)
}
