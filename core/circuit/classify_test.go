package circuit_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

func TestDefaultClassifier(t *testing.T) {
	live := context.Background()
	cancelled, cancel := context.WithCancel(live)
	cancel()
	expired, cancel2 := context.WithDeadline(live, time.Now().Add(-time.Second))
	defer cancel2()
	outOfBudget, cancelCause := context.WithCancelCause(live)
	cancelCause(fmt.Errorf("budget: %w", context.DeadlineExceeded))
	quarrel, cancelCause2 := context.WithCancelCause(live)
	cancelCause2(errors.New("the user closed the tab"))
	childOfExpired, cancel3 := context.WithCancel(expired)
	defer cancel3()
	namedTimeout, cancel4 := context.WithTimeoutCause(live, -1, errors.New("slow query"))
	defer cancel4()

	wrap := func(err error) error { return fmt.Errorf("get user: %w", &url.Error{Op: "Get", URL: "/", Err: err}) }
	grouped := errors.Join(errBackend, context.Canceled)

	for _, tt := range []struct {
		name string
		ctx  context.Context
		err  error
		want circuit.Outcome
	}{
		{"no error", live, nil, circuit.Success},
		{"no error, though the caller left meanwhile", cancelled, nil, circuit.Success},
		{"no error, though the deadline passed meanwhile", expired, nil, circuit.Success},

		{"any error", live, errBackend, circuit.Failure},
		{"a socket deadline", live, os.ErrDeadlineExceeded, circuit.Failure},
		{"a deadline", expired, context.DeadlineExceeded, circuit.Failure},
		{"a wrapped deadline", expired, wrap(context.DeadlineExceeded), circuit.Failure},
		{"a deadline of the callee's own", live, context.DeadlineExceeded, circuit.Failure},
		{"another error after the deadline", expired, errBackend, circuit.Failure},
		{"a deadline seen as a cancellation", expired, context.Canceled, circuit.Failure},
		{"the same in a child context", childOfExpired, context.Canceled, circuit.Failure},
		{"a deadline that has a cause", namedTimeout, context.Canceled, circuit.Failure},

		{"the caller left", cancelled, context.Canceled, circuit.Ignored},
		{"the caller left, wrapped", cancelled, wrap(context.Canceled), circuit.Ignored},
		{"the caller left, joined", cancelled, grouped, circuit.Ignored},
		{"the caller left, for a reason", quarrel, context.Canceled, circuit.Ignored},
		{"the caller left, the error is another", cancelled, errBackend, circuit.Ignored},
		{"the caller left with a reason, the error is another", quarrel, errBackend, circuit.Ignored},
		{"a part of the call was cancelled", live, wrap(context.Canceled), circuit.Ignored},

		{"cancelled because of a deadline", outOfBudget, context.Canceled, circuit.Failure},
		{"cancelled because of a deadline, the error is another", outOfBudget, errBackend, circuit.Failure},
		{"the caller left, but the callee had timed out", cancelled, context.DeadlineExceeded, circuit.Failure},

		{"refused further down", live, circuit.ErrNotAllowed, circuit.Ignored},
		{"refused further down by an engine", live, wrap(circuit.NewRefusal("sre", nil)), circuit.Ignored},
		{"refused further down, after the deadline", expired, wrap(circuit.ErrNotAllowed), circuit.Ignored},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := circuit.DefaultClassifier(tt.ctx, tt.err); got != tt.want {
				t.Errorf("judged %v, want %v", got, tt.want)
			}
		})
	}
}

func TestOutcomeOfContextLeavesOthersAlone(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range []error{nil, errBackend} {
		if o, ok := circuit.OutcomeOfContext(cancelled, err); ok || o != circuit.Success {
			t.Errorf("OutcomeOfContext(%v) = %v, %v, want success, false", err, o, ok)
		}
	}
	for err, want := range map[error]circuit.Outcome{
		circuit.ErrNotAllowed: circuit.Ignored, context.DeadlineExceeded: circuit.Failure, context.Canceled: circuit.Ignored,
	} {
		if o, ok := circuit.OutcomeOfContext(cancelled, err); !ok || o != want {
			t.Errorf("OutcomeOfContext(%v) = %v, %v, want %v, true", err, o, ok, want)
		}
	}
}

func TestGaveUp(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	expired, cancel2 := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel2()
	if circuit.GaveUp(cancelled) {
		t.Error("a live context gave up")
	}
	cancel()
	if !circuit.GaveUp(cancelled) {
		t.Error("a cancelled context did not give up")
	}
	if circuit.GaveUp(expired) {
		t.Error("an expired context gave up")
	}
}

// A gRPC client resets its stream at the deadline, and the reset may overtake the
// server's own timer: there the context is cancelled, though nobody gave up.
func TestCancelledWhenTheDeadlineIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		cancel()
		for _, tt := range []struct {
			sleep time.Duration
			want  circuit.Outcome
		}{{0, circuit.Ignored}, {time.Second - 1, circuit.Ignored}, {1, circuit.Failure}, {time.Hour, circuit.Failure}} {
			time.Sleep(tt.sleep)
			for _, err := range []error{ctx.Err(), errBackend} {
				if got := circuit.DefaultClassifier(ctx, err); got != tt.want {
					t.Errorf("after another %v %v is judged %v, want %v", tt.sleep, err, got, tt.want)
				}
			}
			if got := circuit.GaveUp(ctx); got != (tt.want == circuit.Ignored) {
				t.Errorf("after another %v GaveUp is %v", tt.sleep, got)
			}
		}
	})
}

// The three ways in which an http.Client call ends without an answer. The texts
// are alike and the types private, so only a real client shows them.
func TestDefaultClassifierOnHTTPClientErrors(t *testing.T) {
	arrived := make(chan struct{}, 3)
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		select {
		case <-r.Context().Done():
		case <-release:
		}
	}))
	defer server.Close()
	defer close(release)

	get := func(ctx context.Context, client *http.Client) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err == nil {
			_ = resp.Body.Close()
			t.Fatal("the call was answered")
		}
		return err
	}
	client := server.Client()

	impatient := *client
	impatient.Timeout = 20 * time.Millisecond
	if err := get(t.Context(), &impatient); circuit.DefaultClassifier(t.Context(), err) != circuit.Failure {
		t.Errorf("the client's own timeout (%v) is not a failure", err)
	}
	<-arrived

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := get(ctx, client); circuit.DefaultClassifier(ctx, err) != circuit.Failure {
		t.Errorf("the context's deadline (%v) is not a failure", err)
	}
	<-arrived

	ctx, cancel = context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	if err := get(ctx, client); circuit.DefaultClassifier(ctx, err) != circuit.Ignored {
		t.Errorf("the caller's cancellation (%v) is not ignored", err)
	}
}
