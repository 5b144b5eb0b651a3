package gozero_test

import (
	"context"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/gozero"
)

// An admitted call of a client costs no allocation, its key included, and a
// refused one two, which are its error. go-zero's own breaker costs six.
func TestAllocations(t *testing.T) {
	cc, err := grpc.NewClient("direct:///127.0.0.1:1", grpc.WithTransportCredentials(insecure.NewCredentials()))
	must(t, err)
	defer func() { _ = cc.Close() }()
	ctx := context.Background()
	served := func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error { return nil }
	done := func() error { return nil }
	admits := gozero.UnaryClientInterceptor()
	refuses := gozero.UnaryClientInterceptor(gozero.WithBreaker(forcedOpen))
	b := gozero.NewBreaker("db", newHystrix(hystrix.Config{}))
	for name, c := range map[string]struct {
		call func()
		want float64
	}{
		"client, admitted": {func() { _ = admits(ctx, say, nil, nil, cc, served) }, 0},
		"client, refused":  {func() { _ = refuses(ctx, say, nil, nil, cc, served) }, 2},
		"breaker.Do":       {func() { _ = b.Do(done) }, 0},
		"breaker.DoCtx":    {func() { _ = b.DoCtx(ctx, done) }, 0},
	} {
		if got := testing.AllocsPerRun(1000, c.call); got != c.want {
			t.Errorf("%s: %v allocations, want %v", name, got, c.want)
		}
	}
}
