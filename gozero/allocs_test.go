package gozero_test

import (
	"context"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/gozero"
)

// A call of a client costs no allocation, its key included, whether admitted or
// refused; go-zero's own breaker costs six. On a server an admitted unary call costs
// four, by which the end of its context is watched, and a refused one its error.
func TestAllocations(t *testing.T) {
	cc, err := grpc.NewClient("direct:///127.0.0.1:1", grpc.WithTransportCredentials(insecure.NewCredentials()))
	must(t, err)
	defer func() { _ = cc.Close() }()
	ctx := context.Background()
	served := func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error { return nil }
	done := func() error { return nil }
	admits := gozero.UnaryClientInterceptor()
	refuses := gozero.UnaryClientInterceptor(gozero.WithBreaker(forcedOpen))
	serves := gozero.UnaryServerInterceptor()
	denies := gozero.UnaryServerInterceptor(gozero.WithBreaker(forcedOpen))
	unheard := gozero.WithRefusalObserver(func(context.Context, string, error) {})
	refusesAloud := gozero.UnaryClientInterceptor(gozero.WithBreaker(forcedOpen), unheard)
	deniesAloud := gozero.UnaryServerInterceptor(gozero.WithBreaker(forcedOpen), unheard)
	handled := func(context.Context, any) (any, error) { return nil, nil }
	info := &grpc.UnaryServerInfo{FullMethod: say}
	b := gozero.NewBreaker("db", newHystrix(hystrix.Config{}))
	open := gozero.NewBreaker("db", forcedOpen(""))
	for name, c := range map[string]struct {
		call func()
		want float64
	}{
		"client, admitted": {func() { _ = admits(ctx, say, nil, nil, cc, served) }, 0},
		"client, refused":  {func() { _ = refuses(ctx, say, nil, nil, cc, served) }, 0},
		"server, admitted": {func() { _, _ = serves(ctx, nil, info, handled) }, 4},
		"server, refused":  {func() { _, _ = denies(ctx, nil, info, handled) }, 1},

		"client, refused and observed": {func() { _ = refusesAloud(ctx, say, nil, nil, cc, served) }, 0},
		"server, refused and observed": {func() { _, _ = deniesAloud(ctx, nil, info, handled) }, 1},

		"breaker.Do":             {func() { _ = b.Do(done) }, 0},
		"breaker.DoCtx":          {func() { _ = b.DoCtx(ctx, done) }, 0},
		"breaker.Do, refused":    {func() { _ = open.Do(done) }, 0},
		"breaker.Allow":          {func() { p, _ := b.Allow(); p.Accept() }, 1},
		"breaker.Allow, refused": {func() { _, _ = open.Allow() }, 0},
	} {
		if got := testing.AllocsPerRun(1000, c.call); got != c.want {
			t.Errorf("%s: %v allocations, want %v", name, got, c.want)
		}
	}
}
