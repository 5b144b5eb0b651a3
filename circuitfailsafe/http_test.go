package circuitfailsafe_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/failsafe-go/failsafe-go/failsafehttp"
	"github.com/failsafe-go/failsafe-go/retrypolicy"

	"github.com/go-fusebox/fusebox/circuitfailsafe"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

func TestResponsesAreJudgedByTheTable(t *testing.T) {
	// failsafe's own reading of Retry-After knows whole seconds only.
	for _, tt := range []struct {
		status     int
		retryAfter string
		outcome    circuit.Outcome
		after      time.Duration
	}{
		{200, "", circuit.Success, 0}, {200, "7", circuit.Success, 0}, {302, "", circuit.Success, 0}, {404, "", circuit.Success, 0},
		{429, "", circuit.Overload, 0}, {429, "7", circuit.Overload, 7 * time.Second}, {499, "", circuit.Ignored, 0},
		{500, "", circuit.Failure, 0}, {500, "7", circuit.Failure, 7 * time.Second}, {501, "", circuit.Success, 0}, {502, "", circuit.Failure, 0},
		{503, "", circuit.Failure, 0}, {503, "soon", circuit.Failure, 0}, {503, "-1", circuit.Failure, 0}, {503, "0", circuit.Overload, 0},
		{503, "7", circuit.Overload, 7 * time.Second}, {503, "in an hour", circuit.Overload, time.Hour}, {503, "an hour ago", circuit.Overload, 0},
	} {
		t.Run(fmt.Sprintf("%d, %q", tt.status, tt.retryAfter), func(t *testing.T) {
			srv := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
				value := tt.retryAfter
				switch value {
				case "in an hour":
					value = time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
				case "an hour ago":
					value = time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat)
				}
				if value != "" {
					w.Header().Set("Retry-After", value)
				}
				w.WriteHeader(tt.status)
				fmt.Fprint(w, "the body")
			})
			l := &ledger{}
			status, text, err := get(t.Context(), t, srv.client(circuitfailsafe.NewPolicy[response](l)), srv.URL)
			if status != tt.status || text != "the body" || err != nil {
				t.Errorf("got %d %q, %v; want %d and the body unread", status, text, err, tt.status)
			}
			got := l.settled(t, 1)
			// A date has no fractions of seconds, and some time has passed.
			if got.Outcome != tt.outcome || got.Kind != circuit.KindPlain || got.RetryAfter > tt.after || got.RetryAfter < tt.after-patience {
				t.Errorf("judged %+v, want %v with %v", got, tt.outcome, tt.after)
			}
		})
	}
}

func TestRefusalThroughHTTPClient(t *testing.T) {
	srv := newServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	client := srv.client(circuitfailsafe.NewPolicy[response](newHystrix(t, fragile)))
	if status, _, err := get(t.Context(), t, client, srv.URL); status != 500 || err != nil {
		t.Fatalf("%d, %v; want 500", status, err)
	}
	_, _, err := get(t.Context(), t, client, srv.URL)
	if _, ok := errors.AsType[*url.Error](err); !ok || !errors.Is(err, circuit.ErrNotAllowed) {
		t.Errorf("%T %v, want a *url.Error that is a refusal", err, err)
	}
	if after, ok := circuit.RetryAfter(err); !ok || after > time.Hour || after < time.Hour-patience {
		t.Errorf("to come back after %v, %v; want the rest of an hour", after, ok)
	}
	if n := srv.requests.Load(); n != 1 {
		t.Errorf("%d requests reached the server, want 1", n)
	}
}

// Retries by status, in both orders, against a server that answers 503.
func TestRetryOf503(t *testing.T) {
	for _, tt := range []struct {
		name    string
		outside bool
		last    bool // return the last failure
		reached int64
		total   circuit.Counts
		first   string // how the calls end
		later   string
	}{
		// The fifth failure opens: that is an attempt of the second call.
		{"retry outside", true, true, 5, circuit.Counts{Failures: 5, Refused: 9}, "503 come back", "refused"},
		{"retry inside", false, true, 15, circuit.Counts{Failures: 5, Refused: 5}, "503 come back", "refused"},
		{"retry outside, no response", true, false, 5, circuit.Counts{Failures: 5, Refused: 9}, "retries exceeded", "refused"},
		{"retry inside, no response", false, false, 15, circuit.Counts{Failures: 5, Refused: 5}, "retries exceeded", "refused"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusServiceUnavailable)
				fmt.Fprint(w, "come back")
			})
			b := newHystrix(t, inARow(5))
			builder := failsafehttp.NewRetryPolicyBuilder().AbortOnErrors(circuit.ErrNotAllowed)
			if tt.last {
				builder.ReturnLastFailure()
			}
			guard := circuitfailsafe.NewPolicy[response](b)
			client := srv.client(guard, builder.Build())
			if tt.outside {
				client = srv.client(builder.Build(), guard)
			}
			var ends []string
			for range 10 {
				status, text, err := get(t.Context(), t, client, srv.URL)
				switch {
				case errors.Is(err, circuit.ErrNotAllowed):
					ends = append(ends, "refused")
				case errors.Is(err, retrypolicy.ErrExceeded):
					ends = append(ends, "retries exceeded")
				default:
					ends = append(ends, fmt.Sprint(status, " ", text))
				}
			}
			if ends[0] != tt.first || ends[9] != tt.later {
				t.Errorf("calls ended with %q, want %q first and %q at last", ends, tt.first, tt.later)
			}
			if n := srv.requests.Load(); n != tt.reached {
				t.Errorf("%d requests reached the server, want %d", n, tt.reached)
			}
			got := b.Snapshot().Total
			if got.Overloads = 0; got != tt.total {
				t.Errorf("total is %+v, want %+v", got, tt.total)
			}
		})
	}
}

// One policy has a breaker for each method and host.
func TestBreakerByHost(t *testing.T) {
	well := newServer(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") })
	ill := newServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	g := group.New(func(string) circuit.Breaker { return newHystrix(t, fragile) })
	var refused []string
	client := well.client(circuitfailsafe.NewPolicy(nil, circuitfailsafe.WithGroup[response](g, nil),
		circuitfailsafe.WithRefusalObserver[response](func(_ context.Context, key string, _ error) { refused = append(refused, key) })))
	client.Transport = circuitfailsafe.Keyed(client.Transport, nil)
	for range 3 {
		if status, _, err := get(t.Context(), t, client, well.URL); status != 200 {
			t.Errorf("%d, %v; want 200", status, err)
		}
		_, _, _ = get(t.Context(), t, client, ill.URL)
	}
	if well, ill := well.requests.Load(), ill.requests.Load(); well != 3 || ill != 1 {
		t.Errorf("%d and %d requests reached the servers, want 3 and 1", well, ill)
	}
	key := "GET " + ill.Listener.Addr().String()
	if len(refused) != 2 || refused[0] != key || refused[1] != key {
		t.Errorf("refused were %q, want %q twice", refused, key)
	}
}
