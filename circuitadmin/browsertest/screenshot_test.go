package browsertest_test

import (
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/go-fusebox/fusebox/circuitadmin"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/sre"
)

// callee is one backend of the picture.
type callee struct {
	key    string
	rate   float64                           // calls a second
	fails  func(since time.Duration) float64 // share of calls that fail
	engine func(key string) circuit.Breaker  // nil is credit
	force  func(circuit.ModeSetter) error    // by an operator
	b      circuit.Breaker
	permit []circuit.Permit // in flight
}

func steady(share float64) func(time.Duration) float64 {
	return func(time.Duration) float64 { return share }
}

// from fails calls between two times after the start.
func from(begin, end time.Duration, share float64) func(time.Duration) float64 {
	return func(since time.Duration) float64 {
		if since >= begin && since < end {
			return share
		}
		return 0.002
	}
}

func byCredit(string) circuit.Breaker  { return must(credit.New(credit.Config{})) }
func bySRE(string) circuit.Breaker     { return must(sre.New(sre.Config{})) }
func byHystrix(string) circuit.Breaker { return must(hystrix.New(hystrix.Config{})) }

func must[B circuit.Breaker](b B, err error) circuit.Breaker {
	if err != nil {
		panic(err)
	}
	return b
}

func callees() map[string][]*callee {
	const s = time.Second
	calm := steady(0.001)
	return map[string][]*callee{
		"grpc": {
			{key: "/payments.v1.Payments/Charge", rate: 240, fails: from(38*s, time.Hour, 0.97)},
			{key: "/payments.v1.Payments/Refund", rate: 35, fails: steady(0.004)},
			{key: "/inventory.v2.Stock/Reserve", rate: 160, fails: from(14*s, time.Hour, 0.66), engine: bySRE},
			{key: "/inventory.v2.Stock/Release", rate: 90, fails: from(20*s, 32*s, 0.9)},
			{key: "/pricing.v3.Pricing/QuoteForCustomer", rate: 320, fails: calm},
			{key: "/pricing.v3.Pricing/ListPromotions", rate: 64, fails: steady(0.06)},
			{key: "/users.v1.Users/Get", rate: 410, fails: calm},
			{key: "/users.v1.Users/UpdatePreferences", rate: 8, fails: calm},
			{key: "/recommend.v1.Recommender/ForBasket", rate: 75, fails: from(25*s, time.Hour, 0.8), engine: bySRE,
				force: func(m circuit.ModeSetter) error { return m.SetMode(circuit.Observe) }},
			{key: "/mail.v1.Mailer/SendReceipt", rate: 22, fails: calm,
				force: func(m circuit.ModeSetter) error { return m.Override(circuit.ForceOpen, 30*time.Minute) }},
			{key: "/search.v4.Search/Suggest", rate: 190, fails: steady(0.012)},
			{key: "/search.v4.Search/Query", rate: 130, fails: calm},
		},
		"http": {
			{key: "GET tax.example.com/v2/rates", rate: 30, fails: from(44*s, time.Hour, 1), engine: byHystrix},
			{key: "POST fraud.example.com/v1/score", rate: 48, fails: steady(0.02), engine: byHystrix},
			{key: "GET cdn.example.com/assets/manifest.json", rate: 12, fails: calm},
			{key: "POST ledger.internal:8443/entries", rate: 85, fails: calm,
				force: func(m circuit.ModeSetter) error { return m.Override(circuit.ForceClose, 0) }},
			{key: "GET geo.example.com/lookup", rate: 55, fails: from(8*s, 18*s, 1)},
			{key: "POST hooks.example.com/order-created", rate: 5, fails: steady(0.08)},
		},
	}
}

// call has n calls come, of which those admitted end after a moment.
func (c *callee) call(n int, share float64) {
	for _, p := range c.permit {
		switch {
		case rand.Float64() < share:
			p.Failure()
		case rand.IntN(60) == 0:
			p.Ignore()
		default:
			p.Success()
		}
	}
	c.permit = c.permit[:0]
	for range n {
		if p, err := circuit.Acquire(c.b); err == nil {
			c.permit = append(c.permit, p)
		}
	}
}

// run has calls come until stop, and lets the last of them end.
func run(all map[string][]*callee, stop <-chan struct{}) {
	const step = 50 * time.Millisecond
	start := time.Now()
	tick := time.NewTicker(step)
	defer tick.Stop()
	for i := 0; ; i++ {
		since := time.Since(start)
		for _, list := range all {
			for j, c := range list {
				wave := 1 + 0.25*math.Sin(since.Seconds()/7+float64(j)) + 0.15*rand.NormFloat64()
				n := max(0, c.rate*step.Seconds()*wave)
				whole := int(n)
				if rand.Float64() < n-float64(whole) {
					whole++
				}
				c.call(whole, c.fails(since))
			}
		}
		select {
		case <-tick.C:
		case <-stop:
			for _, list := range all {
				for _, c := range list {
					c.call(0, 0)
				}
			}
			return
		}
	}
}

// TestScreenshot makes the pictures in docs.
func TestScreenshot(t *testing.T) {
	if !*screenshot {
		t.Skip("only with -screenshot, since it takes a minute")
	}
	all, groups := callees(), map[string]*group.Group{}
	for name, list := range all {
		engines := map[string]func(string) circuit.Breaker{}
		for _, c := range list {
			engines[c.key] = c.engine
		}
		g := group.New(func(key string) circuit.Breaker {
			if engine := engines[key]; engine != nil {
				return engine(key)
			}
			return byCredit(key)
		})
		groups[name] = g
		for _, c := range list {
			c.b = g.Get(c.key)
			if c.force != nil {
				if err := c.force(c.b.(circuit.ModeSetter)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	p := open(t, site(t, groups, circuitadmin.WithAuthorizer(func(*http.Request) (string, error) { return "ann", nil })), look{})
	p.live()
	stop := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() { run(all, stop) })
	defer running.Wait()
	defer close(stop)

	time.Sleep(66 * time.Second) // a minute of history, all of it shown
	shoot := func(file string) {
		t.Helper()
		p.must(chromedp.Do(p.ctx, chromedp.Sleep(1500*time.Millisecond)))
		png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
		p.must(err)
		if len(png) > 250<<10 {
			t.Errorf("%s has %d KiB, want at most 250", file, len(png)>>10)
		}
		if err := os.WriteFile(filepath.Join("..", "..", "docs", file), png, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	shoot("admin.png")
	p.look(look{scheme: "dark"})
	p.clickRow("/inventory.v2.Stock/Reserve")
	p.must(chromedp.Do(p.ctx, chromedp.MouseEvent("mouseMoved", 600, 790)))
	shoot("admin-dark.png")
}
