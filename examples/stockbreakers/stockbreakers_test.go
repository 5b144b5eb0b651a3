package main

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zeromicro/go-zero/core/logx"
)

// What the README says, in virtual time. Of ours every client keeps its bound; of
// the stock breakers, whose recovery is a matter of luck, the median is far off.
func TestFigures(t *testing.T) {
	logx.Disable()
	now := time.Now()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(now)) // go-zero's clock starts a year before the process
		results, err := run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var table strings.Builder
		render(&table, results)
		t.Log("\n" + table.String())

		for i, k := range kinds {
			all := results[i][:]
			if !strings.HasPrefix(k.name, "ours") {
				if m := median(all, func(f figures) time.Duration { return f.normal }); m < 5*time.Second {
					t.Errorf("%s: a median of %v until all calls are admitted again, want 5 s at least", k.name, m)
				}
				continue
			}
			// In 100,000 runs of the engine by itself 37 to 49 calls reached the backend,
			// at most 85 were refused after the outage, and 20 to 28 panics let through.
			for _, f := range all {
				if f.reached < 30 || f.reached > 55 || f.lost > 95 || f.normal > 950*time.Millisecond || f.cancelled != 0 ||
					f.panicked < 16 || f.panicked > 32 {
					t.Errorf("%s: %+v", k.name, f)
				}
			}
		}
		for _, f := range results[0] { // Kratos' own
			if f.cancelled < 20 || f.panicked != bad {
				t.Errorf("Kratos' own: %d good calls refused after cancelled ones, want 20 at least; %d panics let through, want all",
					f.cancelled, f.panicked)
			}
		}
	})
}
