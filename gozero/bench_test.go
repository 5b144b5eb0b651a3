package gozero_test

import (
	"context"
	"path"
	"testing"

	"github.com/zeromicro/go-zero/core/breaker"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/sre"
	"github.com/go-fusebox/fusebox/gozero"
)

// stockInterceptor is go-zero's BreakerInterceptor, word for word: the package
// that has it is internal.
func stockInterceptor(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn,
	invoker grpc.UnaryInvoker, opts ...grpc.CallOption,
) error {
	breakerName := path.Join(cc.Target(), method)
	return breaker.DoWithAcceptableCtx(ctx, breakerName, func() error {
		return invoker(ctx, method, req, reply, cc, opts...)
	}, func(err error) bool {
		switch status.Code(err) {
		case codes.DeadlineExceeded, codes.Internal, codes.Unavailable, codes.DataLoss,
			codes.Unimplemented, codes.ResourceExhausted:
			return false
		default:
			return true
		}
	})
}

// Each interceptor over an invoker that does nothing, which alone is "none". "core"
// asks a group and a breaker that does nothing, with no interceptor around; "fake"
// is ours with the same two: what it costs beyond "core" is the interceptor's own,
// its key included.
func BenchmarkUnaryClient(b *testing.B) {
	cc, err := grpc.NewClient("direct:///127.0.0.1:1", grpc.WithTransportCredentials(insecure.NewCredentials()))
	must(b, err)
	defer func() { _ = cc.Close() }()
	served := func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error { return nil }
	ctx := context.Background()
	for _, bench := range []struct {
		name        string
		interceptor grpc.UnaryClientInterceptor
	}{
		{"ours/admitted", gozero.UnaryClientInterceptor()},
		{"ours/refused", gozero.UnaryClientInterceptor(gozero.WithBreaker(forcedOpen))},
		{"stock/admitted", stockInterceptor},
		{"none", func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn,
			invoker grpc.UnaryInvoker, opts ...grpc.CallOption,
		) error {
			return invoker(ctx, method, req, reply, cc, opts...)
		}},
		{"core", coreAlone(path.Join(cc.Target(), say))},
		{"fake/admitted", gozero.UnaryClientInterceptor(gozero.WithBreaker(fake))},
		{"fake/refused", gozero.UnaryClientInterceptor(gozero.WithBreaker(refusing))},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = bench.interceptor(ctx, say, nil, nil, cc, served)
			}
		})
		b.Run(bench.name+"/parallel", func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					_ = bench.interceptor(ctx, say, nil, nil, cc, served)
				}
			})
		})
	}
}

func coreAlone(key string) grpc.UnaryClientInterceptor {
	g := group.New(fake)
	return func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn,
		invoker grpc.UnaryInvoker, opts ...grpc.CallOption,
	) error {
		permit, err := circuit.Acquire(g.Get(key))
		if err != nil {
			return err
		}
		err = invoker(ctx, method, req, reply, cc, opts...)
		permit.Success()
		return err
	}
}

func BenchmarkUnaryServer(b *testing.B) {
	interceptor := gozero.UnaryServerInterceptor()
	served := func(context.Context, any) (any, error) { return nil, nil }
	info := &grpc.UnaryServerInfo{FullMethod: say}
	ctx, cancel := context.WithCancel(context.Background()) // as every call of a server has it
	defer cancel()
	b.ReportAllocs()
	for b.Loop() {
		_, _ = interceptor(ctx, nil, info, served)
	}
}

func BenchmarkBreaker(b *testing.B) {
	call := func() error { return nil }
	for name, brk := range map[string]breaker.Breaker{
		"credit": gozero.NewBreaker("bench", newCredit(credit.Config{})),
		"sre":    gozero.NewBreaker("bench", newSRE(sre.Config{})),
		"stock":  breaker.NewBreaker(),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = brk.Do(call)
			}
		})
	}
}

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
