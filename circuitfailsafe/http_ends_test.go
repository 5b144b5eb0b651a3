package circuitfailsafe_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/hedgepolicy"
	"github.com/failsafe-go/failsafe-go/timeout"

	"github.com/go-fusebox/fusebox/circuitfailsafe"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// Who ended a call is told from its error and from failsafe, whoever set the time.
func TestEndsOfAnHTTPCall(t *testing.T) {
	short := 20 * time.Millisecond
	for _, tt := range []struct {
		name   string
		around failsafe.Policy[response]
		inside failsafe.Policy[response]
		client time.Duration
		caller func(context.Context) (context.Context, context.CancelFunc)
		want   circuit.Result
	}{
		{name: "timeout outside", around: timeout.New[response](short), want: timedOutIn(0)},
		{name: "timeout inside", inside: timeout.New[response](short), want: timedOutIn(0)},
		{name: "http.Client's timeout", client: short, want: timedOutIn(0)},
		{name: "the caller's deadline", caller: deadline(short), want: timedOutIn(0)},
		{name: "the caller gives up", caller: givingUp(short), want: interruptedIn(0)},
		{name: "the caller gives up within a timeout", caller: givingUp(short), around: timeout.New[response](time.Minute), want: interruptedIn(0)},
		{name: "the caller's deadline within a timeout", caller: deadline(short), around: timeout.New[response](time.Minute), want: timedOutIn(0)},
		{name: "the caller's deadline around a timeout", caller: deadline(short), inside: timeout.New[response](time.Minute), want: timedOutIn(0)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv := newServer(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
			l := &ledger{}
			all := []failsafe.Policy[response]{circuitfailsafe.NewPolicy[response](l)}
			if tt.around != nil {
				all = append([]failsafe.Policy[response]{tt.around}, all...)
			}
			if tt.inside != nil {
				all = append(all, tt.inside)
			}
			client := srv.client(all...)
			client.Timeout = tt.client
			ctx, cancel := t.Context(), context.CancelFunc(func() {})
			if tt.caller != nil {
				ctx, cancel = tt.caller(ctx)
			}
			defer cancel()
			if _, _, err := get(ctx, t, client, srv.URL); err == nil {
				t.Error("no error")
			}
			got := l.settled(t, 1)
			if got.Duration <= 0 || got.Duration > patience {
				t.Errorf("took %v", got.Duration)
			}
			if got.Duration = 0; got != tt.want {
				t.Errorf("judged %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestHedgeOverHTTP(t *testing.T) {
	gone := make(chan struct{})
	var first atomic.Bool
	srv := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if first.CompareAndSwap(false, true) {
			<-r.Context().Done()
			close(gone)
			return
		}
		fmt.Fprint(w, "hello")
	})
	l := &ledger{}
	client := srv.client(hedgepolicy.NewWithDelay[response](time.Millisecond), circuitfailsafe.NewPolicy[response](l))
	if status, text, err := get(t.Context(), t, client, srv.URL); status != 200 || text != "hello" || err != nil {
		t.Errorf("%d %q, %v; want 200 hello", status, text, err)
	}
	<-gone
	l.wantHedged(t)
}

// A full bulkhead inside the breaker says nothing about the server.
func TestBulkheadOverHTTP(t *testing.T) {
	srv := newServer(t, func(http.ResponseWriter, *http.Request) {})
	b := newHystrix(t, fragile)
	full := bulkhead.New[response](1)
	client := srv.client(circuitfailsafe.NewPolicy[response](b), full)
	full.TryAcquirePermit()
	if _, _, err := get(t.Context(), t, client, srv.URL); !errors.Is(err, bulkhead.ErrFull) {
		t.Errorf("%v, want a full bulkhead", err)
	}
	full.ReleasePermit()
	if status, _, err := get(t.Context(), t, client, srv.URL); status != 200 {
		t.Errorf("%d, %v; want 200", status, err)
	}
	wantTotal(t, b, circuit.Counts{Successes: 1, Ignored: 1})
}
