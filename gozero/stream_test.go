package gozero_test

import (
	"context"
	"errors"
	"io"
	"path"
	"testing"

	"github.com/zeromicro/go-zero/zrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/gozero"
)

// Rule 15: a stream is judged at its end, on both sides, and one that its caller
// drops is Ignored.
func TestRule15_StreamIsJudgedAtItsEnd(t *testing.T) {
	down := status.Error(codes.Unavailable, "down")
	for _, test := range []struct {
		name  string
		end   error // of the handler, after one message
		drops bool  // the caller cancels, and the handler waits for that
		want  circuit.Counts
	}{
		{"read to its end", nil, false, circuit.Counts{Successes: 1}},
		{"broken off by the server", down, false, circuit.Counts{Failures: 1}},
		{"dropped by the caller", nil, true, circuit.Counts{Ignored: 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			proceed := make(chan struct{})
			e := &echo{talk: func(stream grpc.ServerStream) error {
				if err := stream.SendMsg(wrapperspb.String("hello")); err != nil {
					return err
				}
				if test.drops {
					<-stream.Context().Done()
					return stream.Context().Err()
				}
				<-proceed
				return test.end
			}}
			server, client := group.New(tripping), group.New(tripping)
			conn := dial(t, serve(t, e, nil, guarded(gozero.WithGroup(server))), nil,
				zrpc.WithStreamClientInterceptor(gozero.StreamClientInterceptor(gozero.WithGroup(client))))
			key := path.Join(conn.Target(), talk)

			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			stream, err := conn.NewStream(ctx, talkDesc, talk)
			must(t, err)
			must(t, stream.RecvMsg(&wrapperspb.StringValue{}))
			if c, s := total(client, key), total(server, talk); c != (circuit.Counts{}) || s != (circuit.Counts{}) {
				t.Errorf("judged in midstream: client %+v, server %+v", c, s)
			}
			if test.drops {
				cancel()
			}
			close(proceed)
			err = stream.RecvMsg(&wrapperspb.StringValue{})
			if wantEOF := test.end == nil && !test.drops; errors.Is(err, io.EOF) != wantEOF {
				t.Errorf("the stream ended with %v", err)
			}
			wantCounts(t, client, key, test.want)
			wantCounts(t, server, talk, test.want)
		})
	}
}

func TestRefusedStreamIsNotOpened(t *testing.T) {
	e := &echo{talk: func(grpc.ServerStream) error { return nil }}
	conn := dial(t, serve(t, e, nil, nil), nil,
		zrpc.WithStreamClientInterceptor(gozero.StreamClientInterceptor(gozero.WithBreaker(forcedOpen))))
	stream, err := conn.NewStream(t.Context(), talkDesc, talk)
	wantRefusal(t, err)
	if stream != nil || e.called.Load() != 0 {
		t.Errorf("stream %v, opened %d times", stream, e.called.Load())
	}
}

// go-zero's stock breaker does not see a client's streams at all.
func TestStockClientHasNoStreamBreaker(t *testing.T) {
	e := &echo{talk: func(grpc.ServerStream) error { return status.Error(codes.Unavailable, "down") }}
	conn := dial(t, serve(t, e, nil, nil), func(c *zrpc.RpcClientConf) { c.Middlewares.Breaker = true })
	for range 60 {
		stream, err := conn.NewStream(t.Context(), talkDesc, talk)
		must(t, err)
		_ = stream.RecvMsg(&wrapperspb.StringValue{})
	}
	if got := e.called.Load(); got != 60 {
		t.Errorf("%d of 60 streams came through; the stock client has a stream breaker now, so say so in the docs", got)
	}
}
