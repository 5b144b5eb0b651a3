package circuitgrpc

import (
	"context"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// judgeClient judges a client's call, and sees to it that metadata which gRPC
// refuses to send are not held against the callee. They often come from users, who
// could open the breaker of a sound callee by a letter beyond ASCII.
func (b *breakers) judgeClient(ctx context.Context, err error) circuit.Result {
	if b.fine(err) {
		return circuit.Result{Outcome: circuit.Success}
	}
	return b.judgeClientError(ctx, err)
}

func (b *breakers) judgeClientError(ctx context.Context, err error) circuit.Result {
	result := b.judge(ctx, err)
	if result.Outcome.Failed() && status.Code(err) == codes.Internal && malformed(ctx) {
		return circuit.Result{Outcome: circuit.Ignored, Kind: circuit.KindBadRequest}
	}
	return result
}

// malformed goes by gRPC's rules for metadata, for a breach of which it has no
// error type.
func malformed(ctx context.Context) bool {
	md, _ := metadata.FromOutgoingContext(ctx)
	for key, values := range md {
		switch {
		case strings.HasPrefix(key, ":"): // not sent
		case key == "" || strings.ContainsFunc(key, notOfKey):
			return true
		case !strings.HasSuffix(key, "-bin") && strings.ContainsFunc(strings.Join(values, ""), notPrintable):
			return true
		}
	}
	return false
}

func notOfKey(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '.' && r != '-' && r != '_'
}

func notPrintable(r rune) bool { return r < ' ' || r > '~' }
