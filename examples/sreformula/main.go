// Command sreformula measures how many calls core/sre refuses, and sets that
// against the formula of the SRE book,
//
//	max(0, (requests − K·accepts) / (requests + 1)).
//
// First with windows that stand still, for success rates from 0 to 100 per cent
// and several K. Then under traffic, where what is refused changes what the window
// holds next, with a backend that fails a share of what it gets, and with one that
// serves so much and no more; and with the breaker's own refusals counted as
// requests, as the book does, and not, as is the default.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/go-fusebox/fusebox/examples/internal/program"
)

const about = `sreformula: the share of calls that core/sre refuses, and the formula.

Prints tables of success rate × K: formula, measured share, and their difference
in standard deviations. Takes 6 s.
`

var (
	ks    = []float64{1.1, 1.5, 2, 3}
	rates = []int{0, 10, 25, 40, 50, 60, 75, 95, 100} // of success, in per cent
)

func main() {
	program.Main(about, func(ctx context.Context, out io.Writer) error {
		for _, countRefusals := range []bool{false, true} {
			if err := printStill(out, countRefusals); err != nil {
				return err
			}
		}
		return printTraffic(ctx, out, 3*time.Second, 3*time.Second)
	})
}

func printStill(out io.Writer, countRefusals bool) error {
	fmt.Fprintf(out, "CountRefusals %v: %d requests in the window, then %d calls; formula, measured, sigmas\n%8s",
		countRefusals, history, asks, "success")
	for _, k := range ks {
		fmt.Fprintf(out, "   │ %21s", fmt.Sprintf("K = %v ", k))
	}
	fmt.Fprintln(out)
	for _, percent := range rates {
		fmt.Fprintf(out, "%6d %%", percent)
		for _, k := range ks {
			t, err := still(k, percent, countRefusals)
			if err != nil {
				return err
			}
			fmt.Fprintf(out, "   │ %.4f  %.4f  %+.1f", t.formula(), t.measured(), t.sigmas())
		}
		fmt.Fprintln(out)
	}
	fmt.Fprintln(out)
	return nil
}

// printTraffic prints what became of every scene.
func printTraffic(ctx context.Context, out io.Writer, settle, measure time.Duration) error {
	fmt.Fprintf(out, "Traffic of %d calls a second, window %v: the share at which it should come to rest,\n"+
		"the mean of what the formula said from call to call, measured, sigmas\n", rate, window)
	fmt.Fprintln(out, " the backend serves        K   refusals count   at rest  formula  measured")
	tallies, err := measureAll(ctx, settle, measure)
	if err != nil {
		return err
	}
	for i, s := range scenes() {
		kind := "of what it gets"
		if s.limited {
			kind = "of the traffic"
		}
		t := tallies[i]
		fmt.Fprintf(out, "%3d %% %-15s  │ %3v   %-14v │  %.4f   %.4f    %.4f  %+.1f\n",
			s.percent, kind, s.k, s.countRefusals, s.rest(), t.formula(), t.measured(), t.sigmas())
	}
	return nil
}

// measureAll runs all scenes at once.
func measureAll(ctx context.Context, settle, measure time.Duration) ([]*tally, error) {
	all := scenes()
	tallies, errs := make([]*tally, len(all)), make([]error, len(all))
	var running sync.WaitGroup
	for i, s := range all {
		running.Go(func() { tallies[i], errs[i] = traffic(ctx, s, settle, measure) })
	}
	running.Wait()
	return tallies, errors.Join(errs...)
}
