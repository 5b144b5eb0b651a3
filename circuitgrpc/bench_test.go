package circuitgrpc_test

import (
	"context"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

// What the interceptors add to a call, over an invoker and a handler that do
// nothing.
//
// "none" is those alone, without an interceptor. "core" asks a group and a breaker
// that does nothing, with no interceptor around; "fake" is ours with the same two:
// what it costs beyond "core" is the interceptor's own.
func BenchmarkInterceptors(b *testing.B) {
	fails := status.Error(codes.Internal, "")
	for _, c := range []struct {
		name string
		err  error
		opts []circuitgrpc.Option
	}{
		{"fake", nil, []circuitgrpc.Option{circuitgrpc.WithBreaker(fake)}},
		{"fake/refused", nil, []circuitgrpc.Option{circuitgrpc.WithBreaker(refusing)}},
		{"success", nil, []circuitgrpc.Option{circuitgrpc.WithGroup(counting())}},
		{"failure", fails, []circuitgrpc.Option{circuitgrpc.WithGroup(counting())}},
		{"refused", nil, []circuitgrpc.Option{circuitgrpc.WithGroup(forcedOpen())}},
		{"default", nil, nil},
		{"unguarded", nil, []circuitgrpc.Option{circuitgrpc.WithBreaker(func(string) circuit.Breaker { return nil })}},
	} {
		for _, k := range interceptors(c.err, c.opts...) {
			bench(b, k.name+"/"+c.name, k.call)
		}
	}
	for _, k := range bare() {
		bench(b, k.name+"/none", k.call)
	}
	g := group.New(fake)
	bench(b, "core", func() {
		if permit, err := circuit.Acquire(g.Get(someMethod)); err == nil {
			permit.Success()
		}
	})
}

func bench(b *testing.B, name string, call func()) {
	b.Run(name, func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			call()
		}
	})
	b.Run(name+"/parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				call()
			}
		})
	})
}

// kind is one of the four kinds of call.
type kind struct {
	name string
	call func()
}

// interceptors is a call through each interceptor, of which err is the end.
func interceptors(err error, opts ...circuitgrpc.Option) []kind {
	ctx := context.Background()
	callee := ends{err}
	unaryClient := circuitgrpc.UnaryClientInterceptor(opts...)
	streamClient := circuitgrpc.StreamClientInterceptor(opts...)
	unaryServer := circuitgrpc.UnaryServerInterceptor(opts...)
	streamServer := circuitgrpc.StreamServerInterceptor(opts...)
	unaryInfo := &grpc.UnaryServerInfo{FullMethod: someMethod}
	streamInfo := &grpc.StreamServerInfo{FullMethod: someMethod}
	var stream grpc.ServerStream = bareStream{ctx: ctx}
	desc := &grpc.StreamDesc{}
	invoke, open, handle, handleStream := callee.invoke, callee.open, callee.handle, callee.handleStream
	return []kind{
		{"unaryClient", func() { _ = unaryClient(ctx, someMethod, nil, nil, nil, invoke) }},
		{"streamClient", func() { _, _ = streamClient(ctx, desc, nil, someMethod, open) }},
		{"unaryServer", func() { _, _ = unaryServer(ctx, nil, unaryInfo, handle) }},
		{"streamServer", func() { _ = streamServer(nil, stream, streamInfo, handleStream) }},
	}
}

// bare is a call of each kind without an interceptor.
func bare() []kind {
	ctx := context.Background()
	invoke, open, handle, handleStream := ends{}.invoke, ends{}.open, ends{}.handle, ends{}.handleStream
	return []kind{
		{"unaryClient", func() { _ = invoke(ctx, someMethod, nil, nil, nil) }},
		{"streamClient", func() { _, _ = open(ctx, nil, nil, someMethod) }},
		{"unaryServer", func() { _, _ = handle(ctx, nil) }},
		{"streamServer", func() { _ = handleStream(nil, nil) }},
	}
}

// ends is a callee of which each call ends at once, in err.
type ends struct{ err error }

func (e ends) invoke(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error {
	return e.err
}

func (e ends) open(_ context.Context, _ *grpc.StreamDesc, _ *grpc.ClientConn, _ string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	if e.err == nil && len(opts) > 0 {
		opts[len(opts)-1].(grpc.OnFinishCallOption).OnFinish(nil)
	}
	return nil, e.err
}

func (e ends) handle(context.Context, any) (any, error) { return nil, e.err }

func (e ends) handleStream(any, grpc.ServerStream) error { return e.err }

// fake admits all, and hands out permits as the engines do.
func fake(string) circuit.Breaker { return &faked{} }

// refusing is fake, but for refusing all.
func refusing(string) circuit.Breaker { return &faked{circuit.NewRefusal("fake", nil)} }

type faked struct{ refusal error }

func (f *faked) Allow() error { return f.refusal }
func (*faked) MarkSuccess()   {}
func (*faked) MarkFailed()    {}

func (f *faked) Acquire() (circuit.Permit, error) {
	if f.refusal != nil {
		return circuit.Permit{}, f.refusal
	}
	return circuit.NewPermit(f, 1), nil
}

func (*faked) Settle(uint64, circuit.Outcome) {}
