package circuitfile_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/circuitfile"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/rules"
)

// good is a document by which key "k" has that depth; each depth makes another document.
func good(depth int) string {
	return fmt.Sprintf("\"*\":\n  settings:\n    depth: %d\nforced:\n  mode: force-open\n", depth)
}

// bad is a document that is wrong in its line 3.
func bad(n int) string { return fmt.Sprintf("\"*\":\n  settings:\n    depth: -%d\n", n) }

// told is one call of onReload.
type told struct {
	done rules.Changes
	err  error
}

// watched is a file under watch.
type watched struct {
	t     *testing.T
	path  string
	group *group.Group
	told  chan told
	stop  context.CancelFunc
}

func watch(t *testing.T, path string, opts ...circuitfile.Option) *watched {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	w := &watched{t: t, path: path, group: group.New(nil), told: make(chan told, 10_000), stop: stop}
	t.Cleanup(stop)
	if err := circuitfile.Watch(ctx, path, w.group, func(c rules.Changes, err error) { w.told <- told{c, err} }, opts...); err != nil {
		t.Fatal(err)
	}
	return w
}

// next is what is told next.
func (w *watched) next() told {
	w.t.Helper()
	select {
	case got := <-w.told:
		return got
	case <-time.After(20 * time.Second):
		w.t.Fatal("nothing was told for 20s")
		return told{}
	}
}

// applied waits until a good document is told of, of which depth is then in force.
func (w *watched) applied(depth int) {
	w.t.Helper()
	if got := w.next(); got.err != nil {
		w.t.Fatalf("got the error %v, want the rules of depth %d", got.err, depth)
	}
	w.inForce(depth)
}

func (w *watched) inForce(depth int) {
	w.t.Helper()
	if got := depthOf(w.group.Get("k")); got != depth {
		w.t.Fatalf("the rules of depth %d are in force, want those of %d", got, depth)
	}
}

// silent fails if anything more was told.
func (w *watched) silent() {
	w.t.Helper()
	select {
	case got := <-w.told:
		w.t.Errorf("was told once more: %v, %v", got.done, got.err)
	default:
	}
}

func depthOf(b circuit.Breaker) int {
	if own, ok := circuit.As[*credit.Breaker](b); ok {
		return own.Config().Depth
	}
	return 0
}

// replace puts content in path's place at once.
func replace(t *testing.T, path, content string) {
	t.Helper()
	fresh := filepath.Join(filepath.Dir(path), ".fresh")
	must(t, os.WriteFile(fresh, []byte(content), 0o600))
	must(t, os.Rename(fresh, path))
}

func write(t *testing.T, path, content string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(content), 0o600))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
