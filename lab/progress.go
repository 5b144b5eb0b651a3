package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/go-fusebox/fusebox/lab/internal/runner"
)

// bar shows how far the runs are: on a terminal as a bar, elsewhere by a line for
// each tenth, if they take long.
type bar struct {
	out     io.Writer
	drawn   *progressbar.ProgressBar // nil where there is no terminal
	began   time.Time
	done    float64
	printed int // tenths
}

func newBar(out io.Writer, p *runner.Plan) *bar {
	b := &bar{out: out, began: time.Now()}
	if terminal(out) {
		b.drawn = progressbar.NewOptions(1000,
			progressbar.OptionSetWriter(out),
			progressbar.OptionSetDescription(fmt.Sprintf("%d runs", p.Runs())),
			progressbar.OptionSetWidth(40),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionClearOnFinish(),
		)
	}
	return b
}

// move is a plan's Progress.
func (b *bar) move(done float64) {
	b.done = done
	if b.drawn != nil {
		_ = b.drawn.Set(int(1000 * done))
		return
	}
	const quiet = 10 * time.Second
	if tenths := int(10 * done); tenths > b.printed && tenths < 10 && time.Since(b.began) > quiet {
		b.printed = tenths
		fmt.Fprintf(b.out, "lab: %d %% after %v\n", 10*tenths, time.Since(b.began).Round(time.Second))
	}
}

func (b *bar) close() {
	if b.drawn != nil {
		_ = b.drawn.Clear()
		_ = b.drawn.Close()
	}
}
