package circuitfailsafe_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/failsafehttp"
	"github.com/failsafe-go/failsafe-go/timeout"

	"github.com/go-fusebox/fusebox/circuitfailsafe"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// What package documentation says of the bodies of retried responses.
func TestBodiesOfRetriedResponses(t *testing.T) {
	for _, tt := range []struct {
		name   string
		closes bool
		bound  func(*http.Client, []failsafe.Policy[response]) []failsafe.Policy[response]
		calls  int
		end    error
		conns  int64
		total  circuit.Counts
	}{
		{"left open", false, nil, 10, nil, 21, circuit.Counts{Failures: 30}},
		{"closed", true, nil, 10, nil, 1, circuit.Counts{Failures: 30}},
		{"closed, in a timeout of the client", true, func(c *http.Client, p []failsafe.Policy[response]) []failsafe.Policy[response] {
			c.Timeout = time.Minute
			return p
		}, 10, nil, 1, circuit.Counts{Failures: 30}},
		{"closed, in a timeout policy", true, func(_ *http.Client, p []failsafe.Policy[response]) []failsafe.Policy[response] {
			return append([]failsafe.Policy[response]{timeout.New[response](time.Minute)}, p...)
		}, 1, context.Canceled, 1, circuit.Counts{Failures: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var conns atomic.Int64
			srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusInternalServerError)
				fmt.Fprint(w, "no database")
			}))
			srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
				if s == http.StateNew {
					conns.Add(1)
				}
			}
			srv.Start()
			defer srv.Close()
			defer srv.CloseClientConnections()

			b := newHystrix(t, calm)
			retry := failsafehttp.NewRetryPolicyBuilder().AbortOnErrors(circuit.ErrNotAllowed).ReturnLastFailure().
				OnRetryScheduled(func(e failsafe.ExecutionScheduledEvent[response]) {
					if tt.closes {
						_, _ = io.Copy(io.Discard, e.LastResult().Body)
						_ = e.LastResult().Body.Close()
					}
				})
			client := &http.Client{}
			composition := []failsafe.Policy[response]{retry.Build(), circuitfailsafe.NewPolicy[response](b)}
			if tt.bound != nil {
				composition = tt.bound(client, composition)
			}
			client.Transport = failsafehttp.NewRoundTripper(srv.Client().Transport, composition...)
			for range tt.calls {
				if _, _, err := get(t.Context(), t, client, srv.URL); !errors.Is(err, tt.end) {
					t.Errorf("%v, want %v", err, tt.end)
				}
			}
			if n := conns.Load(); n != tt.conns {
				t.Errorf("%d connections, want %d", n, tt.conns)
			}
			wantTotal(t, b, tt.total)
		})
	}
}
