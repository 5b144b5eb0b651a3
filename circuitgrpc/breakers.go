package circuitgrpc

import (
	"context"
	"hash/maphash"

	"google.golang.org/grpc"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/guard"
)

// breakers is what an interceptor has behind its options.
type breakers struct {
	*guard.Guard
	options
	refusals
	targets *targets // nil unless calls are told apart by their targets
	custom  bool     // a classifier was set: it is asked about calls without an error, too
}

func newBreakers(opts []Option) *breakers {
	b := &breakers{refusals: refusals{seed: maphash.MakeSeed()}}
	for _, opt := range opts {
		if opt != nil {
			opt(&b.options)
		}
	}
	b.Guard = guard.New(b.guard, DefaultClassifier)
	if b.byTarget {
		b.targets = &targets{group: b.Guard, seed: maphash.MakeSeed()}
	}
	b.custom = b.guard.Classifier != nil
	return b
}

// fine spares [DefaultClassifier] the calls without an error, which are successes.
func (b *breakers) fine(err error) bool { return err == nil && !b.custom }

func (b *breakers) judge(ctx context.Context, err error) circuit.Result {
	return ResultOf(ctx, err, b.Judge(ctx, err))
}

// admitClient asks the breaker of a client's call.
func (b *breakers) admitClient(ctx context.Context, cc *grpc.ClientConn, method string) (circuit.Permit, error) {
	switch {
	case b.targets != nil:
		c := b.targets.call(cc.Target(), method)
		permit, err := circuit.Acquire(c.ref.Get())
		if err != nil {
			b.Refused(ctx, c.key, err)
			err = b.refusal(method, method, err)
		}
		return permit, err
	case b.key != nil:
		return b.admit(ctx, b.key(ctx, cc.Target(), method), method)
	default:
		return b.admit(ctx, method, method)
	}
}

// admitServer asks the breaker of a server's call.
func (b *breakers) admitServer(ctx context.Context, method string) (circuit.Permit, error) {
	key := method
	if b.key != nil {
		key = b.key(ctx, "", method)
	}
	return b.admit(ctx, key, method)
}

func (b *breakers) admit(ctx context.Context, key, method string) (circuit.Permit, error) {
	permit, err := b.Acquire(key)
	if err != nil {
		b.Refused(ctx, key, err)
		return permit, b.refusal(key, method, err)
	}
	return permit, nil
}
