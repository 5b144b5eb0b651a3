package subjects

import (
	"strconv"

	"github.com/bytedance/gopkg/cloud/circuitbreaker"
)

// gopkg is what Kitex uses. There are breakers in a panel alone, found by their keys
// at each step; here it has one.
func gopkg(name string, perP bool) Subject {
	about := "github.com/bytedance/gopkg/cloud/circuitbreaker: a panel's IsAllowed, then Succeed or Fail; opens at 50 % of 20 calls"
	if perP {
		about += "; EnableShardP"
	}
	panel := func() circuitbreaker.Panel {
		return must(circuitbreaker.NewPanel(nil, circuitbreaker.Options{
			ShouldTrip: circuitbreaker.RateTripFunc(0.5, 20), EnableShardP: perP,
		}))
	}
	return Subject{Name: name, About: about, Window: true,
		New: func() (any, Loop) {
			p := panel()
			return p, panelLoop(p, "bench")
		},
		Crowd: func(n int) any {
			p := panel()
			for i := range n {
				panelLoop(p, strconv.Itoa(i))(few, 0)
			}
			return p
		}}
}

func panelLoop(p circuitbreaker.Panel, key string) Loop {
	return func(n, every int) (refused int) {
		left := every
		for range n {
			if !p.IsAllowed(key) {
				refused++
				continue
			}
			if left--; left == 0 {
				left = every
				p.Fail(key)
			} else {
				p.Succeed(key)
			}
		}
		return refused
	}
}
