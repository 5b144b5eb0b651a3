package gozero

import (
	"net/http"

	"github.com/go-fusebox/fusebox/circuithttp"
)

// WithRequestKey names the breaker of each REST request or httpc call; zRPC has
// [WithKey]. Keys should be few: not paths with ids in them. A key function must
// not read the request's body. Default: method and pattern on a server, as
// [Middleware] says; the host on a client.
func WithRequestKey(key func(*http.Request) string) Option {
	return func(o *options) {
		if key != nil {
			o.requestKey = key
		}
	}
}

// WithRequestFallback answers for REST requests that were refused, and for httpc
// calls that were refused or failed, err being why. It does what
// [circuithttp.WithFallback] says. zRPC has [WithFallback]. Default: none.
func WithRequestFallback(f func(req *http.Request, err error) (*http.Response, error)) Option {
	return func(o *options) {
		if f != nil {
			o.requestFallback = func(req *http.Request, err error) (*http.Response, error) {
				return f(req, refused(err))
			}
		}
	}
}

// http is the options as those of circuithttp.
func (o *options) http(key func(*http.Request) string) []circuithttp.Option {
	return []circuithttp.Option{
		circuithttp.WithGroup(o.guard.Group),
		circuithttp.WithBreaker(o.guard.Breaker),
		circuithttp.WithClassifier(o.guard.Classifier),
		circuithttp.WithObserver(o.guard.Observer),
		circuithttp.WithRefusalObserver(o.guard.Refused),
		circuithttp.WithKey(key),
		circuithttp.WithKey(o.requestKey),
		circuithttp.WithFallback(o.requestFallback),
	}
}
