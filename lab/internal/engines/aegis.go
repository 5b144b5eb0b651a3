package engines

import (
	"time"

	"github.com/go-kratos/aegis/circuitbreaker"
	"github.com/go-kratos/aegis/circuitbreaker/sre"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// aegis is the options of its sre breaker, Kratos' default.
type aegis struct {
	Success float64  `json:"success"` // 1/K
	Request int64    `json:"request"`
	Window  duration `json:"window"`
	Bucket  int      `json:"bucket"`
}

// The defaults of the library.
var aegisDefaults = aegis{Success: 0.6, Request: 100, Window: duration(3 * time.Second), Bucket: 10}

func (aegis) about() string { return "refusals marked as failed, as Kratos does" }

func (c aegis) check(b *bounds) {
	b.share("success", c.Success)
	count(b, "request", c.Request, 0)
	b.window("window", c.Window)
	between(b, "bucket", c.Bucket, 1, 1000)
}

func (c aegis) breaker() circuit.Breaker {
	return asInKratos{sre.NewBreaker(
		sre.WithSuccess(c.Success), sre.WithRequest(c.Request),
		sre.WithWindow(time.Duration(c.Window)), sre.WithBucket(c.Bucket),
	)}
}

// asInKratos marks refused calls as failed, as Kratos' middleware does.
type asInKratos struct{ circuitbreaker.CircuitBreaker }

func (b asInKratos) Allow() error {
	err := b.CircuitBreaker.Allow()
	if err != nil {
		b.MarkFailed()
	}
	return err
}
