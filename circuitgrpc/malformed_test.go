package circuitgrpc_test

import (
	"testing"

	"google.golang.org/grpc/codes"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// Metadata that gRPC refuses to send counted against the callee, by code Internal: a
// user whose name goes into them could cut everybody off from it.
func TestMetadataThatAreNotSentAreIgnored(t *testing.T) {
	s := sends(1, nil)
	l := connect(t, s)
	pairs := [][2]string{{"user", "ü"}, {"user", "a\nb"}, {"user", "\x7f"}, {"us er", "v"}, {"ü", "v"}, {"", "v"}}
	for _, pair := range pairs {
		ctx := metadata.AppendToOutgoingContext(t.Context(), "good", "value", pair[0], pair[1])
		if _, err := l.UnaryCall(ctx, &pb.SimpleRequest{}); status.Code(err) != codes.Internal {
			t.Errorf("%q: unary call: %v, want Internal", pair, err)
		}
		if _, err := l.StreamingOutputCall(ctx, request); status.Code(err) != codes.Internal {
			t.Errorf("%q: stream: %v, want Internal", pair, err)
		}
	}
	if n := s.served.Load(); n != 0 {
		t.Errorf("%d calls were sent", n)
	}
	for _, method := range []string{unaryMethod, downloadMethod} {
		wantTotal(t, l.client, method, circuit.Counts{Ignored: uint64(len(pairs))})
	}
}

// What gRPC does send keeps counting.
func TestInternalWithOddMetadataIsAFailure(t *testing.T) {
	l := connect(t, answers())
	pairs := [][2]string{{"user-bin", "\x00ü\n"}, {"a.b-c_0", " ~"}, {"user", ""}, {"User", "v"}}
	for _, pair := range pairs {
		ctx := metadata.AppendToOutgoingContext(t.Context(), pair[0], pair[1])
		if _, err := l.UnaryCall(ctx, asking(codes.Internal)); status.Code(err) != codes.Internal {
			t.Errorf("%q: %v, want Internal", pair, err)
		}
	}
	for _, g := range []struct {
		side string
		got  circuit.Counts
	}{{"client", total(l.client, unaryMethod)}, {"server", total(l.server, unaryMethod)}} {
		if g.got != (circuit.Counts{Failures: uint64(len(pairs))}) {
			t.Errorf("%s: counts are %+v", g.side, g.got)
		}
	}
}
