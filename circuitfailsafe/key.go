package circuitfailsafe

import (
	"context"
	"net/http"

	"github.com/go-fusebox/fusebox/circuithttp"
)

type contextKey struct{}

// ContextWithKey is a context for calls whose breaker in the group of [WithGroup] has this
// key. Keys should be few.
func ContextWithKey(ctx context.Context, key string) context.Context {
	return context.WithValue(ctx, contextKey{}, key)
}

// KeyFromContext is the key that [ContextWithKey] or [Keyed] gave, and empty without one.
func KeyFromContext(ctx context.Context) string {
	key, _ := ctx.Value(contextKey{}).(string)
	return key
}

// Keyed gives requests their key, for a policy with [WithGroup] further inside: next is
// what failsafehttp.NewRoundTripper returns. A nil key is [circuithttp.ClientKey], the
// method and the host.
func Keyed(next http.RoundTripper, key func(*http.Request) string) http.RoundTripper {
	if key == nil {
		key = circuithttp.ClientKey
	}
	return keyed{next, key}
}

type keyed struct {
	next http.RoundTripper
	key  func(*http.Request) string
}

// RoundTrip is [http.RoundTripper]'s.
func (k keyed) RoundTrip(req *http.Request) (*http.Response, error) {
	return k.next.RoundTrip(req.WithContext(ContextWithKey(req.Context(), k.key(req))))
}
