package circuitgrpc_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// Each way for a server's stream to end: the handler's return is the end.
func TestRule15ServerStreamEnds(t *testing.T) {
	leave := func(ctx context.Context, t *testing.T, l *line) {
		ctx, cancel := context.WithCancel(ctx)
		mustRecv(t, l.bidi(ctx, t))
		cancel()
	}
	read := func(ctx context.Context, t *testing.T, l *line) { _ = drain(l.bidi(ctx, t)) }
	// answering is a handler that sends a message, waits for the caller to go, and returns end.
	answering := func(end func(bidiServer) error) func(bidiServer) error {
		return func(both bidiServer) error {
			if err := both.Send(message); err != nil {
				return err
			}
			<-both.Context().Done()
			return end(both)
		}
	}
	for _, c := range []struct {
		name    string
		handler func(bidiServer) error
		client  func(context.Context, *testing.T, *line)
		want    circuit.Outcome
	}{
		{"returns nil", func(bidiServer) error { return nil }, read, ok},
		{"returns a failure", func(bidiServer) error { return status.Error(codes.DataLoss, "") }, read, failed},
		{"returns a plain error", func(bidiServer) error { return errors.New("boom") }, read, failed},
		{"returns the caller's mistake", func(bidiServer) error { return status.Error(codes.InvalidArgument, "") }, read, ok},
		{"panics", func(bidiServer) error { panic("handler") }, read, failed},
		{"a deadline of its own passed", func(bidiServer) error { return context.DeadlineExceeded }, read, failed},
		{"refused further down", func(bidiServer) error { return errRefused }, read, ignored},
		{"caller left, context's error", answering(func(b bidiServer) error { return b.Context().Err() }), leave, ignored},
		{"caller left, error of send", answering(func(b bidiServer) error {
			for { // the transport takes some messages before it tells
				if err := b.Send(message); err != nil {
					return err
				}
			}
		}), leave, ignored},
		{"caller left, error of receive", answering(func(b bidiServer) error { return drain(b) }), leave, ignored},
		{"caller left, which the handler reports as its own failure", answering(func(b bidiServer) error {
			return status.Errorf(codes.Internal, "query: %v", b.Context().Err())
		}), leave, ignored},
		{"caller's connection died", answering(func(b bidiServer) error { return b.Context().Err() }),
			func(ctx context.Context, t *testing.T, l *line) {
				mustRecv(t, l.bidi(ctx, t))
				_ = l.conn.Close()
			}, ignored},
		{"caller left, and the handler finished all the same", answering(func(bidiServer) error { return nil }), leave, ok},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := connect(t, &service{bidi: c.handler})
			c.client(t.Context(), t, l)
			wantTotal(t, l.server, bidiMethod, counts(c.want))
		})
	}
}

// A client that gives up at its deadline cancels the stream, and the server often
// hears of that before its own timer goes off. Judged as a caller's
// cancellation, a server that is too slow for all its callers would never open.
func TestRule4ClientsDeadlineIsFailureOfTheServer(t *testing.T) {
	wait := func(ctx context.Context) error {
		<-ctx.Done()
		deadline, _ := ctx.Deadline()
		// Where the wait for the request took longer than that for the
		// cancellation, the server's deadline is a little later.
		time.Sleep(time.Until(deadline))
		return ctx.Err()
	}
	l := connect(t, &service{
		unary: func(ctx context.Context, _ *pb.SimpleRequest) (*pb.SimpleResponse, error) { return nil, wait(ctx) },
		bidi:  func(both bidiServer) error { return wait(both.Context()) },
	})
	for range 10 {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if _, err := l.UnaryCall(ctx, &pb.SimpleRequest{}); status.Code(err) != codes.DeadlineExceeded {
			t.Errorf("the caller got %v, want DeadlineExceeded", err)
		}
		cancel()
		ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
		stream, err := l.FullDuplexCall(ctx)
		if err == nil {
			err = drain(stream)
		}
		if status.Code(err) != codes.DeadlineExceeded {
			t.Errorf("the caller got %v, want DeadlineExceeded", err)
		}
		cancel()
	}
	for _, method := range []string{unaryMethod, bidiMethod} {
		wantTotal(t, l.client, method, circuit.Counts{Failures: 10})
		wantTotal(t, l.server, method, circuit.Counts{Failures: 10})
	}
}

// A handler that takes no notice of its deadline was a success however late it
// returned, unless it returned a failure: a server too slow for all of its callers
// never opened.
func TestRule4AnswerAfterTheDeadlineIsFailureOfTheServer(t *testing.T) {
	for _, end := range []error{nil, status.Error(codes.NotFound, "")} {
		gone := make(chan struct{}) // the caller, once a call
		late := func(ctx context.Context) error {
			<-gone
			<-ctx.Done()
			deadline, _ := ctx.Deadline()
			time.Sleep(time.Until(deadline)) // the cancellation may come a little before
			return end
		}
		l := connect(t, &service{
			unary: func(ctx context.Context, _ *pb.SimpleRequest) (*pb.SimpleResponse, error) {
				return &pb.SimpleResponse{}, late(ctx)
			},
			bidi: func(both bidiServer) error { return late(both.Context()) },
		})
		for method, call := range map[string]func(context.Context) error{
			unaryMethod: func(ctx context.Context) error {
				_, err := l.UnaryCall(ctx, &pb.SimpleRequest{})
				return err
			},
			bidiMethod: func(ctx context.Context) error { return drain(l.bidi(ctx, t)) },
		} {
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			if err := call(ctx); status.Code(err) != codes.DeadlineExceeded {
				t.Errorf("%s: the caller got %v, want DeadlineExceeded", method, err)
			}
			cancel()
			gone <- struct{}{}
			wantTotal(t, l.client, method, circuit.Counts{Failures: 1})
			wantTotal(t, l.server, method, circuit.Counts{Failures: 1})
		}
	}
}
