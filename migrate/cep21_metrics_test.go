package migrate_test

import (
	"context"
	"maps"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	cep21 "github.com/cep21/circuit/v4"
	"github.com/cep21/circuit/v4/metrics/rolling"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

func cep21RunMetrics(t *testing.T) {
	theirs, ours := cep21Theirs{}, cep21Ours{}
	synctest.Test(t, func(t *testing.T) {
		const script = "s c h f*18 s"
		m, n := kinds{}, kinds{}
		play(cep21ed(theirs.RunMetrics(m))(), script)
		c := must(hystrix.NewCommand("users", must(ours.Create()).Breaker(), hystrix.CommandConfig{Timeout: time.Second},
			ours.RunMetrics(n.count)))
		play(commanded(func() (*hystrix.Command, error) { return c, nil })(), script)
		want := kinds{"success": 1, "interrupt": 1, "timeout": 1, "failure": 18, "short circuit": 1}
		time.Sleep(time.Minute)
		if !maps.Equal(m, want) || !maps.Equal(n, want) {
			t.Errorf("theirs %v, ours %v", m, n)
		}
	})
}

func cep21CircuitMetrics(t *testing.T) {
	theirs, ours := cep21Theirs{}, cep21Ours{}
	out := logged(t)
	synctest.Test(t, func(t *testing.T) {
		changes := kinds{}
		play(cep21ed(theirs.CircuitMetrics(changes))(), "f*20 +5001ms s")
		if changes["opened"] != 1 || changes["closed"] != 1 {
			t.Errorf("theirs %v", changes)
		}
		c := must(ours.Create())
		b, _ := circuit.As[*hystrix.Breaker](c.Breaker())
		defer ours.CircuitMetrics(b)()
		play(commanded(func() (*hystrix.Command, error) { return c, nil })(), "f*20 +5001ms s")
		if got := out.String(); got != "closed to open, error percentage\nopen to half-open, sleep window over\n"+
			"half-open to closed, probes succeeded\n" {
			t.Errorf("ours %q", got)
		}
	})
}

func cep21Stats(t *testing.T) {
	theirs, ours := cep21Theirs{}, cep21Ours{}
	synctest.Test(t, func(t *testing.T) {
		var f rolling.StatFactory
		c, b := newCep21(f.CreateConfig("users")), must(ours.Create())
		const script = "s*3 f*4 h*2 c"
		play(func(ctx context.Context, callee func(context.Context) error) error { return c.Run(ctx, callee) }, script)
		play(commanded(func() (*hystrix.Command, error) { return b, nil })(), script)
		failures, timeouts := theirs.Stats(c)
		failures2, timeouts2 := ours.Stats(b)
		time.Sleep(time.Minute)
		if failures != 4 || timeouts != 2 || failures2 != 4 || timeouts2 != 2 {
			t.Errorf("theirs %d, %d; ours %d, %d", failures, timeouts, failures2, timeouts2)
		}
	})
}

func cep21EventStream(t *testing.T) {
	theirs, ours := cep21Theirs{}, cep21Ours{}
	synctest.Test(t, func(t *testing.T) {
		var f rolling.StatFactory
		m := &cep21.Manager{DefaultCircuitProperties: []cep21.CommandPropertiesConstructor{f.CreateConfig}}
		theirs.Create(m)
		mux := http.NewServeMux()
		logged(t)
		stop := must(theirs.EventStream(m, mux))
		hystrixStream(t, mux, "/hystrix.stream")
		check(t, stop())
		synctest.Wait()

		g := group.New(func(string) circuit.Breaker { return must(ours.Create()).Breaker() })
		g.Get("users")
		mux = http.NewServeMux()
		check(t, ours.EventStream(g, mux))
		hystrixStream(t, mux, "/breakers/hystrix.stream")
	})
}
