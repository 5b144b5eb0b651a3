package sre_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/sre"
)

func TestZZ(t *testing.T) {
	for name, c := range map[string]sre.Config{"default": {}, "count": {CountRefusals: true}, "countnoprobe": {CountRefusals: true, ProbeInterval: -1}, "aegis": sre.Aegis(), "gozero": sre.GoZero(), "book": sre.Book()} {
		for range 6 {
			synctest.Test(t, func(t *testing.T) {
				b := newBreaker(t, c)
				call := func(ok bool) bool {
					time.Sleep(10 * time.Millisecond)
					p, err := b.Acquire()
					if err != nil {
						return false
					}
					if ok {
						p.Success()
					} else {
						p.Failure()
					}
					return true
				}
				for range 1000 {
					call(true)
				}
				reached := 0
				for range 3000 {
					if call(false) {
						reached++
					}
				}
				var last, lost int
				for i := range 60000 {
					if !call(true) {
						last = i + 1
						lost++
					}
				}
				fmt.Println(name, "reached", reached, "last refusal s", float64(last)/100, "lost", lost)
			})
		}
	}
}
