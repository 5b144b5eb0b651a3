package subjects

import (
	"github.com/go-kratos/aegis/circuitbreaker"
	"github.com/go-kratos/aegis/circuitbreaker/sre"
)

// aegis is Kratos' default.
func aegis() Subject {
	return Subject{Name: "aegis", About: "github.com/go-kratos/aegis: Allow, then MarkSuccess or MarkFailed", Window: true,
		New: func() (any, Loop) {
			b := sre.NewBreaker()
			return b, aegisLoop(b)
		}}
}

func aegisLoop(b circuitbreaker.CircuitBreaker) Loop {
	return func(n, every int) (refused int) {
		left := every
		for range n {
			if b.Allow() != nil {
				refused++
				continue
			}
			if left--; left == 0 {
				left = every
				b.MarkFailed()
			} else {
				b.MarkSuccess()
			}
		}
		return refused
	}
}

// aegisMarked is what a refusal costs in Kratos.
func aegisMarked() Subject {
	return Subject{Name: "aegis as in Kratos", About: "aegis, each refusal marked as failed, as Kratos' middleware does",
		Window: true, Only: "refused",
		New: func() (any, Loop) {
			b := sre.NewBreaker()
			return b, func(n, every int) (refused int) {
				left := every
				for range n {
					if b.Allow() != nil {
						b.MarkFailed()
						refused++
						continue
					}
					if left--; left == 0 {
						left = every
						b.MarkFailed()
					} else {
						b.MarkSuccess()
					}
				}
				return refused
			}
		}}
}
