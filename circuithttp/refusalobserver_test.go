package circuithttp_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

type callKey struct{}

// ledger takes down what an observer of refusals hears.
type ledger struct {
	mu   sync.Mutex
	told map[string]int // by the call that the context is of
	keys map[string]int
	last error
}

func (l *ledger) observe(ctx context.Context, key string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.told == nil {
		l.told, l.keys = map[string]int{}, map[string]int{}
	}
	call, _ := ctx.Value(callKey{}).(string)
	l.told[call]++
	l.keys[key]++
	l.last = err
}

// want demands that the n calls were told of, each once, under the key, and that b
// counts as many.
func (l *ledger) want(t *testing.T, n int, key string, b *hystrix.Breaker) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.told) != n {
		t.Errorf("%d calls were told of, want %d", len(l.told), n)
	}
	for call, times := range l.told {
		if call == "" || times != 1 {
			t.Errorf("call %q was told of %d times, want once", call, times)
		}
	}
	if len(l.keys) != 1 || l.keys[key] != n {
		t.Errorf("the keys are %v, want %s alone", l.keys, key)
	}
	if _, own := b.Acquire(); l.last != own { //nolint:errorlint // the very same
		t.Errorf("the error is %v, want the breaker's own", l.last)
	}
	if after, ok := circuit.RetryAfter(l.last); !ok || after < 59*time.Minute {
		t.Errorf("retry after %v, %v", after, ok)
	}
	if got := b.Snapshot().Total.Refused; got != uint64(n)+1 { // with the one above
		t.Errorf("the breaker has refused %d, want %d", got-1, n)
	}
}

func TestRefusalObserverOfAClient(t *testing.T) {
	srv := newServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	b := newBreaker(t, fragile)
	var l ledger
	client := newClient(srv, by(b), circuithttp.WithRefusalObserver(l.observe), circuithttp.WithRefusalObserver(nil),
		circuithttp.WithKey(func(*http.Request) string { return "users" }))
	ask := func(call string) error {
		ctx := context.WithValue(t.Context(), callKey{}, call)
		resp, err := client.Do(newRequest(ctx, t, http.MethodGet, srv.URL, nil))
		if err == nil {
			resp.Body.Close()
		}
		return err
	}
	if err := ask("admitted"); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			if err := ask(strconv.Itoa(i)); !errors.Is(err, circuit.ErrNotAllowed) {
				t.Errorf("call %d: %v", i, err)
			}
		})
	}
	all.Wait()
	l.want(t, 40, "users", b)
}

func TestRefusalObserverOfAServer(t *testing.T) {
	b := newBreaker(t, fragile)
	var l ledger
	mux := http.NewServeMux()
	mux.HandleFunc("GET /users/{id}", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	guarded := circuithttp.Handler(mux, by(b), circuithttp.WithRefusalObserver(l.observe))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		guarded.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callKey{}, r.URL.Path)))
	}))
	defer srv.Close()
	for i, want := range []int{500, 503, 503, 503, 503} {
		if status, _, _ := fetch(t, srv.Client(), fmt.Sprint(srv.URL, "/users/", i)); status != want {
			t.Errorf("request %d: status %d, want %d", i, status, want)
		}
	}
	l.want(t, 4, "GET /users/{id}", b)
}

// The observer is told before the fallback answers, on both sides, and not of a call
// that the fallback answers for another reason.
func TestRefusalObserverComesBeforeTheFallback(t *testing.T) {
	var happened []string
	opts := []circuithttp.Option{
		circuithttp.WithRefusalObserver(func(context.Context, string, error) { happened = append(happened, "told") }),
		circuithttp.WithFallback(func(*http.Request, error) (*http.Response, error) {
			happened = append(happened, "fallback")
			return &http.Response{}, nil
		}),
	}
	b := newBreaker(t, fragile)
	transport := circuithttp.NewTransport(answering(http.StatusInternalServerError), append(opts, by(b))...)
	for range 2 {
		if resp, err := transport.RoundTrip(newRequest(t.Context(), t, http.MethodGet, "http://example.com", nil)); err == nil {
			resp.Body.Close()
		}
	}
	circuithttp.Handler(http.NotFoundHandler(), append(opts, by(b))...).
		ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	if want := "[fallback told fallback told fallback]"; fmt.Sprint(happened) != want {
		t.Errorf("%v, want %v", happened, want)
	}
}

// The body of a refused request is closed whatever the observer does.
func TestRefusalObserverThatPanics(t *testing.T) {
	b := newBreaker(t, fragile)
	open(t, b)
	body := &trackedBody{}
	transport := circuithttp.NewTransport(answering(200), by(b),
		circuithttp.WithRefusalObserver(func(context.Context, string, error) { panic("observer") }))
	func() {
		defer func() {
			if got := recover(); got != "observer" {
				t.Errorf("recovered %v", got)
			}
		}()
		req := newRequest(t.Context(), t, http.MethodPost, "http://example.com", nil)
		req.Body = body
		_, _ = transport.RoundTrip(req)
	}()
	if body.closes != 1 {
		t.Errorf("the body was closed %d times, want once", body.closes)
	}
}
