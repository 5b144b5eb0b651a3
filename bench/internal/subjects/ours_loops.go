package subjects

import (
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/sre"
)

// The same loop six times: one for all of them would call through an interface,
// which users of an engine don't.

func creditLoop(b *credit.Breaker) Loop {
	return func(n, every int) (refused int) {
		left := every
		for range n {
			permit, err := b.Acquire()
			if err != nil {
				refused++
				continue
			}
			if left--; left == 0 {
				left = every
				permit.Failure()
			} else {
				permit.Success()
			}
		}
		return refused
	}
}

func sreLoop(b *sre.Breaker) Loop {
	return func(n, every int) (refused int) {
		left := every
		for range n {
			permit, err := b.Acquire()
			if err != nil {
				refused++
				continue
			}
			if left--; left == 0 {
				left = every
				permit.Failure()
			} else {
				permit.Success()
			}
		}
		return refused
	}
}

func hystrixLoop(b *hystrix.Breaker) Loop {
	return func(n, every int) (refused int) {
		left := every
		for range n {
			permit, err := b.Acquire()
			if err != nil {
				refused++
				continue
			}
			if left--; left == 0 {
				left = every
				permit.Failure()
			} else {
				permit.Success()
			}
		}
		return refused
	}
}

func creditBareLoop(b *credit.Breaker) Loop {
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

func sreBareLoop(b *sre.Breaker) Loop {
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

func hystrixBareLoop(b *hystrix.Breaker) Loop {
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
