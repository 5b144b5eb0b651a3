package circuitgrpc_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// clerk admits every call and writes down how it ended, which the counts of an
// engine tell less exactly.
type clerk struct {
	circuit.Disabled
	mu       sync.Mutex
	outcomes []circuit.Outcome
	results  []circuit.Result
}

func (c *clerk) Acquire() (circuit.Permit, error) { return circuit.NewPermit(c, 0), nil }

func (c *clerk) Settle(token uint64, o circuit.Outcome) {
	c.SettleResult(token, circuit.Result{Outcome: o})
}

func (c *clerk) SettleResult(_ uint64, r circuit.Result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.outcomes, c.results = append(c.outcomes, r.Outcome), append(c.results, r)
}

func (c *clerk) group() *group.Group { return group.New(func(string) circuit.Breaker { return c }) }

// wants waits for as many outcomes, compares them, and forgets them.
func (c *clerk) wants(t *testing.T, what string, want ...circuit.Outcome) {
	t.Helper()
	eventually(t, what+" settled", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.outcomes) >= len(want)
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.Equal(c.outcomes, want) {
		t.Errorf("%s: settled as %v, want %v", what, c.outcomes, want)
	}
	c.outcomes, c.results = nil, nil
}

func detailed(code codes.Code, details ...protoadapt.MessageV1) error {
	s, err := status.New(code, "as told").WithDetails(details...)
	if err != nil {
		panic(err)
	}
	return s.Err()
}

// What the callee only may mean must not count as what it says: engines slow
// their callers down for an overload at once, and for failures by a threshold.
func TestRule5OverloadIsWhatTheCalleeSaysIsOne(t *testing.T) {
	later, local := &errdetails.RetryInfo{RetryDelay: durationpb.New(time.Second)}, &errdetails.LocalizedMessage{Message: "busy"}
	var answer error
	s := &service{
		unary: func(context.Context, *pb.SimpleRequest) (*pb.SimpleResponse, error) { return nil, answer },
		download: func(*pb.StreamingOutputCallRequest, grpc.ServerStreamingServer[pb.StreamingOutputCallResponse]) error {
			return answer
		},
		upload: func(grpc.ClientStreamingServer[pb.StreamingInputCallRequest, pb.StreamingInputCallResponse]) error {
			return answer
		},
		bidi: func(grpc.BidiStreamingServer[pb.StreamingOutputCallRequest, pb.StreamingOutputCallResponse]) error {
			return answer
		},
	}
	atClient, atServer := &clerk{}, &clerk{}
	c := both(t, s, atClient.group(), atServer.group())
	for _, row := range []struct {
		name   string
		answer error
		want   circuit.Outcome
	}{
		{"exhausted", status.Error(codes.ResourceExhausted, ""), busy},
		{"exhausted, with RetryInfo", detailed(codes.ResourceExhausted, later), busy},
		{"a message too large in Java", status.Error(codes.ResourceExhausted, "gRPC message exceeds maximum size 4194304: 6027014"), failed},
		{"a message too large in C++", status.Error(codes.ResourceExhausted, "SERVER: Received message larger than max (5 vs. 4)"), failed},
		{"a message too large after decompression",
			status.Error(codes.ResourceExhausted, "grpc: received message after decompression larger than max 4"), failed},
		{"a message that can't be sent", status.Error(codes.ResourceExhausted, "grpc: message too large (5000000000 bytes)"), failed},
		{"too many messages", status.Error(codes.ResourceExhausted, "message rate exceeded: queue larger"), busy},
		{"unavailable, with RetryInfo", detailed(codes.Unavailable, later), busy},
		{"unavailable, with RetryInfo of no delay", detailed(codes.Unavailable, &errdetails.RetryInfo{}), busy},
		{"unavailable, with RetryInfo among others", detailed(codes.Unavailable, local, later, local), busy},
		{"unavailable, with another detail", detailed(codes.Unavailable, local), failed},
		{"unavailable", status.Error(codes.Unavailable, ""), failed},
		{"deadline, with RetryInfo", detailed(codes.DeadlineExceeded, later), failed},
		{"internal, with RetryInfo", detailed(codes.Internal, later), failed},
		{"aborted, with RetryInfo", detailed(codes.Aborted, later), ok},
	} {
		answer = row.answer
		for _, kind := range attempts {
			if err := kind.call(t.Context(), c); status.Code(err) != status.Code(row.answer) {
				t.Fatalf("%s: the client got %v, want %v", kind.method, err, row.answer)
			}
			atClient.wants(t, row.name+", client of "+kind.method, row.want)
			atServer.wants(t, row.name+", server of "+kind.method, row.want)
		}
	}
}

// One request that is too large, sent again and again, must not slow the others
// down. The words are gRPC's own here, as its version has them.
func TestMessageBeyondTheLimitIsNoOverload(t *testing.T) {
	for name, limit := range map[string]struct {
		client grpc.CallOption
		server grpc.ServerOption
	}{
		"sent by the client":     {client: grpc.MaxCallSendMsgSize(1)},
		"received by the client": {client: grpc.MaxCallRecvMsgSize(1)},
		"received by the server": {server: grpc.MaxRecvMsgSize(1)},
		"sent by the server":     {server: grpc.MaxSendMsgSize(1)},
	} {
		atClient := &clerk{}
		serverOpts, dialOpts := []grpc.ServerOption{}, guarding(atClient.group())
		if limit.server != nil {
			serverOpts = append(serverOpts, limit.server)
		} else {
			dialOpts = append(dialOpts, grpc.WithDefaultCallOptions(limit.client))
		}
		s := &service{unary: func(context.Context, *pb.SimpleRequest) (*pb.SimpleResponse, error) {
			return &pb.SimpleResponse{Username: "long"}, nil
		}}
		_, addr := serve(t, s, serverOpts...)
		_, err := pb.NewTestServiceClient(dial(t, addr, dialOpts...)).UnaryCall(t.Context(), &pb.SimpleRequest{ResponseSize: 4})
		if status.Code(err) != codes.ResourceExhausted {
			t.Errorf("%s: got %v, want ResourceExhausted", name, err)
		}
		atClient.wants(t, name, failed)
	}
}

// A breaker that sleeps says for how long, and the client of its server hears it.
func TestRefusalOfAServerThatSaysWhenIsAnOverload(t *testing.T) {
	g := hystrixGroup(hystrix.Config{ConsecutiveFailures: 1, ErrorPercentThreshold: -1, SleepWindow: time.Hour})
	atClient := &clerk{}
	c := both(t, answers(), atClient.group(), g)
	for range 2 {
		_, _ = c.UnaryCall(t.Context(), asking(codes.Internal))
	}
	atClient.wants(t, "client", failed, busy)
}

// A set of one's own says what fails; the kind of failure is the callee's to say.
func TestCodesTellOverloadsAmongTheirFailures(t *testing.T) {
	told := detailed(codes.Unavailable, &errdetails.RetryInfo{})
	for name, c := range map[string]struct {
		by   circuit.Classifier
		err  error
		want circuit.Outcome
	}{
		"default, wrapped":        {circuitgrpc.DefaultClassifier, fmt.Errorf("call: %w", told), busy},
		"Kratos's":                {circuitgrpc.KratosCodes, told, busy},
		"go-zero's":               {circuitgrpc.GoZeroCodes, told, busy},
		"a set with it":           {circuitgrpc.Codes(codes.Unavailable), told, busy},
		"a set without it":        {circuitgrpc.Codes(codes.Internal), told, ok},
		"a set with exhausted":    {circuitgrpc.Codes(codes.ResourceExhausted), status.Error(codes.ResourceExhausted, ""), busy},
		"a set without exhausted": {circuitgrpc.KratosCodes, status.Error(codes.ResourceExhausted, ""), ok},
	} {
		if got := c.by(t.Context(), c.err); got != c.want {
			t.Errorf("%s: judged %v, want %v", name, got, c.want)
		}
	}
}

// A fallback answers for an overload as for any failure, on both sides.
func TestFallbackAnswersForAnOverload(t *testing.T) {
	full := &service{unary: func(context.Context, *pb.SimpleRequest) (*pb.SimpleResponse, error) {
		return nil, status.Error(codes.ResourceExhausted, "full")
	}}
	for side, opt := range map[string]circuitgrpc.Option{
		"client": circuitgrpc.WithFallback(func(_ context.Context, _ string, _, reply any, err error) error {
			if status.Code(err) != codes.ResourceExhausted {
				t.Errorf("the fallback got %v", err)
			}
			reply.(*pb.SimpleResponse).Username = "client"
			return nil
		}),
		"server": circuitgrpc.WithServerFallback(func(_ context.Context, _ string, _ any, err error) (any, error) {
			if status.Code(err) != codes.ResourceExhausted {
				t.Errorf("the fallback got %v", err)
			}
			return &pb.SimpleResponse{Username: "server"}, nil
		}),
	} {
		reply, err := both(t, full, counting(), counting(), opt).UnaryCall(t.Context(), &pb.SimpleRequest{})
		if err != nil || reply.GetUsername() != side {
			t.Errorf("%s: got %v, %v, want the fallback's reply", side, reply, err)
		}
	}
}
