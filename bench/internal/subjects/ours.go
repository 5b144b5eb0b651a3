package subjects

import (
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/sre"
)

const (
	byPermit = "Acquire, then the Permit's Success or Failure"
	byMarks  = "Allow, then MarkSuccess or MarkFailed"
)

func ours() []Subject {
	return []Subject{
		{Name: "credit", About: byPermit, Ours: true, New: func() (any, Loop) {
			b := must(credit.New(credit.Config{}))
			return b, creditLoop(b)
		}},
		{Name: "sre", About: byPermit, Ours: true, New: func() (any, Loop) {
			b := must(sre.New(sre.Config{}))
			return b, sreLoop(b)
		}},
		{Name: "hystrix", About: byPermit, Ours: true, New: func() (any, Loop) {
			b := must(hystrix.New(hystrix.Config{}))
			return b, hystrixLoop(b)
		}},
		{Name: "credit, bare", About: byMarks, Ours: true, Bare: true, New: func() (any, Loop) {
			b := must(credit.New(credit.Config{}))
			return b, creditBareLoop(b)
		}},
		{Name: "sre, bare", About: byMarks, Ours: true, Bare: true, New: func() (any, Loop) {
			b := must(sre.New(sre.Config{}))
			return b, sreBareLoop(b)
		}},
		{Name: "hystrix, bare", About: byMarks, Ours: true, Bare: true, New: func() (any, Loop) {
			b := must(hystrix.New(hystrix.Config{}))
			return b, hystrixBareLoop(b)
		}},
	}
}

// must is for the defaults, which have no errors.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
