package gozero_test

import (
	"context"
	"path"
	"strconv"
	"testing"

	"github.com/zeromicro/go-zero/core/breaker"
	"github.com/zeromicro/go-zero/zrpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/gozero"
)

// allCodes are gRPC's, each with what the two sets make of it.
var allCodes = []struct {
	code         codes.Code
	house, stock circuit.Outcome
}{
	{codes.OK, circuit.Success, circuit.Success},
	{codes.Canceled, circuit.Ignored, circuit.Ignored},
	{codes.Unknown, circuit.Failure, circuit.Success},
	{codes.InvalidArgument, circuit.Success, circuit.Success},
	{codes.DeadlineExceeded, circuit.Failure, circuit.Failure},
	{codes.NotFound, circuit.Success, circuit.Success},
	{codes.AlreadyExists, circuit.Success, circuit.Success},
	{codes.PermissionDenied, circuit.Success, circuit.Success},
	{codes.ResourceExhausted, circuit.Overload, circuit.Overload},
	{codes.FailedPrecondition, circuit.Success, circuit.Success},
	{codes.Aborted, circuit.Success, circuit.Success},
	{codes.OutOfRange, circuit.Success, circuit.Success},
	{codes.Unimplemented, circuit.Success, circuit.Failure},
	{codes.Internal, circuit.Failure, circuit.Failure},
	{codes.Unavailable, circuit.Failure, circuit.Failure},
	{codes.DataLoss, circuit.Failure, circuit.Failure},
	{codes.Unauthenticated, circuit.Success, circuit.Success},
}

// Rule 5: a client and a server trip on the codes of their set, and on no other.
func TestRule5_TripsOnTheFailureCodesOnly(t *testing.T) {
	e := &echo{say: func(_ context.Context, in string) (string, error) {
		code, err := strconv.Atoi(in)
		if err != nil {
			return "", err
		}
		return in, status.Error(codes.Code(code), "as asked")
	}}
	server, client := group.New(tripping), group.New(tripping)
	for name, opts := range map[string][]gozero.Option{
		"default":     nil,
		"GoZeroCodes": {gozero.WithClassifier(gozero.GoZeroCodes)},
	} {
		addr := serve(t, e, nil, func(s *zrpc.RpcServer) {
			s.AddUnaryInterceptors(gozero.UnaryServerInterceptor(append(opts, gozero.WithGroup(server))...))
		})
		conn := dial(t, addr, nil,
			zrpc.WithUnaryClientInterceptor(gozero.UnaryClientInterceptor(append(opts, gozero.WithGroup(client))...)))
		key := path.Join(conn.Target(), say)
		for _, row := range allCodes {
			client.Remove(key)
			server.Remove(say)
			want := row.house
			if name == "GoZeroCodes" {
				want = row.stock
			}
			t.Run(name+"/"+row.code.String(), func(t *testing.T) {
				for range 10 {
					if _, err := invoke(t.Context(), conn, say, strconv.Itoa(int(row.code))); status.Code(err) != row.code {
						t.Fatalf("got %v, want code %v", err, row.code)
					}
				}
				var counts circuit.Counts
				state := circuit.Closed
				switch want {
				case circuit.Success:
					counts.Successes = 10
				case circuit.Ignored:
					counts.Ignored = 10
				default:
					counts.Failures, state = 10, circuit.Open
				}
				if row.code == codes.ResourceExhausted {
					counts.Overloads = 10
				}
				wantCounts(t, client, key, counts)
				wantCounts(t, server, say, counts)
				if got := snapshot(client.Get(key)).State; got != state {
					t.Errorf("the client's breaker is %v, want %v", got, state)
				}
			})
		}
	}
}

func TestClassifiersBeyondCodes(t *testing.T) {
	ctx := t.Context()
	gaveUp, cancel := context.WithCancel(ctx)
	cancel()
	down := status.Error(codes.Unavailable, "down")
	onlyAborted := gozero.Codes(codes.Aborted)
	for name, test := range map[string]struct {
		got, want circuit.Outcome
	}{
		"stock refusal further down":           {gozero.DefaultClassifier(ctx, breaker.ErrServiceUnavailable), circuit.Ignored},
		"our refusal further down":             {gozero.DefaultClassifier(ctx, circuit.ErrNotAllowed), circuit.Ignored},
		"our refusal further down, GoZero's":   {gozero.GoZeroCodes(ctx, circuit.ErrNotAllowed), circuit.Ignored},
		"failure after the caller left":        {gozero.DefaultClassifier(gaveUp, down), circuit.Ignored},
		"failure that nobody cancelled":        {gozero.DefaultClassifier(ctx, down), circuit.Failure},
		"code outside of a set of one's own":   {onlyAborted(ctx, down), circuit.Success},
		"code inside of a set of one's own":    {onlyAborted(ctx, status.Error(codes.Aborted, "")), circuit.Failure},
		"deadline as a plain context's error":  {gozero.DefaultClassifier(ctx, context.DeadlineExceeded), circuit.Failure},
		"a caller's mistake":                   {gozero.DefaultClassifier(ctx, circuit.BadRequest(down)), circuit.Ignored},
		"a caller's mistake, GoZero's":         {gozero.GoZeroCodes(ctx, circuit.BadRequest(down)), circuit.Ignored},
		"a caller's mistake, set of one's own": {onlyAborted(ctx, circuit.BadRequest(errDown)), circuit.Ignored},
	} {
		if test.got != test.want {
			t.Errorf("%s: %v, want %v", name, test.got, test.want)
		}
	}
}
