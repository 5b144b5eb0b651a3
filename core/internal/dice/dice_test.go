package dice_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/internal/dice"
)

// throws are the first ones of three sources, two of them made at the same time.
func throws(t *testing.T) (all [3][4]uint64) {
	synctest.Test(t, func(*testing.T) {
		time.Sleep(1001 * time.Hour) // no other test makes a source then
		for i := range all {
			if i == 2 {
				time.Sleep(time.Nanosecond)
			}
			source := dice.New()
			for j := range all[i] {
				all[i][j] = source.Uint64()
			}
		}
		time.Sleep(time.Nanosecond)
		dice.New() // the next run at the same time is not the next source of this one
	})
	return all
}

func TestThrowsRepeatUnderVirtualTime(t *testing.T) {
	first, again := throws(t), throws(t)
	if first != again {
		t.Errorf("threw %x, then %x", first, again)
	}
	if first[0] == first[1] || first[1] == first[2] || first[0] == first[2] {
		t.Errorf("two sources throw the same: %x", first)
	}
}
