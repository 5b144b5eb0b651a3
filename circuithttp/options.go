package circuithttp

import (
	"context"
	"net/http"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/guard"
)

// Option changes what [NewTransport], [Handler] and [Middleware] do. An option
// whose argument is nil changes nothing.
type Option func(*options)

type options struct {
	guard.Config
	key      func(*http.Request) string
	fallback func(*http.Request, error) (*http.Response, error)
}

func newOptions(opts []Option) options {
	var o options
	for _, opt := range opts {
		if opt != nil {
			opt(&o)
		}
	}
	return o
}

// WithGroup takes the breakers from g, which may be shared with others.
// Default: a new group.
func WithGroup(g *group.Group) Option {
	return func(o *options) {
		if g != nil {
			o.Group = g
		}
	}
}

// WithBreaker makes the breaker of each key by f, where [WithGroup] is not
// used. Default: package credit at its defaults.
func WithBreaker(f func(key string) circuit.Breaker) Option {
	return func(o *options) {
		if f != nil {
			o.Breaker = f
		}
	}
}

// WithKey names the breaker of each call. Keys should be few: not paths with
// ids in them. A key function must not read the request's body.
//
// By default a client's key is the method and the host, such as "GET
// api.example.com", with the port where it is not the scheme's own. A server's
// is the pattern that an [http.ServeMux] matched, such as "GET /users/{id}":
// the mux around the handler, or the mux that is the handler itself. A request
// without a pattern has its method for key, since paths are unbounded. Methods
// that net/http has no constant for share one name, "(other)".
func WithKey(f func(*http.Request) string) Option {
	return func(o *options) {
		if f != nil {
			o.key = f
		}
	}
}

// WithClassifier judges calls by c: by nil for a status below 400, and by a
// [StatusError] from there on. On the client c also gets the error of a call that
// had no response, and that of a body that broke off, for whose status it was
// asked before; what c holds to be a Failure or an Overload is Ignored when the
// caller's own body broke. On the server c gets the context's error, where that
// ended before the handler of a status below 400 returned, and
// context.DeadlineExceeded where the deadline passed before that of any status
// which [circuit.OutcomeOfHTTP] holds to be a success. Default: [DefaultClassifier].
func WithClassifier(c circuit.Classifier) Option {
	return func(o *options) {
		if c != nil {
			o.Classifier = c
		}
	}
}

// WithFallback answers for calls that were refused, and on the client for those
// that failed too. f gets the error of the call, which is a [StatusError] when a
// response came whose status is a failure. What f returns is not judged.
//
// When f returns nil and nil, the call ends as if there were no fallback, with
// the failing response untouched. Else that response is closed, and on the client
// RoundTrip returns what f did. The request's body may be used up by then; see
// [http.Request].GetBody.
//
// On the server, f's response is written out, and when f returns an error, the
// 503 of a call that was refused is. A handler that failed has answered already.
func WithFallback(f func(req *http.Request, err error) (*http.Response, error)) Option {
	return func(o *options) {
		if f != nil {
			o.fallback = f
		}
	}
}

// WithObserver tells f of the state changes of every breaker in the group.
// Default: nobody is told.
func WithObserver(f circuit.Observer) Option {
	return func(o *options) {
		if f != nil {
			o.Observer = f
		}
	}
}

// WithRefusalObserver tells f of each refused call, once, before the refusal or a
// fallback is returned: with the context of the call, the key, and the breaker's own
// error, on which [circuit.RetryAfter] works. f runs on the goroutine of the call, for
// many calls at a time, and should return at once. Default: nobody is told.
func WithRefusalObserver(f func(ctx context.Context, key string, err error)) Option {
	return func(o *options) {
		if f != nil {
			o.Refused = f
		}
	}
}
