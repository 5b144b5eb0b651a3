package gozero

import (
	"context"

	"google.golang.org/grpc"

	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/guard"
)

// UnaryServerInterceptor guards the unary handlers of a zRPC server, for
// AddUnaryInterceptors. A refused call does not reach its handler. An admitted
// one is judged when its handler returns, or before that when its context ends,
// which is when go-zero's timeout answers the client: a handler that hangs is a
// failure by then, and what it returns later changes nothing.
func UnaryServerInterceptor(opts ...Option) grpc.UnaryServerInterceptor {
	s := newUnaryServer(opts)
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		method := info.FullMethod
		if circuitgrpc.Exempt(method) {
			return handler(ctx, req)
		}
		var resp any
		outcome := circuit.Failure
		key := s.key(ctx, method)
		permit, err := s.Acquire(key)
		if err == nil {
			resp, outcome, err = s.serve(ctx, req, handler, permit)
		} else {
			s.Refused(ctx, key, err)
			err = refused(err)
		}
		if err != nil && outcome.Failed() && s.fallback != nil {
			return s.fallback(ctx, method, req, err)
		}
		return resp, err
	}
}

// StreamServerInterceptor guards the stream handlers of a zRPC server, for
// AddStreamInterceptors. A refused stream does not reach its handler; another one
// is judged when the handler returns.
func StreamServerInterceptor(opts ...Option) grpc.StreamServerInterceptor {
	return circuitgrpc.StreamServerInterceptor(gather(opts).server()...)
}

type unaryServer struct {
	*guard.Guard
	keyOf    Key
	fallback ServerFallback
}

func newUnaryServer(opts []Option) *unaryServer {
	o := gather(opts)
	return &unaryServer{guard.New(o.guard, DefaultClassifier), o.key, o.serverFallback}
}

func (s *unaryServer) key(ctx context.Context, method string) string {
	if s.keyOf == nil {
		return method
	}
	return s.keyOf(ctx, "", method)
}

// serve runs an admitted handler and settles its permit, whichever way it ends.
func (s *unaryServer) serve(ctx context.Context, req any, handler grpc.UnaryHandler, permit circuit.Permit) (
	resp any, outcome circuit.Outcome, err error,
) {
	v := watch(ctx, s.Guard, permit)
	result := circuit.Result{Outcome: circuit.Failure} // until the handler and the classifier return
	defer func() { v.settle(result) }()
	resp, err = handler(ctx, req)
	result = v.judge(ctx, err)
	return resp, result.Outcome, err
}
