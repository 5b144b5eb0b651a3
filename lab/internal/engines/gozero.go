package engines

import (
	"sync"

	"github.com/zeromicro/go-zero/core/breaker"
	"github.com/zeromicro/go-zero/core/logx"
	"github.com/zeromicro/go-zero/core/stat"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// goZero is what can be set of its breaker, which is nothing.
type goZero struct{}

func (goZero) about() string {
	return "core/breaker, where nothing can be set: K 1.5, 10s in 40 buckets, 5 calls forgiven, a pass after 1s"
}

func (goZero) check(*bounds) {}

func (goZero) breaker() circuit.Breaker {
	quiet()
	return &promises{breaker: breaker.NewBreaker(breaker.WithName("lab"))}
}

// Quiet keeps the libraries' logs out of the program's output. Making a breaker
// does so, too; go-zero logs signals from the start.
func Quiet() { quiet() }

// quiet keeps go-zero from a log line for each refused call.
var quiet = sync.OnceFunc(func() {
	logx.Disable()
	stat.SetReporter(nil)
})

// promises is a go-zero breaker. Its promises don't know one call from another,
// so that the last one does for all.
type promises struct {
	breaker breaker.Breaker
	last    breaker.Promise
}

func (p *promises) Allow() error {
	promise, err := p.breaker.Allow()
	if err == nil {
		p.last = promise
	}
	return err
}

func (p *promises) MarkSuccess() { p.last.Accept() }
func (p *promises) MarkFailed()  { p.last.Reject("failed") }
