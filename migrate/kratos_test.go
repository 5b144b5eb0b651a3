package migrate_test

import (
	"context"
	"testing"

	"github.com/go-kratos/kratos/v2/errors"
	"github.com/go-kratos/kratos/v2/middleware"
	"github.com/go-kratos/kratos/v2/transport"
)

// operation is a call's transport, as Kratos' clients put it into the context.
type operation struct{ transport.Transporter }

func (operation) Operation() string    { return "/users.v1.Users/Get" }
func (operation) Kind() transport.Kind { return transport.KindGRPC }
func (operation) Endpoint() string     { return "discovery:///users" }

// through is a middleware as a side. A callee's failure is Kratos' error of this code.
func through(made func() middleware.Middleware, code int) func() side {
	return func() side {
		m := made()
		return func(ctx context.Context, callee func(context.Context) error) error {
			handler := m(func(ctx context.Context, _ any) (any, error) {
				err := callee(ctx)
				if errors.Is(err, errFailed) {
					err = errors.New(code, "FAILED", "failed")
				}
				return "reply", err
			})
			_, err := handler(transport.NewClientContext(ctx, operation{}), "request")
			return err
		}
	}
}

func TestKratos(t *testing.T) {
	theirs, ours := kratosTheirs{}, kratosOurs{}
	tests{
		"Client": func(t *testing.T) {
			for _, c := range []struct {
				what         string
				code         int
				theirs, ours bool // refuses
			}{
				{"f", 500, true, true},
				{"f", 503, true, true},
				{"f", 502, false, true},
				{"f", 429, false, true},
				{"f", 501, false, false},
				{"f", 400, false, false},
				{"p", 500, false, true},
				{"c", 500, true, false}, // it counts a bare error as a 500
			} {
				a := refusals(t, through(theirs.Client, c.code), c.what)
				b := refusals(t, through(ours.Client, c.code), c.what)
				if a > 0 != c.theirs || b > 0 != c.ours {
					t.Errorf("%s %d: of 300, theirs refused %d, ours %d", c.what, c.code, a, b)
				}
			}
			a, b := outage(t, 3, through(theirs.Client, 503)), outage(t, 3, through(ours.Client, 503))
			t.Logf("theirs %+v, ours %+v", a, b)
			if b.refused*10 > a.refused || b.back*10 > a.back || b.reached*2 > a.reached {
				t.Errorf("theirs %+v, ours %+v", a, b)
			}
		},
		"Codes": func(t *testing.T) {
			for _, code := range []int{400, 404, 429, 499, 500, 501, 502, 503, 504} {
				a := refusals(t, through(theirs.Codes, code), "f")
				b := refusals(t, through(ours.Codes, code), "f")
				if a > 0 != (b > 0) {
					t.Errorf("%d: of 300, theirs refused %d, ours %d", code, a, b)
				}
			}
		},
		"Breaker": func(t *testing.T) {
			alike(t, through(theirs.Breaker, 503), through(ours.Breaker, 503), "f*20 +3100ms f*20", "x*40")
			a, b := refusals(t, through(theirs.Breaker, 503), "f"), refusals(t, through(ours.Breaker, 503), "f")
			if a < 200 || !about(a, b, 0.1) {
				t.Errorf("of 300, theirs refused %d, ours %d", a, b)
			}
		},
		"Stay": func(t *testing.T) {
			a, b := outage(t, 3, through(theirs.Stay, 503)), outage(t, 3, through(ours.Stay, 503))
			t.Logf("theirs %+v, ours %+v", a, b)
			if b.refused*10 > a.refused || b.back*10 > a.back || b.reached*2 > a.reached {
				t.Errorf("theirs %+v, ours %+v", a, b)
			}
		},
		"Refused": func(t *testing.T) {
			for name, m := range map[string]middleware.Middleware{"theirs": theirs.Client(), "ours": ours.Client()} {
				handler := m(func(context.Context, any) (any, error) { return nil, errors.New(503, "DOWN", "down") })
				refused := 0
				for range 300 {
					_, err := handler(transport.NewClientContext(t.Context(), operation{}), nil)
					if theirs.Refused(err) {
						refused++
					}
					if name == "ours" && theirs.Refused(err) != ours.Refused(err) {
						t.Errorf("%v: refused: %v by Kratos' error, %v by ours", err, theirs.Refused(err), ours.Refused(err))
					}
				}
				if refused == 0 || refused == 300 {
					t.Errorf("%s: %d of 300 refused", name, refused)
				}
			}
		},
	}.run(t, theirs, ours)
}
