package subjects

import (
	"sync"

	"github.com/zeromicro/go-zero/core/breaker"
	"github.com/zeromicro/go-zero/core/logx"
	"github.com/zeromicro/go-zero/core/stat"
)

// goZero has nothing that could be set.
func goZero() Subject {
	return Subject{Name: "go-zero", About: "github.com/zeromicro/go-zero/core/breaker: Allow, then the Promise's Accept or Reject; its logs are off",
		Window: true,
		New: func() (any, Loop) {
			Quiet()
			b := breaker.NewBreaker(breaker.WithName("bench"))
			return b, goZeroLoop(b)
		}}
}

func goZeroLoop(b breaker.Breaker) Loop {
	return func(n, every int) (refused int) {
		left := every
		for range n {
			promise, err := b.Allow()
			if err != nil {
				refused++
				continue
			}
			if left--; left == 0 {
				left = every
				promise.Reject("failed")
			} else {
				promise.Accept()
			}
		}
		return refused
	}
}

// Quiet keeps go-zero from a log line for each refused call, and for each signal.
var Quiet = sync.OnceFunc(func() {
	logx.Disable()
	stat.SetReporter(nil)
})
