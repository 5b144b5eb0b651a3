package lookups_test

import (
	"testing"

	"github.com/go-fusebox/fusebox/bench/internal/lookups"
)

// Every container finds every key, whatever portion of the walk a loop is.
func TestContainersFindAllKeys(t *testing.T) {
	for _, keys := range []int{1, 100, 5000} {
		for _, c := range lookups.Cases(keys) {
			loop := c.Make().Loop
			for _, n := range []int{1, 100, 2 * keys} {
				if lost := loop(n); lost != 0 {
					t.Errorf("%s lost %d of %d", c.Name, lost, n)
				}
			}
		}
	}
}

func TestScaleAdmitsAll(t *testing.T) {
	for _, c := range lookups.ScaleCases()[:6] {
		if refused := c.Make().Loop(5000); refused != 0 {
			t.Errorf("%s refused %d of 5000", c.Name, refused)
		}
	}
}
