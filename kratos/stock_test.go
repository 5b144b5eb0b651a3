package kratos_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kratos/kratos/v2/errors"
	"github.com/go-kratos/kratos/v2/middleware"
	"github.com/go-kratos/kratos/v2/middleware/circuitbreaker"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/sre"
	"github.com/go-fusebox/fusebox/kratos"
)

// outage calls m every 10 ms for 20 s, of which the backend fails the seconds 5
// to 10, and returns whether each call was admitted.
func outage(t *testing.T, m middleware.Middleware) (admitted []bool, failed uint64) {
	t.Helper()
	began := time.Now()
	asked := false
	handler := m(func(context.Context, any) (any, error) {
		asked = true
		if at := time.Since(began); at >= 5*time.Second && at < 10*time.Second {
			failed++
			return nil, errBroken
		}
		return "reply", nil
	})
	for range 2000 {
		asked = false
		_, err := handler(calling(t.Context(), opHello), nil)
		if refused := errors.Is(err, circuitbreaker.ErrNotAllowed); refused == asked {
			t.Fatalf("asked: %v, error: %v", asked, err)
		}
		admitted = append(admitted, asked)
		time.Sleep(10 * time.Millisecond)
	}
	return admitted, failed
}

// With MarksRefusals, Kratos' own middleware admits and refuses with a breaker of
// ours the very calls that our middleware does.
func TestStockMiddlewareWithMarksRefusals(t *testing.T) {
	run := func(m func(circuit.Breaker) middleware.Middleware) (admitted []bool, total circuit.Counts) {
		synctest.Test(t, func(t *testing.T) {
			b, err := hystrix.New(hystrix.Config{SleepJitter: -1, SleepWindow: time.Second, SuccessesToClose: 3, Probes: 2})
			if err != nil {
				t.Fatal(err)
			}
			admitted, _ = outage(t, m(b))
			total = b.Snapshot().Total
		})
		return admitted, total
	}
	ours, counts := run(func(b circuit.Breaker) middleware.Middleware {
		return kratos.Client(kratos.WithBreaker(func(string) circuit.Breaker { return b }))
	})
	theirs, stockCounts := run(func(b circuit.Breaker) middleware.Middleware {
		return stock(func() circuit.Breaker { return circuit.MarksRefusals(b) })
	})
	for i := range ours {
		if ours[i] != theirs[i] {
			t.Fatalf("call %d: admitted by our middleware: %v, by Kratos' own: %v", i, ours[i], theirs[i])
		}
	}
	expect(t, "stock", stockCounts, counts)
	if counts.Failures == 0 || counts.Refused == 0 {
		t.Errorf("%+v: nothing was refused", counts)
	}
}

// Without MarksRefusals, the stock middleware's marks of refused calls would count
// as failures of the backend. The sre engine is the one that they would hold open.
func TestRule1MarksOfRefusalsAreSwallowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, err := sre.New(sre.Config{})
		if err != nil {
			t.Fatal(err)
		}
		admitted, failed := outage(t, stock(func() circuit.Breaker { return circuit.MarksRefusals(b) }))
		var want circuit.Counts
		for _, a := range admitted {
			if a {
				want.Successes++
			} else {
				want.Refused++
			}
		}
		want.Successes -= failed
		want.Failures = failed
		expect(t, "sre", b.Snapshot().Total, want)
		if want.Refused == 0 {
			t.Error("nothing was refused")
		}
	})
}
