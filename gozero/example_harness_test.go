package gozero_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/zeromicro/go-zero/zrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// exampleT lets examples use the helpers of tests.
type exampleT struct {
	testing.TB // nil: what an example has no use for
	cleanups   []func()
}

func (*exampleT) Helper()            {}
func (e *exampleT) Cleanup(f func()) { e.cleanups = append(e.cleanups, f) }
func (*exampleT) Fatal(args ...any)  { panic(fmt.Sprint(args...)) }

func (e *exampleT) stop() {
	for i := len(e.cleanups) - 1; i >= 0; i-- {
		e.cleanups[i]()
	}
}

// failingServer runs a zRPC server whose calls all fail, behind these interceptors.
func failingServer(add func(s *zrpc.RpcServer)) (addr string, stop func()) {
	t := &exampleT{}
	down := status.Error(codes.Unavailable, "down")
	return serve(t, &echo{
		say:  func(context.Context, string) (string, error) { return "", down },
		talk: func(grpc.ServerStream) error { return down },
	}, nil, add), t.stop
}
