package circuithttp_test

import (
	"context"
	"errors"
	"fmt"
	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/core/circuit"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestClassifierSeesStatusAndError(t *testing.T) {
	type seen struct {
		ctx context.Context
		err error
	}
	var all []seen
	classify := func(ctx context.Context, err error) circuit.Outcome {
		all = append(all, seen{ctx, err})
		if errors.Is(err, circuithttp.StatusError(http.StatusNotFound)) {
			return circuit.Failure
		}
		return circuit.Success
	}
	b := newBreaker(t, calm)
	answers := map[string]roundTrip{"/200": answering(200), "/404": answering(404), "/503": answering(503), "/799": answering(799),
		"/error": func(*http.Request) (*http.Response, error) { return nil, errDisk }}
	rt := circuithttp.NewTransport(roundTrip(func(r *http.Request) (*http.Response, error) { return answers[r.URL.Path](r) }),
		by(b), circuithttp.WithClassifier(classify))
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, "mine")
	want := []error{nil, circuithttp.StatusError(404), circuithttp.StatusError(503), circuithttp.StatusError(799), errDisk}
	for i, path := range []string{"/200", "/404", "/503", "/799", "/error"} {
		_, _ = rt.RoundTrip(newRequest(ctx, t, "GET", "http://example.com"+path, nil))
		if len(all) != i+1 || !errors.Is(all[i].err, want[i]) || all[i].ctx.Value(key{}) != "mine" {
			t.Fatalf("%s: classifier saw %v", path, all)
		}
	}
	wantTotal(t, b, circuit.Counts{Successes: 4, Failures: 1})
}

func TestStatusErrorTellsItsStatus(t *testing.T) {
	var status circuithttp.StatusError
	err := fmt.Errorf("wrapped: %w", circuithttp.StatusError(429))
	if !errors.As(err, &status) || status != 429 {
		t.Errorf("errors.As gives %d", int(status))
	}
	if got := status.Error(); got != "circuithttp: status 429 Too Many Requests" {
		t.Error(got)
	}
	if got := circuithttp.StatusError(599).Error(); got != "circuithttp: status 599" {
		t.Error(got)
	}
}

func TestClassifierOnTheServerSeesStatusAndContext(t *testing.T) {
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithTimeout(t.Context(), -time.Second)
	defer cancel()
	for _, c := range []struct {
		ctx    context.Context
		status int
		want   error
	}{
		{t.Context(), 200, nil},
		{t.Context(), 404, circuithttp.StatusError(404)},
		{t.Context(), 999, circuithttp.StatusError(999)},
		{gone, 200, context.Canceled},
		{gone, 404, circuithttp.StatusError(404)},
		{gone, 500, circuithttp.StatusError(500)},
		{late, 200, context.DeadlineExceeded},
		{late, 404, context.DeadlineExceeded},
		{late, 500, circuithttp.StatusError(500)},
	} {
		b := newBreaker(t, calm)
		h := circuithttp.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(c.status) }), by(b),
			circuithttp.WithClassifier(func(ctx context.Context, err error) circuit.Outcome {
				if !errors.Is(ctx.Err(), c.ctx.Err()) || !errors.Is(err, c.want) {
					t.Errorf("%d: classifier saw %v, %v, want %v", c.status, ctx.Err(), err, c.want)
				}
				return circuit.Ignored
			}))
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil).WithContext(c.ctx))
		wantTotal(t, b, circuit.Counts{Ignored: 1})
	}
}

func TestDefaultClassifier(t *testing.T) {
	left, cancel := context.WithCancel(context.Background())
	cancel()
	late, cancel := context.WithTimeout(context.Background(), -time.Second)
	defer cancel()
	there := context.Background()
	for _, c := range []struct {
		name string
		ctx  context.Context
		err  error
		want circuit.Outcome
	}{
		{"nothing wrong", there, nil, circuit.Success},
		{"no error though the caller left", left, nil, circuit.Success},
		{"plain error", there, errDisk, circuit.Failure},
		{"plain error, caller left", left, errDisk, circuit.Ignored},
		{"plain error, deadline passed", late, errDisk, circuit.Failure},
		{"failing status", there, circuithttp.StatusError(503), circuit.Failure},
		{"overload", there, fmt.Errorf("wrapped: %w", circuithttp.StatusError(429)), circuit.Overload},
		{"overload, caller left", left, circuithttp.StatusError(429), circuit.Ignored},
		{"overload, deadline passed", late, circuithttp.StatusError(429), circuit.Overload},
		{"failing status, caller left", left, circuithttp.StatusError(503), circuit.Ignored},
		{"failing status, deadline passed", late, circuithttp.StatusError(503), circuit.Failure},
		{"good status, caller left", left, circuithttp.StatusError(404), circuit.Success},
		{"cancelled", left, context.Canceled, circuit.Ignored},
		{"cancelled elsewhere", there, context.Canceled, circuit.Ignored},
		{"cancelled by the deadline", late, context.Canceled, circuit.Failure},
		{"deadline", there, context.DeadlineExceeded, circuit.Failure},
		{"refused further down", there, circuit.ErrNotAllowed, circuit.Ignored},
		{"a caller's mistake", there, fmt.Errorf("wrapped: %w", circuit.BadRequest(errDisk)), circuit.Ignored},
		{"a caller's mistake, by status", there, circuit.BadRequest(circuithttp.StatusError(503)), circuit.Ignored},
		{"a caller's mistake, too late", late, circuit.BadRequest(errDisk), circuit.Ignored},
	} {
		if got := circuithttp.DefaultClassifier(c.ctx, c.err); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
