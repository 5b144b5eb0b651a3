package main

import (
	"errors"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/zeromicro/go-zero/core/breaker"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	helloworldv1 "github.com/go-fusebox/fusebox/api/helloworld/v1"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/examples/internal/backend"
)

// All 17 codes, each in the four places.
func TestTripsOnGoZerosCodesOnly(t *testing.T) {
	rows, err := runZRPC(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	trips := []string{"DeadlineExceeded", "ResourceExhausted", "Unimplemented", "Internal", "Unavailable", "DataLoss"}
	if len(rows) != 17 {
		t.Errorf("%d codes, want 17", len(rows))
	}
	for code, r := range rows {
		if len(r.trials) != 4 {
			t.Errorf("%s: %d lanes, want 4", r.fault, len(r.trials))
		}
		for _, got := range r.trials {
			want := trial{lane: got.lane, reached: 12}
			wantCode := codes.Code(code)
			if slices.Contains(trips, r.fault) {
				want = trial{lane: got.lane, reached: 10, refusal: "Unavailable"}
				wantCode = codes.Unavailable
			}
			if got.reached != want.reached || got.refusal != want.refusal || status.Code(got.last) != wantCode {
				t.Errorf("%s, %s: %d reached, then %q; the last is %v\nwant %d, then %q; and %v",
					r.fault, got.lane, got.reached, got.refusal, got.last, want.reached, want.refusal, wantCode)
			}
			// Only the side that refused can tell a refusal from the answer
			// of a server that is down.
			refusedHere := want.reached == 10 && strings.HasPrefix(got.lane, "client")
			if errors.Is(got.last, circuit.ErrNotAllowed) != refusedHere || errors.Is(got.last, breaker.ErrServiceUnavailable) != refusedHere {
				t.Errorf("%s, %s: the last is %v, want a refusal by errors.Is: %v", r.fault, got.lane, got.last, refusedHere)
			}
		}
	}
}

func TestTripsOnServerErrors(t *testing.T) {
	rows, err := runREST(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	trips := []string{"429", "500", "502", "503", "504"}
	if len(rows) != 10 {
		t.Errorf("%d statuses, want 10", len(rows))
	}
	for _, r := range rows {
		for i, refusal := range []string{"gozero.Refusal", "503, Retry-After "} {
			got, want := r.trials[i], trial{reached: 12}
			if slices.Contains(trips, r.fault) {
				want = trial{reached: 10, refusal: refusal}
			}
			if got.reached != want.reached || !strings.HasPrefix(got.refusal, want.refusal) || want.refusal == "" && got.refusal != "" {
				t.Errorf("%s, %s: %d reached, then %q; want %d, then %q", r.fault, got.lane, got.reached, got.refusal, want.reached, want.refusal)
			}
			refusedHere := want.reached == 10 && got.lane == "httpc"
			if errors.Is(got.last, circuit.ErrNotAllowed) != refusedHere || errors.Is(got.last, breaker.ErrServiceUnavailable) != refusedHere {
				t.Errorf("%s, %s: the last is %v, want a refusal by errors.Is: %v", r.fault, got.lane, got.last, refusedHere)
			}
		}
	}
}

// With go-zero's own breakers still on, most of 200 failing calls would never
// reach the server.
func TestGoZerosOwnBreakersAreOff(t *testing.T) {
	rpc, err := backend.StartZRPC("", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer rpc.Stop()
	client, err := dial(rpc.Addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Conn().Close()
	rest, err := backend.StartREST("", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer rest.Stop()

	lanes := append(zrpcLanes("client", client, rpc, nil), restLane("httpc", newService("off", nil), rest, nil))
	for _, l := range lanes {
		l.failing.Fail(codes.Internal)
		for range 200 {
			if err := l.call(t.Context()); err == nil {
				t.Fatalf("%s: a call got through the fault", l.name)
			}
		}
		if got := l.failing.Calls(); got != 200 {
			t.Errorf("%s: %d of 200 failing calls reached the server", l.name, got)
		}
	}
}

// A client's breakers are kept by the keys that go-zero's own would have.
func TestClientKeys(t *testing.T) {
	server, err := backend.StartZRPC("", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	breakers := newGroup()
	client, err := dial(server.Addr, breakers)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Conn().Close()
	for _, l := range zrpcLanes("client", client, server, breakers) {
		if err := errors.Join(l.call(t.Context()), l.healthy(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	target := "direct:///" + server.Addr
	want := []string{
		path.Join(target, helloworldv1.Greeter_SayGoodbye_FullMethodName),
		path.Join(target, helloworldv1.Greeter_SayHello_FullMethodName),
		path.Join(target, helloworldv1.Greeter_StreamHellos_FullMethodName),
	}
	if got := slices.Sorted(maps.Keys(maps.Collect(breakers.All()))); !slices.Equal(got, want) {
		t.Errorf("keys %q, want %q", got, want)
	}
}

// A REST server's are kept by method and pattern, as go-zero's own would be.
func TestServerKeys(t *testing.T) {
	breakers := newGroup()
	server, err := startGuardedREST("", breakers)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	l := restLane("REST server", newService("keys", nil), server, breakers)
	if err := errors.Join(l.call(t.Context()), l.healthy(t.Context())); err != nil {
		t.Fatal(err)
	}
	want := []string{http.MethodGet + ":///goodbye/:name", http.MethodGet + ":///hello/:name"}
	if got := slices.Sorted(maps.Keys(maps.Collect(breakers.All()))); !slices.Equal(got, want) {
		t.Errorf("keys %q, want %q", got, want)
	}
}
