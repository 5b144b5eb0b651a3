package circuitfile_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/go-fusebox/fusebox/circuitfile"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/rules"
)

// What is wrong at first is the caller's error, and the group is as before.
func TestABadFileAtFirst(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		write(t, filepath.Join(dir, name), content)
		return filepath.Join(dir, name)
	}
	pipe := filepath.Join(dir, "pipe.yaml")
	must(t, syscall.Mkfifo(pipe, 0o600))
	loop := filepath.Join(dir, "loop.yaml")
	must(t, os.Symlink("loop.yaml", loop))
	for name, c := range map[string]struct{ path, want string }{
		"missing":           {filepath.Join(dir, "none.yaml"), "none.yaml: no such file or directory"},
		"missing directory": {filepath.Join(dir, "a", "b", "none.yaml"), "none.yaml: no such file or directory"},
		"a directory":       {dir, "is not a file"},
		"a pipe":            {pipe, "is not a file"},
		"a link to itself":  {loop, "too many levels of symbolic links"},
		"under a file":      {filepath.Join(file("plain.yaml", "{}"), "rules.yaml"), "not a directory"},
		"empty":             {file("empty.yaml", " \n"), "line 1: the document is empty"},
		"bad":               {file("bad.yaml", bad(1)), `bad.yaml: rules: line 3: rule "*": settings.depth is -1, must be from`},
		"too large":         {file("large.yaml", strings.Repeat(" ", rules.MaxBytes+1)), "the document has 4194305 bytes, must be at most 4194304"},
		"of another kind":   {file("rules.toml", "{}"), `the extension of "rules.toml" must be .json, .yaml or .yml`},
	} {
		t.Run(name, func(t *testing.T) {
			g := group.New(func(string) circuit.Breaker {
				b, err := credit.New(credit.Config{Depth: 5})
				must(t, err)
				return b
			})
			before := g.Get("k")
			err := circuitfile.Watch(t.Context(), c.path, g, nil)
			if err == nil || !strings.HasPrefix(err.Error(), "circuitfile: ") || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got the error %v, want one of %q", err, c.want)
			}
			if g.Get("k") != before || depthOf(g.Get("another")) != 5 {
				t.Error("the group was changed")
			}
			if err := goleak.Find(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A file that is gone is told of once, and when it is back it is taken, even if it is
// what it was, and however much of the way to it was gone.
func TestAFileThatVanishes(t *testing.T) {
	for _, gone := range []string{"a/b/c/rules.yaml", "a/b/c", "a/b", "a"} {
		t.Run(gone, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, "a", "b", "c", "rules.yaml")
			must(t, os.MkdirAll(filepath.Dir(path), 0o700))
			write(t, path, good(4))
			w := watch(t, path, circuitfile.WithQuiet(150*time.Millisecond))
			for range 3 {
				must(t, os.RemoveAll(filepath.Join(dir, gone)))
				if got := w.next(); !errors.Is(got.err, fs.ErrNotExist) {
					t.Fatalf("got %v, %v, want the error that there is no file", got.done, got.err)
				}
				w.inForce(4)
				must(t, os.MkdirAll(filepath.Dir(path), 0o700))
				write(t, path, good(4))
				w.applied(4)
			}
			w.silent()
		})
	}
}

// The same bad content, though written again and again, is told of once.
func TestBadContentIsToldOfOnce(t *testing.T) {
	path := plain(t, t.TempDir(), good(4))
	w := watch(t, path, circuitfile.WithQuiet(time.Millisecond), circuitfile.WithPoll(time.Millisecond))
	for n := range 3 {
		for range 50 {
			replace(t, path, bad(n+1))
		}
		if got := w.next(); got.err == nil {
			t.Fatalf("got %v, want an error", got.done)
		}
		for range 50 {
			replace(t, path, bad(n+1))
		}
	}
	replace(t, path, good(9))
	w.applied(9)
	for range 50 {
		replace(t, path, good(9))
	}
	replace(t, path, good(10))
	w.applied(10)
	w.silent()
}

// A first half of YAML is most often a good document, too. It must not be taken.
func TestHalfADocumentIsNotTaken(t *testing.T) {
	path := plain(t, t.TempDir(), good(4))
	w := watch(t, path, circuitfile.WithQuiet(time.Second))
	file, err := os.Create(path)
	must(t, err)
	defer func() { _ = file.Close() }()
	for _, piece := range strings.SplitAfter(good(9), "\n") {
		_, err := file.WriteString(piece)
		must(t, err)
		time.Sleep(50 * time.Millisecond) // the writer's pace, which nothing waits for
		w.inForce(4)
	}
	w.applied(9)
	if b := w.group.Get("forced"); b.Allow() == nil {
		t.Error("the end of the document is not in force")
	}
	w.silent()
}

// A file that never rests is taken all the same, after 20 times the quiet period.
func TestAFileThatIsWrittenWithoutEnd(t *testing.T) {
	path := plain(t, t.TempDir(), good(4))
	w := watch(t, path, circuitfile.WithQuiet(50*time.Millisecond))
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for content := good(9); ctx.Err() == nil; content += "#" {
			fresh := path + ".fresh"
			if os.WriteFile(fresh, []byte(content), 0o600) != nil || os.Rename(fresh, path) != nil {
				return
			}
			time.Sleep(5 * time.Millisecond) // the writer's pace
		}
	}()
	w.applied(9)
	stop()
	<-stopped
}

// No event tells that a directory further up was replaced: the poll finds out, and from
// then on the new place is watched.
func TestPoll(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a", "b", "rules.yaml")
	place := func(root string, depth int) {
		must(t, os.MkdirAll(filepath.Join(dir, root, "b"), 0o700))
		write(t, filepath.Join(dir, root, "b", "rules.yaml"), good(depth))
	}
	place("a", 4)
	w := watch(t, path, circuitfile.WithQuiet(5*time.Millisecond), circuitfile.WithPoll(20*time.Millisecond))
	place("fresh", 9)
	must(t, os.Rename(filepath.Join(dir, "a"), filepath.Join(dir, "old")))
	must(t, os.Rename(filepath.Join(dir, "fresh"), filepath.Join(dir, "a")))
	for got := w.next(); errors.Is(got.err, fs.ErrNotExist); { // seen between the two
		got = w.next()
	}
	w.inForce(9)
	replace(t, path, bad(1))
	if got := w.next(); got.err == nil {
		t.Errorf("got %v, want an error", got.done)
	}
	w.inForce(9)
}

func TestAfterTheEndOfItsContext(t *testing.T) {
	path := plain(t, t.TempDir(), good(4))
	w := watch(t, path, circuitfile.WithQuiet(time.Millisecond))
	replace(t, path, good(5))
	w.applied(5)
	w.stop()
	if err := goleak.Find(); err != nil {
		t.Fatal(err)
	}
	replace(t, path, good(6))
	w.inForce(5)
	w.silent()

	if err := circuitfile.Watch(canceled(t), path, w.group, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	w.inForce(5)
}

func canceled(t *testing.T) context.Context {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	return ctx
}

// A panic of onReload doesn't end the watch, and options that say nothing change nothing.
func TestAPanicInOnReload(t *testing.T) {
	path := plain(t, t.TempDir(), good(4))
	g := group.New(nil)
	calls := make(chan struct{}, 10)
	err := circuitfile.Watch(t.Context(), path, g, func(rules.Changes, error) {
		calls <- struct{}{}
		panic("of onReload")
	}, circuitfile.WithQuiet(5*time.Millisecond), nil, circuitfile.WithQuiet(0), circuitfile.WithPoll(-1))
	must(t, err)
	for depth := range 3 {
		replace(t, path, good(10+depth))
		<-calls
		if got := depthOf(g.Get("k")); got != 10+depth {
			t.Errorf("the rules of depth %d are in force, want those of %d", got, 10+depth)
		}
	}
}

// Relative paths hold though the process's directory changes.
func TestARelativePath(t *testing.T) {
	dir := t.TempDir()
	plain(t, dir, good(4))
	t.Chdir(dir)
	w := watch(t, "rules.yaml", circuitfile.WithQuiet(time.Millisecond))
	t.Chdir(os.TempDir())
	replace(t, filepath.Join(dir, "rules.yaml"), good(9))
	w.applied(9)
}
